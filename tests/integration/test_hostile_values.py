"""Whatever stands in a cell is text: nothing reads it as a command, a template or a border."""

import json

import pytest

from impex.domain.column import Column
from impex.domain.layout import Escape, Layout
from impex.domain.report import Counts
from impex.services.resources import Resources
from tests.groups import column, goods, group, translated
from tests.imports import Files, bring, changes, rows
from tests.samples import csv_bytes
from tests.shared import shared

NASTY = [
    "\\.", "x\n\\.\ny", "\\N", "NULL", "null", '""', "'", "%s %(file)s %%", "{} {0} {{x}}",
    "${1}", "$$; DROP TABLE shop.goods; --", "{{ params.key }}", "=1+1", " leading", "trailing ",
    "\ttab", "a\rb", "a\r\nb", "\n", ",", '"', '"quoted"', "\\", "\\\\", "E'\\x'", "\ufeffmark",
    "\u2028", "\U0001f600", "e\u0301", "\x01\x1f\x7f", "0", "-", "\u202ertl", "ﷺ" * 100,
]  # fmt: skip


def goods_file(values: list[str]) -> Files:
    """Write values into a name and a translation of goods with numbered codes."""
    return {
        "goods.csv": csv_bytes(
            {"code": f"{n:04}", "name": value, "title_en": value} for n, value in enumerate(values)
        )
    }


def stored(shop: Resources) -> list[tuple[str, str]]:
    """Return names and translations in the order of the codes."""
    return rows(shop, "SELECT name, title->>'en' FROM shop.goods ORDER BY code")


def check_round_trip(shop: Resources, values: list[str]) -> None:
    """Import values and compare them with what is stored, then import them once more."""
    described = group(goods(column("name"), translated("title", "en")))

    first = bring(shop, described, goods_file(values))
    again = bring(shop, described, goods_file(values), force=True)

    assert first.totals == Counts(read=len(values), inserted=len(values))
    assert again.totals == Counts(read=len(values), unchanged=len(values))
    assert stored(shop) == [(value, value) for value in values]


def test_nasty_values_arrive_unchanged(shop: Resources) -> None:
    """In text and in translations; and they are the same the second time."""
    check_round_trip(shop, NASTY)


def test_the_big_list_of_naughty_strings_arrives_unchanged(shop: Resources) -> None:
    """A public collection of strings that break programs."""
    naughty = json.loads((shared("hostile") / "blns.json").read_text("utf-8"))

    check_round_trip(shop, [value for value in naughty if value and "\0" not in value])


def test_nasty_values_make_keys_as_well(shop: Resources) -> None:
    """Every one is a key of its own and is found again."""
    described = group(goods())
    file = {"goods.csv": csv_bytes({"code": value} for value in NASTY)}

    first = bring(shop, described, file)
    again = bring(shop, described, file, force=True)

    assert first.totals == Counts(read=len(NASTY), inserted=len(NASTY))
    assert again.totals == Counts(read=len(NASTY), unchanged=len(NASTY))


def test_values_before_and_after_stand_in_the_journal_unchanged(shop: Resources) -> None:
    """The journal is JSON, and JSON can hold them all."""
    described = group(goods(column("name"), translated("title", "en")))
    bring(shop, described, goods_file(NASTY))

    report = bring(shop, described, goods_file(NASTY[::-1]))

    told = {c["key"]["code"]: c["changes"] for c in changes(shop, report)}
    for number, (before, after) in enumerate(zip(NASTY, NASTY[::-1], strict=True)):
        if before != after:
            assert told[f"{number:04}"]["name"] == [before, after]


@pytest.mark.parametrize(
    "name", ["100%", "%s", "it's", 'say "hi"', "a;b", "{}", "\\", "c1", "1", "line"]
)
def test_headers_may_be_called_anything(shop: Resources, name: str) -> None:
    """A header is looked up, never made part of a statement."""
    described = group(goods(Column("name", sources=(name,))))

    report = bring(shop, described, {"goods.csv": csv_bytes([{"code": "A", name: "Lamp"}])})

    assert report.totals == Counts(read=1, inserted=1)
    assert rows(shop, "SELECT name FROM shop.goods") == [("Lamp",)]


def test_constants_may_hold_anything(shop: Resources) -> None:
    """What a descriptor writes into every row is text as well."""
    constant = "50% of {all} 'x' \"y\" \\ \n %s"
    described = group(goods(column("name", constant=constant)))

    bring(shop, described, {"goods.csv": "code\nA\n"})

    assert rows(shop, "SELECT name FROM shop.goods") == [(constant,)]


def test_backslash_escapes_of_a_file_are_resolved_once(shop: Resources) -> None:
    """Neither staging nor the target resolves them again."""
    described = group(goods(column("name"), layout=Layout(escape=Escape.BACKSLASH)))

    bring(shop, described, {"goods.csv": b'code,name\nA,"a\\\\nb \\"c\\" \\n \\x"\n'})

    assert rows(shop, "SELECT name FROM shop.goods") == [('a\\nb "c" \n \\x',)]


def test_bytes_that_are_no_text_reach_no_table(shop: Resources) -> None:
    """NUL and broken UTF-8 are issues of their rows, and of no others."""
    data = b"code,name\nA,\0\nB,\xff\nC,ok\n"

    report = bring(shop, group(goods(column("name"))), {"goods.csv": data})

    assert report.totals == Counts(read=3, inserted=1, rejected=2)
