"""Makes the package of the sample catalogue: the same bytes on every machine.

``python -m tests.samples FILE`` writes it.
"""

import csv
import io
import sys
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

SEED = 2026
PRODUCTS = 40

Row = Mapping[str, str]

_BRANDS = (
    ("Nordlicht", "Lamps from Flensburg", "Leuchten aus Flensburg", "Світильники з Фленсбурга"),
    ("Chestnut & Sons", "Furniture since 1898", "Möbel seit 1898", "Меблі з 1898 року"),
    ("Карпатська вовна", "Wool from the Carpathians", "Wolle aus den Karpaten", "Вовна з Карпат"),
    ("Bäckerglück", "Everything for bakers", "Alles fürs Backen", "Товари для випічки"),
    ("Kessel & Co.", 'Makers of the "Kettle"', "Hersteller des „Kessels“", "Виробник «Чайника»"),
)

# The children of the kitchen stand above it, on purpose.
_CATEGORIES = (
    ("SMP-HOME", "100", "Home", "Wohnen", "Дім"),
    ("SMP-LIGHT", "SMP-HOME", "Lighting", "Beleuchtung", "Освітлення"),
    ("SMP-BAKING", "SMP-KITCHEN", "Baking", "Backen", "Випічка"),
    ("SMP-TEA", "SMP-KITCHEN", "Tea & coffee", "Tee & Kaffee", "Чай та кава"),
    ("SMP-KITCHEN", "SMP-HOME", "Kitchen", "Küche", "Кухня"),
    ("SMP-TEXTILES", "SMP-HOME", "Textiles", "Textilien", "Текстиль"),
)

# name in three languages, category, brand
_KINDS = (
    ("Desk lamp", "Schreibtischlampe", "Настільна лампа", "SMP-LIGHT", "Nordlicht"),
    ("Bookshelf", "Bücherregal", "Книжкова полиця", "SMP-HOME", "Chestnut & Sons"),
    ("Blanket", "Decke", "Ковдра", "SMP-TEXTILES", "Карпатська вовна"),
    ("Cake tin", "Kuchenform", "Форма для торта", "SMP-BAKING", "Bäckerglück"),
    ("Kettle", "Wasserkessel", "Чайник", "SMP-TEA", "Kessel & Co."),
)

_COLOURS = (("white", "weiß", "білий"), ("green", "grün", "зелений"), ("blue", "blau", "синій"))


def sample_package(seed: int = SEED) -> bytes:
    """Return the zip: six CSV files, 40 good products, one bad product and one bad price."""
    files = {
        "brands.csv": brands(),
        "categories.csv": categories(),
        "products.csv": products(seed),
        "skus.csv": skus(seed),
        "prices.csv": prices(seed),
        "inventory.csv": inventory(seed),
    }
    return zipped({name: csv_bytes(rows) for name, rows in files.items()})


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip without anything of its own: no times, no compression to depend on."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)
    return buffer.getvalue()


def csv_bytes(rows: Iterable[Row]) -> bytes:
    """Return rows as RFC 4180 CSV in UTF-8 with the header of the first row."""
    text = io.StringIO(newline="")
    first, *others = rows
    writer = csv.DictWriter(text, fieldnames=list(first))
    writer.writeheader()
    writer.writerows([first, *others])
    return text.getvalue().encode()


def brands() -> list[Row]:
    """Return the rows of brands.csv."""
    names = ("name", "description_en", "description_de", "description_uk")
    return [dict(zip(names, brand, strict=True)) for brand in _BRANDS]


def categories() -> list[Row]:
    """Return the rows of categories.csv; a parent stands above or below its children."""
    names = ("category", "parent", "name_en", "name_de", "name_uk")
    return [
        dict(zip(names, category, strict=True)) | {"uri": category[0].lower()}
        for category in _CATEGORIES
    ]


def products(seed: int) -> list[Row]:
    """Return the rows of products.csv; the last one names a brand that does not exist."""
    rows = [_product(seed, number) for number in range(1, PRODUCTS + 1)]
    unknown = _product(seed, PRODUCTS + 1) | {"brand": "Nordlciht"}
    return [*rows, unknown]


def skus(seed: int) -> list[Row]:
    """Return the rows of skus.csv: three colours of every second product, one of the others."""
    return [row for number in range(1, PRODUCTS + 1) for row in _skus(seed, number)]


def prices(seed: int) -> list[Row]:
    """Return the rows of prices.csv; one price is written with a comma."""
    rows: list[Row] = [row for sku in skus(seed) for row in _prices(seed, sku["sku"])]
    wrong = len(rows) // 2
    rows[wrong] = {**rows[wrong], "price": "1.299,00"}
    return rows


def inventory(seed: int) -> list[Row]:
    """Return the rows of inventory.csv; what is not in stock has a day of release."""
    rows: list[Row] = []
    for sku in skus(seed):
        quantity = _pick(seed, "stock", sku["sku"], 120)
        rows.append(
            {
                "sku": sku["sku"],
                "warehouse": "Main",
                "quantity": str(quantity),
                "release": "" if quantity else "01.09.2026",
            }
        )
    return rows


def _product(seed: int, number: int) -> dict[str, str]:
    english, german, ukrainian, category, brand = _KINDS[number % len(_KINDS)]
    weight = 200 + _pick(seed, "weight", str(number), 4800)
    return {
        "product": f"SMP-{number:03}",
        "model": f"{english[:2].upper()}-{100 + number}",
        "brand": brand,
        "category": category,
        "name_en": f"{english} {number}",
        "name_de": f"{german} {number}",
        "name_uk": f"{ukrainian} {number}",
        "description_en": f'A {english.lower()} for everyday use.\nWeight: {weight} g, 12" wide.',
        "description_de": f"{german} für jeden Tag.\nGewicht: {weight} g, „solide“ gebaut.",
        "description_uk": "\n".join(
            (f"{ukrainian} на щодень.", f"Цей товар важить {weight} грамів.")
        ),
        "featured": "yes" if number % 7 == 0 else "",
        "tag": "sale" if number % 5 == 0 else "",
    }


def _skus(seed: int, number: int) -> list[Row]:
    product = _product(seed, number)
    colours = _COLOURS if number % 2 == 0 else _COLOURS[:1]
    return [
        {
            "sku": f"{product['product']}-{english.upper()}",
            "product": product["product"],
            "model": product["model"],
            "name_en": f"{product['name_en']}, {english}",
            "name_de": f"{product['name_de']}, {german}",
            "name_uk": f"{product['name_uk']}, {ukrainian}",
            "barcode": f"4000000{number:03}{index:03}",
        }
        for index, (english, german, ukrainian) in enumerate(colours)
    ]


def _prices(seed: int, sku: str) -> list[Row]:
    cents = 500 + _pick(seed, "price", sku, 200_000)
    sale = _pick(seed, "sale", sku, 4) == 0
    return [
        {
            "sku": sku,
            "currency": currency,
            "quantity": "1",
            "price": _money(cents * rate),
            "sale_price": _money(cents * rate * 9 // 10) if sale else "",
        }
        for currency, rate in (("EUR", 1), ("UAH", 45))
    ]


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _pick(seed: int, what: str, name: str, below: int) -> int:
    """Return a number that looks random and depends on nothing else."""
    return zlib.crc32(f"{seed}/{what}/{name}".encode()) % below


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(sample_package())
