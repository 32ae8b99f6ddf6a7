"""Files of products: every cell is a function of the row's number, so any file can be made again.

Thirteen columns and about 195 bytes a row. Most descriptions have commas, some quotes, line breaks
or letters beyond ASCII. Article numbers are unique and not in order.
"""

import csv
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from zlib import crc32

COLUMNS = (
    "sku",
    "name_en",
    "name_de",
    "name_uk",
    "brand",
    "category",
    "price",
    "currency",
    "stock",
    "weight",
    "active",
    "released",
    "description",
)
CLEAN_COLUMNS = (*COLUMNS[:4], "brand_id", "category_id", *COLUMNS[6:])
BRANDS = 300
CATEGORIES = 200
_SEED = 20260131
# A prime: multiplying by another number modulo it never gives the same result for two numbers.
_SKUS, _STRIDE = 99_999_989, 38_196_601

_COLOURS = (
    ("Black", "Schwarz", "Чорний"),
    ("White", "Weiß", "Білий"),
    ("Green", "Grün", "Зелений"),
    ("Silver", "Silber", "Срібний"),
    ("Bright red", "Hellrot", "Червоний"),
)
_THINGS = (
    ("desk lamp", "Schreibtischlampe", "світильник"),
    ("keyboard", "Tastatur", "клавіатура"),
    ("backpack", "Rucksack", "рюкзак"),
    ("water bottle", "Trinkflasche", "пляшка"),
    ("headphones", "Kopfhörer", "навушники"),
    ("office chair", "Bürostuhl", "крісло"),
    ("power bank", "Zusatzakku", "батарея"),
)
_MAKERS = ("Acme", "Nordlicht", "Müller", "Zoria")
_CURRENCIES = ("EUR", "USD", "UAH")


class File(StrEnum):
    """What a file is to a table that holds the rows of ``NEW``."""

    NEW = "all new"
    UNCHANGED = "unchanged"
    MIXED = "mixed"
    BAD = "mixed, 5 % bad"


def write(path: Path, file: File, rows: int) -> None:
    """Write a file as a shop would send it."""
    _write(path, COLUMNS, sent(file, rows))
    if file is File.UNCHANGED:
        # Other bytes, the same rows: the last line break is missing.
        with path.open("rb+") as written:
            written.truncate(path.stat().st_size - 1)


def write_clean(path: Path, file: File, rows: int) -> None:
    """Write the good rows of a file with the ids of brands and categories in place of their names.

    The ids are those of a table that was filled with ``brands`` and ``categories`` in order.
    """
    _write(path, CLEAN_COLUMNS, clean(file, rows))


def sent(file: File, rows: int) -> Iterator[list[str]]:
    """Yield the cells of each row as a shop would send them, in the order of ``COLUMNS``."""
    return (row for row, _ in _records(file, rows))


def clean(file: File, rows: int) -> Iterator[list[str]]:
    """Yield the cells of the good rows, in the order of ``CLEAN_COLUMNS``."""
    return (ids for _, ids in _records(file, rows) if ids)


def fates(file: File, rows: int) -> dict[str, int]:
    """Return what must become of the rows, as reports count them; ``rows`` divides by 20."""
    tenth, bad = rows // 10, rows // 20
    counts = {
        File.NEW: {"inserted": rows},
        File.UNCHANGED: {"unchanged": rows},
        File.MIXED: {"unchanged": 7 * tenth, "updated": 2 * tenth, "inserted": tenth},
        File.BAD: {
            "unchanged": 7 * tenth - bad,
            "updated": 2 * tenth,
            "inserted": tenth,
            "rejected": bad,
        },
    }
    none = dict.fromkeys(("inserted", "updated", "unchanged", "rejected"), 0)
    return {"read": rows} | none | counts[file]


def brands() -> list[str]:
    """Return the names of all brands."""
    return [f"{_MAKERS[number % len(_MAKERS)]} {number:03}" for number in range(BRANDS)]


def categories() -> list[str]:
    """Return the codes of all categories."""
    return [f"C-{number:03}" for number in range(CATEGORIES)]


def _write(path: Path, header: Sequence[str], rows: Iterator[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _records(file: File, rows: int) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the cells of each row as they are sent, and with ids; a bad row has none of the latter.

    Of ten rows of a mixed file seven are those of the table, two are changed, one is new.
    """
    names, codes = brands(), categories()
    mixed = file in {File.MIXED, File.BAD}
    for number in range(rows):
        kind = number % 10 if mixed else 0
        cells = _cells(rows + number if kind == 9 else number, version=int(kind in {7, 8}))
        brand, category = crc32(cells[0].encode()) % BRANDS, number % CATEGORIES
        ids = [*cells[:4], str(brand + 1), str(category + 1), *cells[4:]]
        cells[4:4] = names[brand], codes[category]
        if file is File.BAD and number % 20 == 0:
            yield _spoilt(cells, number), []
        else:
            yield cells, ids


def _cells(number: int, version: int) -> list[str]:
    """Return all cells but brand and category; price and stock depend on the version."""
    chance = crc32(b"%d %d" % (_SEED, number))
    now = crc32(b"%d %d %d" % (_SEED, number, version))
    colour, thing = _COLOURS[chance % 5], _THINGS[chance % 7]
    size = chance % 997
    return [
        f"SKU-{number * _STRIDE % _SKUS:08}",
        f"{colour[0]} {thing[0]} {size}",
        f"{colour[1]} {thing[1]} {size}",
        f"{colour[2]} {thing[2]} {size}",
        f"{now % 500_000 / 100:.2f}",
        _CURRENCIES[chance % 3],
        str(chance % 900 + version),
        f"{chance % 19_000 / 1000:.3f}" if chance % 16 else "",
        "true" if chance % 8 else "false",
        f"20{10 + chance % 16}-{1 + chance % 12:02}-{1 + chance % 28:02}",
        _description(chance, thing[0]),
    ]


def _description(chance: int, thing: str) -> str:
    """Return a text: 80 of 100 with commas, 8 with quotes, 4 with line breaks, 7 beyond ASCII."""
    percent = chance // 7 % 100
    between = ", " if percent < 80 else " and "
    text = f"A {thing} for {chance % 12} years{between}at home{between}at work"
    if percent % 25 < 2:
        text += f' of {chance % 30}" size'
    if percent % 25 == 5:
        text += "\nTwo years of guarantee"
    if percent % 14 == 6:
        text += " für Büro"
    return text


def _spoilt(cells: list[str], number: int) -> list[str]:
    """Return the cells with one fault, each row with another of six."""
    faults = (
        ("price", "12,50 EUR"),
        ("brand", f"Unknown {number}"),
        ("name_en", "Very long name " * 20),
        ("released", "31.02.2026"),
        ("active", "perhaps"),
        ("category", ""),
    )
    name, value = faults[number // 20 % len(faults)]
    place = COLUMNS.index(name)
    return [*cells[:place], value, *cells[place + 1 :]]
