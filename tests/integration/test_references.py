"""Codes of a file that refer to rows of a table, of another file or of the same one."""

import pytest

from impex.domain.column import Column, Lookup, OnEmpty, OnMissing
from impex.domain.errors import ConfigError
from impex.domain.group import Descriptor
from impex.domain.report import Counts
from impex.domain.table import Table
from impex.services.resources import Resources
from tests.groups import (
    BRAND,
    GOODS,
    brand_of,
    brands,
    column,
    descriptor,
    goods,
    group,
    integer,
    parent,
)
from tests.imports import bring, execute, faults, issues, rows

BRANDS = (
    "SELECT g.code, b.name FROM shop.goods g LEFT JOIN shop.brand b ON b.id = g.brand_id ORDER BY 1"
)
TREE = "SELECT g.code, p.code FROM shop.goods g LEFT JOIN shop.goods p ON p.id = g.parent_id ORDER BY 1"


def test_a_code_becomes_the_row_it_refers_to(shop: Resources) -> None:
    """The file knows names, the table knows ids."""
    report = bring(shop, group(goods(brand_of())), {"goods.csv": "code,brand\nA,HP\nB,Dell\nC,\n"})

    assert report.totals == Counts(read=3, inserted=3)
    assert rows(shop, BRANDS) == [("A", "HP"), ("B", "Dell"), ("C", None)]


@pytest.mark.parametrize(
    ("on_missing", "counts", "stored"),
    [
        (OnMissing.REJECT, Counts(read=2, inserted=1, rejected=1), [("A", "HP")]),
        (OnMissing.SKIP_ROW, Counts(read=2, inserted=1, skipped=1), [("A", "HP")]),
        (OnMissing.NULL, Counts(read=2, inserted=2), [("A", "HP"), ("B", None)]),
    ],
)
def test_a_code_that_refers_to_nothing_is_treated_as_its_policy_says(
    shop: Resources, on_missing: OnMissing, counts: Counts, stored: list[tuple[str, str | None]]
) -> None:
    """The row is rejected, left out without a fault, or taken without the reference."""
    shop_group = group(goods(brand_of(on_missing)))

    report = bring(shop, shop_group, {"goods.csv": "code,brand\nA,HP\nB,Acer\n"})

    assert report.totals == counts
    assert rows(shop, BRANDS) == stored
    assert [i["effect"] for i in issues(shop, report)] == (
        ["rejected"] * counts.rejected + ["skipped"] * counts.skipped
    )


def test_a_missing_reference_is_told_with_its_header_value_and_key(shop: Resources) -> None:
    """Also where headers and values hold signs that mean something to a database."""
    brand = column("brand_id", source='100% brand\'s "name" {}', lookup=Lookup(BRAND, ("name",)))

    report = bring(
        shop,
        group(goods(brand)),
        {"goods.csv": 'code,"100% brand\'s ""name"" {}"\n%s {},O\'Neill \\ %(file)s\n'},
    )

    assert issues(shop, report) == [
        {
            "file": "goods.csv",
            "descriptor": "goods",
            "effect": "rejected",
            "code": "lookup_missing",
            "line": 2,
            "column": '100% brand\'s "name" {}',
            "value": "O'Neill \\ %(file)s",
            "message": "shop.brand has no row whose name is 'O'Neill \\ %(file)s'",
            "key": "code=%s {}",
            "hint": "Import the row it refers to first, or correct the value.",
        }
    ]


def test_a_row_may_lack_several_references_and_is_rejected_once(shop: Resources) -> None:
    """The books balance whatever is missing, and every reason is told."""
    other = column("parent_id", source="brand", lookup=Lookup(BRAND, ("name",)))

    report = bring(
        shop, group(goods(brand_of(), other)), {"goods.csv": "code,brand\nA,Acer\nB,HP\n"}
    )

    assert report.totals.rejected == 1
    assert report.totals.balanced
    assert faults(shop, report) == [("goods.csv", 2, "lookup_missing")] * 2


def test_a_reference_that_is_missing_leaves_an_existing_row_alone(shop: Resources) -> None:
    """A typing error in a file does not take a brand away."""
    shop_group = group(goods(column("name"), brand_of()))
    bring(shop, shop_group, {"goods.csv": "code,name,brand\nA,x,HP\n"})

    report = bring(shop, shop_group, {"goods.csv": "code,name,brand\nA,y,Acer\n"})

    assert report.totals == Counts(read=1, rejected=1)
    assert rows(shop, "SELECT name FROM shop.goods") == [("x",)]


def test_a_reference_is_changed_kept_or_cleared(shop: Resources) -> None:
    """An empty cell means what its column says, as for any other column."""
    keep, clear = group(goods(brand_of())), group(goods(brand_of(on_empty=OnEmpty.CLEAR)))
    bring(shop, keep, {"goods.csv": "code,brand\nA,HP\n"})

    changed = bring(shop, keep, {"goods.csv": "code,brand\nA,Dell\n"})
    kept = bring(shop, keep, {"goods.csv": "code,brand\nA,\n"})
    cleared = bring(shop, clear, {"goods.csv": "code,brand\nA,\n"}, force=True)

    assert [r.totals.updated for r in (changed, kept, cleared)] == [1, 0, 1]
    assert rows(shop, BRANDS) == [("A", None)]


def test_references_into_another_file_of_the_package_are_found(shop: Resources) -> None:
    """That file is merged first, wherever its descriptor stands."""
    shop_group = group(goods(brand_of()), brands())

    report = bring(
        shop, shop_group, {"goods.csv": "code,brand\nA,Acer\n", "brands.csv": "name\nAcer\n"}
    )

    assert report.totals == Counts(read=2, inserted=2)


def test_a_parent_may_stand_below_its_child(shop: Resources) -> None:
    """Forward, backward and into the table: the order of the rows does not matter."""
    shop_group = group(goods(parent()))
    bring(shop, shop_group, {"goods.csv": "code,parent\nROOT,\n"})

    report = bring(shop, shop_group, {"goods.csv": "code,parent\nC,B\nB,A\nA,ROOT\nD,B\n"})

    assert report.totals == Counts(read=4, inserted=4)
    assert rows(shop, TREE) == [("A", "ROOT"), ("B", "A"), ("C", "B"), ("D", "B"), ("ROOT", None)]


def test_two_new_rows_may_refer_to_each_other(shop: Resources) -> None:
    """A circle is odd, but the table allows it."""
    report = bring(shop, group(goods(parent())), {"goods.csv": "code,parent\nA,B\nB,A\n"})

    assert report.totals == Counts(read=2, inserted=2)
    assert rows(shop, TREE) == [("A", "B"), ("B", "A")]


def test_without_its_parent_a_whole_chain_is_orphaned(shop: Resources) -> None:
    """Each orphan is an issue of its own that names its own parent; others are not touched."""
    data = "code,parent\nC,B\nB,A\nA,GONE\nX,\nY,X\n"

    report = bring(shop, group(goods(parent())), {"goods.csv": data})

    assert report.totals == Counts(read=5, inserted=2, rejected=3)
    assert [(i["line"], i["value"]) for i in issues(shop, report)] == [
        (2, "B"), (3, "A"), (4, "GONE"),
    ]  # fmt: skip
    assert rows(shop, TREE) == [("X", None), ("Y", "X")]


def test_a_parent_that_is_bad_itself_orphans_its_children(shop: Resources) -> None:
    """A row that was rejected for another reason is no parent."""
    data = "code,parent,stock\nB,A,1\nA,,many\nC,B,1\n"

    report = bring(shop, group(goods(parent(), integer("stock"))), {"goods.csv": data})

    assert report.totals == Counts(read=3, rejected=3)
    assert faults(shop, report) == [
        ("goods.csv", 2, "lookup_missing"),
        ("goods.csv", 3, "bad_integer"),
        ("goods.csv", 4, "lookup_missing"),
    ]


@pytest.mark.parametrize("on_missing", OnMissing)
def test_an_existing_row_moves_below_a_new_one_at_once(
    shop: Resources, on_missing: OnMissing
) -> None:
    """And the same file once more changes nothing."""
    shop_group = group(goods(parent(on_missing)))
    bring(shop, shop_group, {"goods.csv": "code,parent\nA,\nB,\n"})
    moved = {"goods.csv": "code,parent\nA,NEW\nNEW,\nB,\n"}

    report = bring(shop, shop_group, moved)
    again = bring(shop, shop_group, moved, force=True)

    assert report.totals == Counts(read=3, inserted=1, updated=1, unchanged=1)
    assert again.totals == Counts(read=3, unchanged=3)
    assert rows(shop, TREE) == [("A", "NEW"), ("B", None), ("NEW", None)]


def test_a_missing_parent_that_may_be_null_changes_nothing_twice(shop: Resources) -> None:
    """A reference to nothing is the same nothing the second time."""
    shop_group = group(goods(parent(OnMissing.NULL)))
    data = {"goods.csv": "code,parent\nA,GONE\nB,A\n"}

    first = bring(shop, shop_group, data)
    again = bring(shop, shop_group, data, force=True)

    assert first.totals == Counts(read=2, inserted=2)
    assert again.totals == Counts(read=2, unchanged=2)
    assert rows(shop, TREE) == [("A", None), ("B", "A")]


def test_a_row_left_out_for_its_parent_leaves_its_children_out(shop: Resources) -> None:
    """Skipping is not a fault, and the books still balance."""
    data = "code,parent\nC,B\nB,GONE\nX,\n"

    report = bring(shop, group(goods(parent(OnMissing.SKIP_ROW))), {"goods.csv": data})

    assert report.totals == Counts(read=3, inserted=1, skipped=2)


@pytest.mark.parametrize(
    ("lookup", "problem"),
    [
        (
            Lookup(Table("shop", "brnad"), ("name",)),
            "there is no table shop.brnad. Did you mean shop.brand",
        ),
        (Lookup(BRAND, ("nmae",)), "shop.brand has no column nmae. Did you mean name"),
        (Lookup(BRAND, ("name",), "uuid"), "shop.brand has no column uuid. Did you mean id"),
        (Lookup(GOODS, ("name",)), r"\(name\) is not unique in shop.goods: a lookup needs it"),
        (Lookup(BRAND, ("id",)), "shop.brand.id is bigint and is not found by text"),
        (Lookup(BRAND, ("name",), "name"), "brand_id is bigint, but shop.brand.name is text"),
    ],
)
def test_a_lookup_that_cannot_work_is_a_fault_of_the_configuration(
    shop: Resources, lookup: Lookup, problem: str
) -> None:
    """Found before anything is read, with the nearest name."""
    with pytest.raises(ConfigError, match=problem):
        bring(
            shop, group(goods(column("brand_id", lookup=lookup))), {"goods.csv": "code,brand_id\n"}
        )


def test_a_lookup_may_find_rows_by_their_number(shop: Resources) -> None:
    """Some files know the ids of the target."""
    by_id = integer("brand_id", lookup=Lookup(BRAND, ("id",)))

    report = bring(shop, group(goods(by_id)), {"goods.csv": "code,brand_id\nA,1\nB,99\n"})

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert rows(shop, BRANDS) == [("A", "HP")]


MARKETS = """
    CREATE TABLE shop.offer (
        id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        market text COLLATE "C" NOT NULL,
        number integer NOT NULL,
        main   bigint REFERENCES shop.offer,
        state  text NOT NULL DEFAULT 'on',
        UNIQUE (market, number, state)
    );
    INSERT INTO shop.offer (market, number) VALUES ('DE', 1), ('DE', 2), ('AT', 1);
    INSERT INTO shop.offer (market, number, state) VALUES ('DE', 1, '100% off')
"""
OFFER = Table("shop", "offer")


def offer_of(state: str = "on", on_missing: OnMissing = OnMissing.REJECT) -> Column:
    """Build a column that refers to an offer by its market and number."""
    lookup = Lookup(OFFER, ("market", "number"), "id", on_missing, (("state", state),))
    return column("brand_id", sources=("land", "no"), lookup=lookup)


def prepare_offers(shop: Resources) -> None:
    """Make the table of offers, whose numbers are text in this test."""
    execute(shop, MARKETS)
    execute(shop, "ALTER TABLE shop.offer ALTER COLUMN number TYPE text")
    execute(shop, "ALTER TABLE shop.goods DROP CONSTRAINT goods_brand_id_fkey")


@pytest.mark.parametrize(("state", "found"), [("on", 1), ("100% off", 4)])
def test_a_row_may_be_found_by_several_columns_and_constants(
    shop: Resources, state: str, found: int
) -> None:
    """All of them together are the code."""
    prepare_offers(shop)

    report = bring(
        shop, group(goods(offer_of(state))), {"goods.csv": "code,land,no\nA,DE,1\nB,FR,1\nC,,\n"}
    )

    assert report.totals == Counts(read=3, inserted=2, rejected=1)
    assert rows(shop, "SELECT code, brand_id FROM shop.goods ORDER BY 1") == [
        ("A", found), ("C", None),
    ]  # fmt: skip
    (told,) = issues(shop, report)
    assert (told["column"], told["value"]) == ("land + no", "FR, 1")
    assert told["message"] == (
        f"shop.offer has no row whose market is 'FR' and number is '1' and state is '{state}'"
    )


def test_a_key_may_be_found_by_several_columns(shop: Resources) -> None:
    """Repeated keys are repeated codes, and the key of an issue shows all of it."""
    prepare_offers(shop)
    execute(shop, "CREATE UNIQUE INDEX ON shop.goods (brand_id)")
    described = group(goods(offer_of(), key=("brand_id",)))
    data = {"goods.csv": "code,land,no\nA,DE,1\nB,DE,2\nC,DE,2\n"}

    report = bring(shop, described, data)
    again = bring(shop, described, data, force=True)

    assert report.totals == Counts(read=3, inserted=1, rejected=2)
    assert again.totals == Counts(read=3, unchanged=1, rejected=2)
    assert {i["key"] for i in issues(shop, report)} == {"brand_id=DE, brand_id=2"}


def main_offer(on_missing: OnMissing = OnMissing.REJECT) -> Descriptor:
    """Describe offers that refer to a main offer of the same file by market, number and state."""
    lookup = Lookup(OFFER, ("market", "number"), "id", on_missing, (("state", "on"),))
    columns = (
        column("market"),
        column("number"),
        column("state", constant="on"),
        column("main", sources=("main market", "main number"), lookup=lookup),
    )
    key = ("market", "number", "state")
    return descriptor("offers", OFFER, columns, key=key)


def test_rows_of_one_file_refer_to_each_other_by_several_columns(shop: Resources) -> None:
    """Forward, backward and into the table."""
    prepare_offers(shop)
    data = (
        "market,number,main market,main number\n"
        "FR,1,FR,2\nFR,2,DE,1\nFR,3,FR,1\nFR,4,FR,9\nFR,5,FR,4\n"
    )

    report = bring(shop, group(main_offer()), {"offers.csv": data})

    assert report.totals == Counts(read=5, inserted=3, rejected=2)
    assert rows(
        shop,
        "SELECT o.number, m.market || m.number FROM shop.offer o JOIN shop.offer m ON m.id = o.main "
        "ORDER BY 1",
    ) == [("1", "FR2"), ("2", "DE1"), ("3", "FR1")]
    assert [(i["line"], i["value"]) for i in issues(shop, report)] == [(5, "FR, 9"), (6, "FR, 4")]


def test_a_long_chain_without_its_head_is_orphaned_at_once(shop: Resources) -> None:
    """Work grows with the rows, not with the depth of the tree."""
    depth = 3000
    data = "code,parent\n" + "".join(f"{n:06},{n - 1:06}\n" for n in range(1, depth + 1))

    report = bring(shop, group(goods(parent())), {"goods.csv": data})

    assert report.totals == Counts(read=depth, rejected=depth)
    assert len(issues(shop, report)) == depth


def test_orphans_are_rejected_or_skipped_as_their_own_reference_says(shop: Resources) -> None:
    """A row below two lost parents is told both, and is rejected if one of them rejects."""
    other = column(
        "brand_id", source="like", lookup=Lookup(GOODS, ("code",), on_missing=OnMissing.SKIP_ROW)
    )
    execute(shop, "ALTER TABLE shop.goods DROP CONSTRAINT goods_brand_id_fkey")
    data = "code,parent,like\nA,GONE,\nB,A,A\nC,,A\nD,,C\nE,,\n"

    report = bring(shop, group(goods(parent(), other)), {"goods.csv": data})

    assert report.totals == Counts(read=5, inserted=1, rejected=2, skipped=2)
    assert [(i["line"], i["column"], i["effect"]) for i in issues(shop, report)] == [
        (2, "parent", "rejected"),
        (3, "parent", "rejected"),
        (3, "like", "skipped"),
        (4, "like", "skipped"),
        (5, "like", "skipped"),
    ]


def test_a_child_that_needs_no_parent_outlives_it(shop: Resources) -> None:
    """Its reference is empty, as if the parent were not in the file."""
    described = group(goods(parent(OnMissing.NULL), brand_of()))

    report = bring(shop, described, {"goods.csv": "code,parent,brand\nB,A,HP\nA,,Unknown\n"})

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert rows(shop, TREE) == [("B", None)]
