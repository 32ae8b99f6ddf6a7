"""Lookups that create what they miss: a row with the code, and else what its table fills in."""

import pytest

from impex.domain.column import Column, ColumnType, Lookup, OnMissing
from impex.domain.errors import ConfigError
from impex.domain.group import Mode
from impex.domain.report import Counts, FileState, JobState
from impex.domain.table import Table
from impex.services.resources import Resources
from tests.groups import brand_of, brands, column, decimal, goods, group, integer, parent, policy
from tests.imports import bring, changes, contents, execute, issues, rows

SUPPLIER = Table("shop", "supplier")
SUPPLIERS = """
    CREATE TABLE shop.supplier (
        id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        country text COLLATE "C" NOT NULL,
        number  integer NOT NULL,
        market  text NOT NULL DEFAULT 'all',
        rating  integer NOT NULL DEFAULT 3,
        UNIQUE (country, number, market)
    );
    ALTER TABLE shop.goods ADD COLUMN supplier_id bigint REFERENCES shop.supplier
"""
BRANDS = "SELECT name FROM shop.brand ORDER BY name"
CREATE = OnMissing.CREATE


def supplier(on_missing: OnMissing = CREATE) -> Column:
    """Build a column that refers to a supplier by two fields of the file and a market."""
    lookup = Lookup(
        SUPPLIER, ("country", "number"), on_missing=on_missing, where=(("market", "100%"),)
    )
    return column("supplier_id", sources=("land", "no"), type=ColumnType.TEXT, lookup=lookup)


def test_a_missing_code_becomes_a_row(shop: Resources) -> None:
    """Once for all rows that name it, in the order of the codes, with defaults in other columns."""
    data = {"goods.csv": "code,brand\nA,Sony\nB,Acer\nC,HP\nD,Acer\nE,\n"}

    report = bring(shop, group(goods(brand_of(CREATE))), data)

    assert (report.state, report.totals) == (JobState.DONE, Counts(read=5, inserted=5))
    assert rows(shop, "SELECT id, name, description FROM shop.brand ORDER BY id")[2:] == [
        (3, "Acer", {}), (4, "Sony", {}),
    ]  # fmt: skip
    assert rows(
        shop,
        "SELECT g.code, b.name FROM shop.goods g LEFT JOIN shop.brand b ON b.id = g.brand_id "
        "ORDER BY 1",
    ) == [("A", "Sony"), ("B", "Acer"), ("C", "HP"), ("D", "Acer"), ("E", None)]
    assert report.files[0].remarks == ("rows of shop.brand created for brand: 2",)


def test_created_rows_stand_in_the_journal(shop: Resources) -> None:
    """As inserts, with the first line that needs them."""
    report = bring(
        shop, group(goods(brand_of(CREATE))), {"goods.csv": "code,brand\nA,HP\nB,Acer\nC,Acer\n"}
    )

    assert changes(shop, report)[0] == {
        "file": "goods.csv", "line": 3, "table": "shop.brand", "key": {"name": "Acer"},
        "action": "INSERT", "changes": {},
    }  # fmt: skip


def test_what_was_created_is_found_the_next_time(shop: Resources) -> None:
    """The same file again changes nothing."""
    described, data = group(goods(brand_of(CREATE))), {"goods.csv": "code,brand\nA,Acer\n"}
    bring(shop, described, data)

    again = bring(shop, described, data, force=True)

    assert again.totals == Counts(read=1, unchanged=1)
    assert changes(shop, again) == []


def test_an_existing_row_gets_what_was_created(shop: Resources) -> None:
    """From one brand to another that is new."""
    described = group(goods(brand_of(CREATE)))
    bring(shop, described, {"goods.csv": "code,brand\nA,HP\n"})

    report = bring(shop, described, {"goods.csv": "code,brand\nA,Acer\n"})

    assert report.totals == Counts(read=1, updated=1)
    assert rows(shop, "SELECT brand_id FROM shop.goods") == [(3,)]


def test_two_columns_may_need_the_same_new_code(shop: Resources) -> None:
    """It is created for the first and found for the second."""
    other = column(
        "parent_id",
        source="maker",
        lookup=Lookup(Table("shop", "brand"), ("name",), on_missing=CREATE),
    )
    execute(shop, "ALTER TABLE shop.goods DROP CONSTRAINT goods_parent_id_fkey")

    report = bring(
        shop,
        group(goods(brand_of(CREATE), other)),
        {"goods.csv": "code,brand,maker\nA,Acer,Acer\n"},
    )

    assert report.totals == Counts(read=1, inserted=1)
    assert rows(shop, "SELECT brand_id, parent_id FROM shop.goods") == [(3, 3)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("A,Acer,many\n", id="bad cell"),
        pytest.param("A,Acer,1\nA,Acer,2\n", id="repeated key"),
        pytest.param("A,Acer,\n", id="empty cell"),
    ],
)
def test_a_row_that_is_not_applied_creates_nothing(shop: Resources, data: str) -> None:
    """Nobody needs its brand."""
    execute(shop, "ALTER TABLE shop.goods ALTER COLUMN stock DROP DEFAULT")
    described = group(goods(brand_of(CREATE), integer("stock")))

    report = bring(shop, described, {"goods.csv": f"code,brand,stock\n{data}"})

    assert report.totals.inserted == 0
    assert rows(shop, BRANDS) == [("Dell",), ("HP",)]


def test_a_file_that_is_rejected_creates_nothing(shop: Resources) -> None:
    """Neither by its own policy nor by that of the package."""
    bad = {"goods.csv": "code,brand,stock\nA,Acer,1\nB,HP,many\n"}
    for reach in ("reject_file", "reject_package"):
        described = group(goods(brand_of(CREATE), integer("stock"), errors=policy(reach)))

        report = bring(shop, described, bad, force=True)

        assert report.files[0].state is FileState.REJECTED
        assert rows(shop, BRANDS) == [("Dell",), ("HP",)]
        assert changes(shop, report) == []


def test_a_dry_run_creates_nothing(shop: Resources) -> None:
    """Not even a gap in the numbers; and it tells what the real run would create."""
    described, data = group(goods(brand_of(CREATE))), {"goods.csv": "code,brand\nA,Acer\n"}
    before = contents(shop)

    dry = bring(shop, described, data, dry_run=True)
    after = contents(shop)
    real = bring(shop, described, data)

    assert after == before
    assert changes(shop, dry) == changes(shop, real)
    assert dry.files == real.files
    assert rows(shop, "SELECT id FROM shop.brand WHERE name = 'Acer'") == [(3,)]


def test_a_code_of_several_fields_and_constants_becomes_a_row(shop: Resources) -> None:
    """Each field goes into its column, constants into theirs."""
    execute(shop, SUPPLIERS)
    execute(shop, "ALTER TABLE shop.supplier ALTER COLUMN number TYPE text")
    execute(shop, "INSERT INTO shop.supplier (country, number) VALUES ('DE', '1')")

    report = bring(
        shop, group(goods(supplier())), {"goods.csv": "code,land,no\nA,DE,1\nB,DE,2\nC,AT,1\n"}
    )

    assert report.totals == Counts(read=3, inserted=3)
    assert rows(
        shop, "SELECT country, number, market, rating FROM shop.supplier ORDER BY 3, 1, 2"
    ) == [
        ("AT", "1", "100%", 3),
        ("DE", "1", "100%", 3),
        ("DE", "2", "100%", 3),
        ("DE", "1", "all", 3),
    ]
    assert changes(shop, report)[0]["key"] == {"country": "DE", "number": "1", "market": "100%"}


def test_half_a_code_creates_nothing(shop: Resources) -> None:
    """It is missing, like a code that nothing has; a code of no field at all is an empty cell."""
    execute(shop, SUPPLIERS)
    execute(shop, "ALTER TABLE shop.supplier ALTER COLUMN number TYPE text")

    report = bring(
        shop, group(goods(supplier())), {"goods.csv": "code,land,no\nA,DE,\nB,,1\nC,,\n"}
    )

    assert report.totals == Counts(read=3, inserted=1, rejected=2)
    assert rows(shop, "SELECT * FROM shop.supplier") == []
    assert issues(shop, report)[0]["message"] == (
        "shop.supplier has no row whose country is 'DE' and number is '' and market is '100%'"
    )


def test_a_parent_that_is_nowhere_is_created_without_one(shop: Resources) -> None:
    """One that is in the same file is not: it comes with all its columns."""
    described = group(goods(parent(CREATE), column("name")))

    report = bring(shop, described, {"goods.csv": "code,parent,name\nA,B,a\nB,ROOT,b\n"})

    assert report.totals == Counts(read=2, inserted=2)
    assert rows(
        shop,
        "SELECT g.code, p.code, g.name FROM shop.goods g "
        "LEFT JOIN shop.goods p ON p.id = g.parent_id ORDER BY 1",
    ) == [("A", "B", "a"), ("B", "ROOT", "b"), ("ROOT", None, None)]


def test_a_parent_that_was_rejected_is_created_for_its_child(shop: Resources) -> None:
    """The child is good, and its parent may be completed later."""
    described = group(goods(parent(CREATE), brand_of()))

    report = bring(shop, described, {"goods.csv": "code,parent,brand\nA,B,HP\nB,,Unknown\n"})

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert rows(shop, "SELECT code, brand_id FROM shop.goods ORDER BY 1") == [("A", 1), ("B", None)]


def test_a_mode_that_leaves_rows_out_creates_nothing_for_them(shop: Resources) -> None:
    """Only rows that are written need their codes."""
    bring(shop, group(goods()), {"goods.csv": "code\nA\n"})
    data = {"goods.csv": "code,brand\nA,Acer\nB,Sony\n"}

    report = bring(shop, group(goods(brand_of(CREATE), mode=Mode.UPDATE_ONLY)), data)

    assert report.totals == Counts(read=2, updated=1, skipped=1)
    assert rows(shop, BRANDS) == [("Acer",), ("Dell",), ("HP",)]


def test_a_table_that_refuses_a_code_refuses_the_file(shop: Resources) -> None:
    """In words, and with nothing applied."""
    execute(shop, "ALTER TABLE shop.brand ADD CONSTRAINT short CHECK (length(name) < 6)")

    report = bring(
        shop, group(goods(brand_of(CREATE))), {"goods.csv": "code,brand\nA,Acer\nB,Panasonic\n"}
    )

    assert report.files[0].state is FileState.REJECTED
    assert 'violates check constraint "short"' in report.files[0].message
    assert rows(shop, BRANDS) == [("Dell",), ("HP",)]


def test_a_code_that_another_rule_takes_for_a_known_one_is_told(shop: Resources) -> None:
    """It is neither there nor can it be created."""
    execute(shop, "CREATE UNIQUE INDEX ON shop.brand (lower(name))")

    report = bring(shop, group(goods(brand_of(CREATE))), {"goods.csv": "code,brand\nA,hp\n"})

    assert report.files[0].message == (
        "shop.brand takes no row for 'hp' of brand: a rule of that table finds it equal to a row "
        "with another code"
    )
    assert rows(shop, "SELECT code FROM shop.goods") == []


def test_a_table_that_cannot_take_a_row_of_a_code_alone_is_a_fault_of_the_configuration(
    shop: Resources,
) -> None:
    """Found when the run is planned, with the column that is missing."""
    execute(shop, "DELETE FROM shop.brand")
    execute(shop, "ALTER TABLE shop.brand ADD COLUMN country text NOT NULL")
    problem = (
        "shop.brand.country must not be empty, so a lookup cannot create rows. "
        "Name it in `where`, or import shop.brand before"
    )

    with pytest.raises(ConfigError, match=problem):
        bring(shop, group(goods(brand_of(CREATE))), {"goods.csv": "code,brand\nA,Acer\n"})


def test_refused_rows_keep_the_codes_that_were_created_for_others(shop: Resources) -> None:
    """A code that only a refused row needs stays as well: it was right."""
    described = group(goods(brand_of(CREATE), decimal("price")))

    report = bring(shop, described, {"goods.csv": "code,brand,price\nA,Acer,1\nB,Sony,-1\n"})

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert rows(shop, BRANDS) == [("Acer",), ("Dell",), ("HP",), ("Sony",)]


def test_a_descriptor_of_the_looked_up_table_comes_first(shop: Resources) -> None:
    """What it brings need not be created."""
    described = group(goods(brand_of(CREATE)), brands(column("description", language="en")))
    files = {"goods.csv": "code,brand\nA,Acer\n", "brands.csv": "name,description\nAcer,Taiwan\n"}

    report = bring(shop, described, files)

    assert report.files[0].remarks == ()
    assert rows(shop, "SELECT description FROM shop.brand WHERE name = 'Acer'") == [
        ({"en": "Taiwan"},)
    ]
