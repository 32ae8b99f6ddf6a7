"""A package on its way: rows are inserted, updated or left alone, and all are counted."""

import pytest

from impex.domain.column import ColumnType, OnEmpty
from impex.domain.errors import ConfigError
from impex.domain.group import Descriptor, OnDuplicate
from impex.domain.report import Counts, FileState, JobState
from impex.domain.table import Table
from impex.services.resources import Resources
from tests.groups import brand_of, brands, column, decimal, goods, group, integer, translated
from tests.imports import bring, changes, execute, faults, rows

pytestmark = pytest.mark.pooled

GOODS = group(goods(column("name"), integer("stock"), decimal("price")))
TABLE = "SELECT code, name, stock, price::text FROM shop.goods ORDER BY code"


def test_new_rows_are_inserted_changed_ones_updated_and_equal_ones_left(shop: Resources) -> None:
    """The counts say exactly what happened to every row."""
    bring(shop, GOODS, {"goods.csv": "code,name,stock,price\nA,Lamp,1,9.90\nB,Desk,2,80\n"})

    report = bring(
        shop, GOODS, {"goods.csv": "code,name,stock,price\nA,Lamp,1,9.9\nB,Desk,3,80\nC,Sofa,4,1\n"}
    )

    assert report.state is JobState.DONE
    assert report.totals == Counts(read=3, inserted=1, updated=1, unchanged=1)
    assert rows(shop, TABLE) == [
        ("A", "Lamp", 1, "9.90"), ("B", "Desk", 3, "80.00"), ("C", "Sofa", 4, "1.00"),
    ]  # fmt: skip


def test_the_journal_tells_before_and_after_of_what_changed(shop: Resources) -> None:
    """Only the columns that changed, in the order of the key; equal rows leave no trace."""
    bring(shop, GOODS, {"goods.csv": "code,name,stock,price\nB,Desk,2,80\nA,Lamp,1,9.90\n"})

    report = bring(
        shop,
        GOODS,
        {"goods.csv": "code,name,stock,price\nC,Sofa,4,1\nB,Table,2,79.50\nA,Lamp,1,9.90\n"},
    )

    assert changes(shop, report) == [
        {"file": "goods.csv", "line": 3, "table": "shop.goods", "key": {"code": "B"},
         "action": "UPDATE", "changes": {"name": ["Desk", "Table"], "price": [80.0, 79.5]}},
        {"file": "goods.csv", "line": 2, "table": "shop.goods", "key": {"code": "C"},
         "action": "INSERT", "changes": {}},
    ]  # fmt: skip


def test_an_empty_cell_keeps_clears_or_takes_the_default(shop: Resources) -> None:
    """As the column says; nothing is erased by a gap in a file unless that is asked for."""
    shop_group = group(
        goods(
            column("name"),
            column("note", on_empty=OnEmpty.CLEAR),
            integer("stock", on_empty=OnEmpty.DEFAULT, default="0"),
        )
    )
    bring(shop, shop_group, {"goods.csv": "code,name,note,stock\nA,Lamp,bright,5\n"})

    report = bring(shop, shop_group, {"goods.csv": "code,name,note,stock\nA,,,\n"})

    assert report.totals == Counts(read=1, updated=1)
    assert rows(shop, "SELECT name, note, stock FROM shop.goods") == [("Lamp", None, 0)]


def test_a_new_row_takes_the_defaults_of_the_table_for_empty_cells(shop: Resources) -> None:
    """Where the file says nothing, the table knows what is usual."""
    shop_group = group(goods(integer("stock"), column("kind"), column("name")))

    report = bring(shop, shop_group, {"goods.csv": "code,stock,kind,name\nA,,,\nB,1,x,y\n"})

    assert report.totals == Counts(read=2, inserted=2)
    assert rows(shop, "SELECT stock, kind, name FROM shop.goods ORDER BY code") == [
        (7, "100%", None), (1, "x", "y"),
    ]  # fmt: skip


def test_a_column_that_the_file_does_not_have_stays_as_it_is(shop: Resources) -> None:
    """A price list updates prices; the report names what it does not bring."""
    bring(shop, GOODS, {"goods.csv": "code,name,stock,price\nA,Lamp,1,9.90\n"})

    report = bring(shop, GOODS, {"goods.csv": "price,code\n8.80,A\n7.70,B\n"})

    assert report.totals == Counts(read=2, inserted=1, updated=1)
    assert rows(shop, TABLE) == [("A", "Lamp", 1, "8.80"), ("B", None, 7, "7.70")]
    assert report.files[0].absent == ("name", "stock")


def test_languages_are_merged_and_absent_ones_stay(shop: Resources) -> None:
    """A file of German texts does not erase the English ones."""
    german = group(goods(translated("title", "de"), translated("title", "uk")))
    english = group(goods(translated("title", "en")))
    bring(shop, english, {"goods.csv": "code,title_en\nA,Lamp\nB,Desk\n"})

    report = bring(shop, german, {"goods.csv": "code,title_de,title_uk\nA,Leuchte,\nB,,\n"})

    assert report.totals == Counts(read=2, updated=1, unchanged=1)
    assert rows(shop, "SELECT title FROM shop.goods ORDER BY code") == [
        ({"en": "Lamp", "de": "Leuchte"},), ({"en": "Desk"},),
    ]  # fmt: skip


def test_a_language_is_cleared_only_where_its_column_says_so(shop: Resources) -> None:
    """Clearing one language leaves the others."""
    cleared = translated("title", "de", on_empty=OnEmpty.CLEAR)
    shop_group = group(goods(translated("title", "en"), cleared))
    bring(shop, shop_group, {"goods.csv": "code,title_en,title_de\nA,Lamp,Leuchte\n"})

    report = bring(shop, shop_group, {"goods.csv": "code,title_en,title_de\nA,,\n"})

    assert rows(shop, "SELECT title FROM shop.goods") == [({"en": "Lamp"},)]
    assert changes(shop, report)[0]["changes"] == {
        "title": [{"en": "Lamp", "de": "Leuchte"}, {"en": "Lamp"}]
    }


def test_an_insert_only_column_is_written_once(shop: Resources) -> None:
    """What merchants have changed by hand since is not undone."""
    shop_group = group(goods(integer("stock", constant="500", insert_only=True), column("name")))
    bring(shop, shop_group, {"goods.csv": "code,name\nA,Lamp\n"})
    execute(shop, "UPDATE shop.goods SET stock = 1")

    same = bring(shop, shop_group, {"goods.csv": "code,name\nA,Lamp\n"}, force=True)
    other = bring(shop, shop_group, {"goods.csv": "code,name\nA,Sofa\n"})

    assert same.totals == Counts(read=1, unchanged=1)
    assert other.totals == Counts(read=1, updated=1)
    assert rows(shop, "SELECT name, stock FROM shop.goods") == [("Sofa", 1)]


def test_a_descriptor_of_nothing_but_its_key_inserts_only(shop: Resources) -> None:
    """There is nothing to update in a row that exists."""
    report = bring(shop, group(brands()), {"brands.csv": "name\nHP\nAcer\n"})

    assert report.totals == Counts(read=2, inserted=1, unchanged=1)


def test_every_type_arrives_as_it_was_sent(shop: Resources) -> None:
    """From text in a file to a value in a table, without loss."""
    kinds = {"active": "boolean", "released": "date", "seen": "timestamp", "extra": "json"}
    shop_group = group(
        goods(decimal("price"), *(column(n, type=ColumnType(k)) for n, k in kinds.items()))
    )
    data = (
        "code,price,active,released,seen,extra\n"
        'A,123456.70,yes,2026-01-31,2026-01-31T10:00:00+02:00,"{""b"": 1, ""a"": [null]}"\n'
    )

    bring(shop, shop_group, {"goods.csv": data})
    again = bring(shop, shop_group, {"goods.csv": data}, force=True)

    assert rows(
        shop, "SELECT price::text, active, released::text, seen::text, extra FROM shop.goods"
    ) == [("123456.70", True, "2026-01-31", "2026-01-31 08:00:00+00", {"a": [None], "b": 1})]
    assert again.totals == Counts(read=1, unchanged=1)


def test_a_file_feeds_several_descriptors_in_their_order(shop: Resources) -> None:
    """Brands first, since the goods of the same file refer to them."""
    files = ("all.csv",)
    first = OnDuplicate.FIRST
    both = group(goods(brand_of(), files=files), brands(files=files, on_duplicate=first))
    data = "code,brand,name\nA,Acer,Acer\nB,Acer,Acer\n"

    report = bring(shop, both, {"all.csv": data})

    assert [(f.descriptor, f.counts) for f in report.files] == [
        ("goods", Counts(read=2, inserted=2)),
        ("brands", Counts(read=2, inserted=1, skipped=1)),
    ]


def test_a_descriptor_takes_several_files(shop: Resources) -> None:
    """Each has its own counts."""
    report = bring(
        shop, GOODS, {"goods-1.csv": "code,name\nA,x\n", "b/goods-2.csv": "code,name\nB,y\nC,z\n"}
    )

    assert [(f.name, f.counts) for f in report.files] == [
        ("goods-1.csv", Counts(read=1, inserted=1)),
        ("b/goods-2.csv", Counts(read=2, inserted=2)),
    ]


def test_a_single_file_is_a_package_by_itself(shop: Resources) -> None:
    """A small feed needs no zip."""
    report = bring(shop, GOODS, b"code,name\nA,Lamp\n", "goods-monday.csv")

    assert (report.state, report.files[0].name) == (JobState.DONE, "goods-monday.csv")


def test_a_header_alone_changes_nothing(shop: Resources) -> None:
    """A file without rows is no fault."""
    report = bring(shop, GOODS, {"goods.csv": "code,name,stock,price\n"})

    assert (report.state, report.totals) == (JobState.DONE, Counts())
    assert report.files[0].state is FileState.MERGED


def test_an_empty_file_is_rejected_in_words(shop: Resources) -> None:
    """The program that wrote it has failed."""
    report = bring(shop, GOODS, {"goods.csv": ""})

    assert report.state is JobState.REJECTED
    assert report.files[0].message == "the file is empty"
    assert faults(shop, report) == [("goods.csv", 0, "empty_file")]


def test_a_file_without_a_required_column_is_rejected_with_the_nearest_name(
    shop: Resources,
) -> None:
    """No row of it is applied."""
    report = bring(shop, GOODS, {"goods.csv": "kode,name\nA,Lamp\n"})

    assert report.state is JobState.REJECTED
    assert report.files[0].message == "the header has no column 'code'; did you mean 'kode'?"
    assert faults(shop, report) == [("goods.csv", 1, "missing_column")]
    assert rows(shop, TABLE) == []


@pytest.mark.parametrize(
    ("descriptor", "problem"),
    [
        (
            goods(table=Table("shop", "godos")),
            "there is no table shop.godos. Did you mean shop.goods",
        ),
        (goods(column("nmae")), "shop.goods has no column nmae. Did you mean name"),
        (
            brands(column("code"), key=("code",)),
            "shop.brand has no column code. There are: id, name",
        ),
        (
            goods(column("name"), key=("name",)),
            r"the key \(name\) is not unique .* Unique are: code; id",
        ),
        (goods(integer("name")), "shop.goods.name is text and cannot hold integer"),
        (goods(column("title", source="x")), "shop.goods.title is jsonb and cannot hold text"),
        (goods(translated("name", "en")), "shop.goods.name is text and cannot hold translations"),
        (goods(column("id")), "shop.goods.id is filled by the database alone"),
    ],
)
def test_a_descriptor_that_does_not_fit_the_table_is_a_fault_of_the_configuration(
    shop: Resources, descriptor: Descriptor, problem: str
) -> None:
    """Found before anything is read, and told with what would fit."""
    with pytest.raises(ConfigError, match=problem):
        bring(shop, group(descriptor), {"goods.csv": "code\nA\n", "brands.csv": "name\nA\n"})

    assert rows(shop, "SELECT state FROM impex.job") == [("failed",)]
