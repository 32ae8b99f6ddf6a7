"""How a file seems to be written: for previews, and for ``encoding: detect``.

A guess, always shown to a person: an import goes by what its descriptor declares.
"""

import codecs
import re
from dataclasses import dataclass

import charset_normalizer
import numpy as np

from impex.domain.layout import Layout
from impex.formats.splitter import split

SAMPLE_BYTES = 1 << 18

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What shops and their suppliers use; of several that give the same text, the first.
_ENCODINGS = (
    "cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1257", "iso8859_15", "iso8859_2",
    "iso8859_5", "koi8_u", "koi8_r", "cp866", "cp850", "gb18030", "big5", "shift_jis", "euc_jp",
    "euc_kr", "utf_16_le", "utf_16_be",
)  # fmt: skip
_DELIMITERS = (",", ";", "\t", "|")
_QUOTES = ('"', "'")
_NUMBER = re.compile(r"[-+]?\d[\d.,:/ -]*")


@dataclass(frozen=True, slots=True)
class Detection:
    """How a file seems to be written.

    Attributes:
        encoding: Name of a Python codec; None if no usual one fits.
        header: Whether the first record seems to name the columns.
    """

    encoding: str | None
    delimiter: str
    quote: str
    header: bool


def detect(sample: bytes, name: str) -> Detection:
    """Guess from the first bytes of a delimited file, and from its name, how it is written."""
    encoding = detect_encoding(sample)
    text = sample.decode(encoding or "ascii", "replace").removeprefix("\ufeff")
    # The last line is probably cut.
    block = (text[: text.rfind("\n") + 1] or text + "\n").encode()
    tabs = name.lower().endswith((".tsv", ".tab"))
    delimiters = ("\t",) if tabs else _DELIMITERS
    candidates = [Layout(delimiter=d, quote=q) for q in _QUOTES for d in delimiters]
    layout = max(candidates, key=lambda candidate: _fit(block, candidate))
    return Detection(encoding, layout.delimiter, layout.quote, _has_header(block, layout))


def detect_encoding(sample: bytes) -> str | None:
    """Guess the encoding from the first bytes of a file: by its mark, UTF-8 if it is that."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if _is_utf8(sample):
        return "utf-8"
    # A character that the sample cuts must not speak against its encoding. With NUL characters it
    # can only be UTF-16, of which the sample cuts nothing but rare characters.
    whole = sample if b"\0" in sample else sample[: sample.rfind(b"\n") + 1] or sample
    best = charset_normalizer.from_bytes(whole, cp_isolation=list(_ENCODINGS)).best()
    if best is None:
        return None
    return min(best.could_be_from_charset, key=_ENCODINGS.index)


def _is_utf8(sample: bytes) -> bool:
    """Tell whether the bytes are UTF-8; NUL characters are a sign of UTF-16."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample)
    except UnicodeDecodeError:
        return False
    return b"\0" not in sample


def _fit(block: bytes, layout: Layout) -> tuple[float, int]:
    """Return how many records agree with a layout, as a share, and on how many fields."""
    records = split(block, layout)
    counts = records.fields[records.counting(None)]
    if len(counts) == 0:
        return 0.0, 0
    usual = int(np.bincount(counts).argmax())
    if usual == 1:
        return 0.0, 0
    agreeing = int(np.count_nonzero(counts == usual)) - len(records.issues)
    return agreeing / len(counts), usual


def _has_header(block: bytes, layout: Layout) -> bool:
    """Tell whether the cells of the first record look like names: all different, no numbers."""
    records = split(block, layout)
    rows = records.counting(None)
    if len(rows) == 0:
        return False
    text = records.raw(int(rows[0])).decode()
    cells = [cell.strip().strip(layout.quote) for cell in text.split(layout.delimiter)]
    named = all(cell and not _NUMBER.fullmatch(cell) for cell in cells)
    return named and len(set(cells)) == len(cells)
