"""What is exported and imported again changes nothing, whatever the values are."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from impex.domain.group import Group
from impex.domain.report import Counts
from impex.services.resources import Resources
from tests.exports import exported, files, unwritten, written_group
from tests.imports import bring, execute, issues
from tests.shared import shared

TABLE = """
    CREATE TABLE shop.anything (
        id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        code    text COLLATE "C" NOT NULL UNIQUE,
        name    text,
        cleared text,
        count   bigint,
        price   numeric(12, 4),
        free    numeric,
        on_     boolean,
        day     date,
        clock   time,
        moment  timestamptz,
        local   timestamp,
        extra   jsonb,
        title   jsonb NOT NULL DEFAULT '{}',
        tags    jsonb,
        ref     uuid,
        state   text,
        brand_id bigint REFERENCES shop.brand
    )
"""

COLUMNS = """
      - {{from: {code}, to: code}}
      - name
      - {{to: cleared, on_empty: clear}}
      - {{to: count, type: integer}}
      - {{to: price, type: decimal}}
      - {{to: free, type: decimal, {locale}}}
      - {{to: on_, type: boolean{words}}}
      - {{to: day, type: date{form}}}
      - {{to: clock, type: time}}
      - {{to: moment, type: timestamp{zone}}}
      - {{to: local, type: timestamp}}
      - {{to: extra, type: json}}
      - {{from: {de}, to: title, language: de}}
      - {{from: {en}, to: title, language: en}}
      - {{from: {tags}, to: tags, {list}}}
      - {{to: ref, type: uuid}}
      - {{to: state, type: enum, values: {{neu: new, "=alt": old}}}}
      - {{from: brand, to: brand_id, lookup: {{table: shop.brand, by: name}}}}
"""

PLAIN = {
    "code": "code", "locale": "on_empty: keep", "words": "", "form": "", "zone": "",
    "de": "title_de", "en": "title_en", "tags": "tags", "list": "split: ';'",
}  # fmt: skip
LOCAL = PLAIN | {
    "locale": "locale: de",
    "words": ", yes: [ja], no: [nein]",
    "form": ", format: '%d.%m.%Y'",
    "zone": ", timezone: Europe/Berlin",
}
XML = PLAIN | {
    "code": "'@code'", "de": "\"t[@xml:lang='de']\"", "en": "\"t[@xml:lang='en']\"",
    "tags": "tags/tag", "list": "repeated: true",
}  # fmt: skip

JSON_NAMES = PLAIN | {"de": "title.de", "en": "title.en", "list": "repeated: true"}

LAYOUTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "csv": ("csv", "{}", PLAIN),
    "csv as in Germany": ("csv", "{delimiter: ';'}", LOCAL),
    "csv with backslashes": ("csv", "{escape: backslash, quote: '~', comment: '#'}", PLAIN),
    "csv in UTF-16": ("csv", "{encoding: utf-16}", PLAIN),
    "csv for spreadsheets": ("csv", '{audience: spreadsheet, delimiter: "\\t"}', PLAIN),
    "packed csv": ("csv.gz", "{}", PLAIN),
    "xlsx": ("xlsx", "{}", PLAIN),
    "xml": ("xml", "{format: xml, record: /things/thing}", XML),
    "json": ("json", "{format: json}", JSON_NAMES),
}


def described(directory: Path, kind: str) -> Group:
    """Return a group that writes and reads the table in one of the layouts."""
    ending, layout, names = LAYOUTS[kind]
    text = f"""
title: Anything
descriptors:
  - name: things
    direction: both
    files: "things*"
    table: shop.anything
    key: code
    layout: {layout}
    export: {{file: "things-{{run}}.{ending}"}}
    columns:{COLUMNS.format(**names)}
"""
    return written_group(directory, text, kind.replace(" ", "-").lower())


# What PostgreSQL and XML can hold; line ends as any other character.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
NAUGHTY = [
    "=1+1",
    "'=1",
    "''@x",
    "-",
    "+\t",
    "#a",
    "~",
    '"',
    "\\",
    "\\N",
    "NULL",
    "\\.",
    "\r",
    " a\u00a0",
]
ANY_TEXT = st.one_of(TEXT, st.sampled_from(NAUGHTY))
DAY = st.dates(date(1000, 1, 1), date(9999, 12, 31))
MOMENT = st.datetimes(datetime(1001, 1, 1), datetime(9998, 12, 31))  # noqa: DTZ001 - as clocks show
NUMBER = st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-9999999, max_value=9999999
)
ELEMENT = TEXT.map(str.strip).filter(lambda text: text and ";" not in text)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return values, or none."""
    return st.none() | strategy


ROW = st.fixed_dictionaries(
    {
        "code": ANY_TEXT,
        "name": maybe(ANY_TEXT | st.just("")),
        "cleared": maybe(ANY_TEXT),
        "count": maybe(st.integers(-(2**63), 2**63 - 1)),
        "price": maybe(NUMBER),
        "free": maybe(st.decimals(allow_nan=False, allow_infinity=False)),
        "on_": maybe(st.booleans()),
        "day": maybe(DAY),
        "clock": maybe(st.times()),
        "moment": maybe(MOMENT.map(lambda moment: moment.replace(tzinfo=UTC))),
        "local": maybe(MOMENT),
        "extra": maybe(JSON.filter(lambda value: value is not None).map(Jsonb)),
        "title": st.dictionaries(st.sampled_from(["de", "en", "fr"]), ANY_TEXT).map(Jsonb),
        "tags": maybe(st.lists(ELEMENT, max_size=3, min_size=1).map(Jsonb)),
        "ref": maybe(st.uuids()),
        "state": st.sampled_from([None, "new", "old"]),
        "brand": st.sampled_from([None, "HP", "Dell"]),
    }
)


def fill(shop: Resources, rows: list[dict[str, Any]]) -> int:
    """Put rows into the table; return how many they are, as codes are unique."""
    execute(shop, "TRUNCATE shop.anything")
    insert = (
        "INSERT INTO shop.anything (code, name, cleared, count, price, free, on_, day, clock, moment,"
        " local, extra, title, tags, ref, state, brand_id) VALUES (%(code)s, %(name)s, %(cleared)s,"
        " %(count)s, %(price)s, %(free)s, %(on_)s, %(day)s, %(clock)s, %(moment)s, %(local)s,"
        " %(extra)s, %(title)s, %(tags)s, %(ref)s, %(state)s,"
        " (SELECT id FROM shop.brand WHERE name = %(brand)s)) ON CONFLICT DO NOTHING"
    )
    with shop.database.transaction() as connection, connection.cursor() as cursor:
        cursor.executemany(insert, rows)
        (count,) = cursor.execute("SELECT count(*) FROM shop.anything").fetchone() or (0,)
    return int(count)


def comes_back(shop: Resources, group: Group, count: int) -> None:
    """Export, import, and find that nothing has changed; nothing is lost without being told."""
    report = exported(shop, group)
    left_out = sum(file.rejected for file in report.files)
    assert (left_out > 0) == bool(unwritten(shop, report))
    ((name, content),) = files(shop, report).items()

    back = bring(shop, group, content, name=name, force=True)

    if not content:
        # JSON lines without a line are taken for a file that was cut.
        assert name.endswith(".json")
        assert [issue["code"] for issue in issues(shop, back)] == ["empty_file"]
        return
    assert issues(shop, back) == []
    assert back.totals == Counts(read=count - left_out, unchanged=count - left_out)


@pytest.mark.parametrize("kind", LAYOUTS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=5))
def test_any_row_comes_back_as_it_was(
    shop: Resources, tmp_path: Path, kind: str, rows: list[dict[str, Any]]
) -> None:
    """Or is told to be one that the file cannot hold."""
    execute(shop, "DROP TABLE IF EXISTS shop.anything")
    execute(shop, TABLE)
    group = described(tmp_path, kind)

    comes_back(shop, group, fill(shop, rows))


@pytest.mark.parametrize("kind", LAYOUTS)
def test_naughty_strings_come_back(shop: Resources, tmp_path: Path, kind: str) -> None:
    """All of the big list; those with characters that XML cannot hold are told of."""
    execute(shop, TABLE)
    texts = [text for text in json.loads(shared("hostile/blns.json").read_text()) if text]
    count = fill(shop, [_naughty(number, text) for number, text in enumerate(texts)])
    assert count == len(texts)

    comes_back(shop, described(tmp_path, kind), count)


def _naughty(number: int, text: str) -> dict[str, Any]:
    nothing = dict.fromkeys(
        [
            "count",
            "price",
            "free",
            "on_",
            "day",
            "clock",
            "moment",
            "local",
            "ref",
            "state",
            "brand",
        ]
    )
    title = Jsonb({"de": text, "en": f"x{text}"})
    return nothing | {
        "code": f"{number}",
        "name": text,
        "cleared": f"{text} ",
        "extra": Jsonb([text]),
        "title": title,
        "tags": None,
    }
