"""A slow model of the splitter, byte by byte, to compare the fast one with."""

from dataclasses import dataclass, field

LF, CR, BACKSLASH = b"\n", b"\r", b"\\"


@dataclass(slots=True)
class ModelRecord:
    """One record: its physical line, its raw fields and whether it can be trusted."""

    line: int
    fields: list[bytes] = field(default_factory=lambda: [b""])
    good: bool = True
    inside: bool = False
    closed_at: int = -1

    @property
    def blank(self) -> bool:
        """Tell whether nothing stands on the line."""
        return self.fields == [b""]


def model_records(data: bytes, *, backslash: bool = False) -> tuple[list[ModelRecord], bool]:
    """Return the records of comma-separated bytes and whether the last one ends inside quotes."""
    records, record, line, at = [], ModelRecord(1), 1, 0
    while at < len(data):
        byte = data[at : at + 1]
        step = 2 if backslash and byte == BACKSLASH and data[at + 1 : at + 2] in b'\\"' else 1
        byte = data[at : at + step]
        line += byte == LF
        if byte == LF and not record.inside:
            record.fields[-1] = record.fields[-1].removesuffix(CR)
            records.append(record)
            record = ModelRecord(line)
        else:
            _take(record, data, at, byte)
        at += step
    record.fields[-1] = record.fields[-1] if record.inside else record.fields[-1].removesuffix(CR)
    return [*records, record], record.inside


def _take(record: ModelRecord, data: bytes, at: int, byte: bytes) -> None:
    """Let one byte, or an escaped one, become part of the record."""
    follower = data[at + 1 : at + 2]
    if byte == b"," and not record.inside:
        record.fields.append(b"")
        return
    if byte == b'"':
        _quote(record, at, follower)
    elif (byte == CR and not record.inside and follower not in (LF, b"")) or byte == b"\0":
        record.good = False
    record.fields[-1] += byte


def _quote(record: ModelRecord, at: int, follower: bytes) -> None:
    """Open or close a field, or be a fault."""
    if record.inside:
        record.inside, record.closed_at = False, at
        record.good &= follower in (b",", LF, CR, b'"', b"")
    elif record.fields[-1] == b"" or record.closed_at == at - 1:
        record.inside = True
    else:
        record.good = False
