"""A table refuses rows that break its own rules: in words, row by row, and nothing half applied."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from impex.domain.column import Column, OnEmpty, OnMissing
from impex.domain.errors import ConfigError
from impex.domain.group import Mode
from impex.domain.report import Counts, FileState, JobState
from impex.services.resources import Resources
from local.settings import Settings
from tests.groups import (
    brand_of,
    column,
    decimal,
    goods,
    group,
    integer,
    parent,
    policy,
    translated,
)
from tests.imports import bring, changes, execute, faults, issues, rows
from tests.servers import superuser_dsn

NAMES = "SELECT code FROM shop.goods ORDER BY code"

TRIGGER = """
    CREATE FUNCTION shop.no_sofas() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF new.name = 'Sofa' THEN RAISE EXCEPTION 'we sell no sofas'; END IF;
        RETURN new;
    END $$;
    CREATE TRIGGER no_sofas BEFORE UPDATE ON shop.goods
        FOR EACH ROW EXECUTE FUNCTION shop.no_sofas();
"""

BROKEN = [
    (decimal("price"), "-1", 'violates check constraint "price_not_negative"'),
    (decimal("price"), "1000000", "numeric field overflow"),
    (integer("stock"), "40000", "smallint out of range"),
    (column("name"), "Sofa", "we sell no sofas"),
    (column("note"), "taken", 'violates unique constraint "one_note"'),
]


@pytest.mark.parametrize(("bad", "value", "rule"), BROKEN)
def test_a_table_that_refuses_a_row_refuses_no_other(
    shop: Resources, bad: Column, value: str, rule: str
) -> None:
    """The issue names the rule, as PostgreSQL calls it; the good rows of the file go in."""
    execute(shop, TRIGGER)
    execute(shop, "CREATE UNIQUE INDEX one_note ON shop.goods (note)")
    bring(shop, group(goods(column("note"))), {"goods.csv": "code,note\nB,\nOLD,taken\n"})

    report = bring(shop, group(goods(bad)), {"goods.csv": f"code,{bad.to}\nA,\nB,{value}\nC,\n"})

    assert report.totals == Counts(read=3, inserted=2, rejected=1)
    assert rows(shop, NAMES) == [("A",), ("B",), ("C",), ("OLD",)]
    (told,) = issues(shop, report)
    assert (told["line"], told["code"], told["key"]) == (3, "row_refused", "code=B")
    assert told["message"].startswith("shop.goods refused the row: ")
    assert rule in told["message"]
    assert [change["key"] for change in changes(shop, report)] == [{"code": "A"}, {"code": "C"}]


@pytest.mark.parametrize(("bad", "value", "rule"), BROKEN)
def test_a_refused_row_refuses_its_file_where_the_policy_says_so(
    shop: Resources, bad: Column, value: str, rule: str
) -> None:
    """The message names table and rule; the good rows of the file stay out as well."""
    execute(shop, TRIGGER)
    execute(shop, "CREATE UNIQUE INDEX one_note ON shop.goods (note)")
    bring(shop, group(goods(column("note"))), {"goods.csv": "code,note\nB,\nOLD,taken\n"})
    strict = goods(bad, errors=policy("reject_file"))

    report = bring(shop, group(strict), {"goods.csv": f"code,{bad.to}\nA,\nB,{value}\n"})

    assert report.state is JobState.REJECTED
    assert report.files[0].state is FileState.REJECTED
    assert report.files[0].message.startswith("shop.goods refused the file: ")
    assert rule in report.files[0].message
    assert faults(shop, report)[0] == ("goods.csv", 0, "refused_by_table")
    assert rows(shop, NAMES) == [("B",), ("OLD",)]


@pytest.mark.parametrize(("most", "state"), [(2, FileState.MERGED), (1, FileState.REJECTED)])
def test_refused_rows_count_as_rejected(shop: Resources, most: int, state: FileState) -> None:
    """With more of them than are allowed the file is rejected."""
    limited = goods(decimal("price"), errors=policy(max_rejects=most))

    report = bring(shop, group(limited), {"goods.csv": "code,price\nA,-1\nB,1\nC,-1\n"})

    assert report.files[0].state is state
    assert report.totals.balanced
    assert len(rows(shop, NAMES)) == (1 if state is FileState.MERGED else 0)


def test_many_refused_rows_are_found_among_many_good_ones(shop: Resources) -> None:
    """Each has its own issue; the others go in, and are journaled once."""
    data = "code,price\n" + "".join(f"{n:05},{-1 if n % 400 == 7 else 1}\n" for n in range(4000))

    report = bring(shop, group(goods(decimal("price"))), {"goods.csv": data})

    assert report.totals == Counts(read=4000, inserted=3990, rejected=10)
    assert [i["line"] for i in issues(shop, report)] == [n + 2 for n in range(4000) if n % 400 == 7]
    assert rows(shop, "SELECT count(*), count(DISTINCT record_key) FROM impex.change") == [
        (3990, 3990)
    ]


def test_a_file_of_nothing_but_refused_rows_is_given_up(shop: Resources) -> None:
    """Trying rows one by one has an end."""
    data = "code,price\n" + "".join(f"{n:05},-1\n" for n in range(2000))

    report = bring(shop, group(goods(decimal("price"))), {"goods.csv": data})

    assert report.files[0].state is FileState.REJECTED
    assert "price_not_negative" in report.files[0].message
    assert report.totals == Counts(read=2000, rejected=2000)


def test_rows_that_refer_to_each_other_go_in_together_or_not(shop: Resources) -> None:
    """A child must not be tried without its parent."""
    data = "code,parent,price\nB,A,1\nA,,1\nC,,-1\n"

    report = bring(shop, group(goods(parent(), decimal("price"))), {"goods.csv": data})

    assert report.files[0].state is FileState.REJECTED
    assert rows(shop, NAMES) == []


def test_a_rule_that_is_checked_at_the_commit_is_found_before(shop: Resources) -> None:
    """Row by row, too."""
    execute(
        shop,
        "ALTER TABLE shop.goods DROP CONSTRAINT goods_brand_id_fkey, "
        "ADD FOREIGN KEY (brand_id) REFERENCES shop.brand DEFERRABLE INITIALLY DEFERRED",
    )
    files = {"goods.csv": "code,brand_id\nA,1\nB,99\n"}

    dry = bring(shop, group(goods(integer("brand_id"))), files, dry_run=True)
    real = bring(shop, group(goods(integer("brand_id"))), files)

    assert dry.totals == real.totals == Counts(read=2, inserted=1, rejected=1)
    assert "is not present in table" in issues(shop, real)[0]["message"]


def test_other_files_of_the_package_are_applied_all_the_same(shop: Resources) -> None:
    """A refusal undoes its own file only."""
    files = {"goods-1.csv": "code,price\nA,1\nB,-1\n", "goods-2.csv": "code,price\nC,1\n"}
    strict = goods(decimal("price"), errors=policy("reject_file"))

    report = bring(shop, group(strict), files)

    assert [f.state for f in report.files] == [FileState.REJECTED, FileState.MERGED]
    assert report.totals == Counts(read=3, inserted=1, rejected=2)
    assert rows(shop, NAMES) == [("C",)]


def test_of_two_rows_with_one_unique_value_the_first_key_has_it(shop: Resources) -> None:
    """The file's key is not the only one that a table may have."""
    execute(shop, "CREATE UNIQUE INDEX goods_name ON shop.goods (name)")

    report = bring(shop, group(goods(column("name"))), {"goods.csv": "code,name\nB,x\nA,x\n"})

    assert rows(shop, NAMES) == [("A",)]
    assert issues(shop, report)[0]["message"] == (
        'shop.goods refused the row: duplicate key value violates unique constraint "goods_name" '
        "(Key (name)=(x) already exists.)"
    )


def test_a_unique_value_may_move_to_a_row_with_an_earlier_key(shop: Resources) -> None:
    """A waits until B has made room; what is really wrong is rejected beside them."""
    execute(shop, "CREATE UNIQUE INDEX goods_name ON shop.goods (name)")
    described = group(goods(column("name"), decimal("price")))
    bring(shop, described, {"goods.csv": "code,name,price\nA,x,1\nB,y,1\nC,z,1\nD,q,1\n"})

    report = bring(shop, described, {"goods.csv": "code,name,price\nA,y,1\nB,z,1\nC,w,1\nD,q,-1\n"})

    assert report.totals == Counts(read=4, updated=3, rejected=1)
    assert rows(shop, "SELECT code, name FROM shop.goods ORDER BY code") == [
        ("A", "y"), ("B", "z"), ("C", "w"), ("D", "q"),
    ]  # fmt: skip


def test_a_refusal_tells_no_personal_data(shop: Resources) -> None:
    """PostgreSQL quotes the row that it refuses."""
    execute(shop, "CREATE UNIQUE INDEX goods_name ON shop.goods (name)")
    described = group(goods(column("name", pii=True)))

    report = bring(shop, described, {"goods.csv": "code,name\nA,Erika\nB,Erika\n"})

    assert issues(shop, report)[0]["message"] == (
        'shop.goods refused the row: duplicate key value violates unique constraint "goods_name"'
    )


def test_a_key_too_long_for_an_index_is_a_fault_of_the_data(shop: Resources) -> None:
    """Trying again would not help, so it is not taken for a failure of the database."""
    code = "".join(f"{n:x}" for n in range(4000))

    report = bring(shop, group(goods()), {"goods.csv": f"code\n{code}\nB\n"})

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert "index row" in issues(shop, report)[0]["message"]


def test_a_text_longer_than_its_column_is_an_issue_of_its_row(shop: Resources) -> None:
    """What the table can hold is known beforehand, so one row is rejected and not the file."""
    report = bring(
        shop, group(goods(column("label"))), {"goods.csv": "code,label\nA,größe\nB,größer\n"}
    )

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert faults(shop, report) == [("goods.csv", 3, "too_long")]


def test_a_number_with_more_digits_than_its_column_is_an_issue_of_its_row(shop: Resources) -> None:
    """PostgreSQL would round it, silently."""
    report = bring(
        shop, group(goods(decimal("price"))), {"goods.csv": "code,price\nA,1.50\nB,1.505\n"}
    )

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert faults(shop, report) == [("goods.csv", 3, "too_many_decimals")]


def test_a_column_of_translations_may_be_empty_from_the_start(shop: Resources) -> None:
    """A new row without any text has no translations, which is not nothing."""
    report = bring(
        shop, group(goods(translated("title", "de"))), {"goods.csv": "code,title_de\nA,\n"}
    )

    assert report.totals == Counts(read=1, inserted=1)
    assert rows(shop, "SELECT title FROM shop.goods") == [({},)]


def test_an_empty_cell_that_a_new_row_needs_is_an_issue_of_that_row(shop: Resources) -> None:
    """Rows that exist keep what they have; new ones have nothing to keep."""
    execute(shop, "ALTER TABLE shop.goods ALTER COLUMN name SET NOT NULL")
    described = group(goods(column("name", source="Title")))
    bring(shop, described, {"goods.csv": "code,Title\nOLD,x\n"})

    report = bring(shop, described, {"goods.csv": "code,Title\nOLD,\nNEW,\n"})

    assert report.totals == Counts(read=2, unchanged=1, rejected=1)
    (told,) = issues(shop, report)
    assert (told["line"], told["code"], told["column"]) == (3, "empty_value", "Title")
    assert told["message"] == "Title is empty, but shop.goods.name must not be empty"


def test_a_file_without_a_column_that_new_rows_need_still_updates(shop: Resources) -> None:
    """Its new rows are rejected, each with the name of what is missing."""
    execute(shop, "ALTER TABLE shop.goods ALTER COLUMN name SET NOT NULL")
    described = group(goods(column("name"), integer("stock")))
    bring(shop, described, {"goods.csv": "code,name,stock\nOLD,x,1\n"})

    report = bring(shop, described, {"goods.csv": "code,stock\nOLD,2\nNEW,2\n"})

    assert report.totals == Counts(read=2, updated=1, rejected=1)
    assert issues(shop, report)[0]["message"] == (
        "the file has no column for name, which shop.goods needs"
    )


def test_clearing_what_must_not_be_empty_is_an_issue_of_the_row(shop: Resources) -> None:
    """Of new rows and of those that exist; the table's default is for rows that say nothing."""
    described = group(goods(integer("stock", on_empty=OnEmpty.CLEAR)))
    bring(shop, described, {"goods.csv": "code,stock\nOLD,1\n"})

    report = bring(shop, described, {"goods.csv": "code,stock\nOLD,\nNEW,\nOK,1\n"})

    assert report.totals == Counts(read=3, inserted=1, rejected=2)
    assert faults(shop, report) == [
        ("goods.csv", 2, "empty_value"), ("goods.csv", 3, "empty_value"),
    ]  # fmt: skip


def test_a_reference_that_may_be_missing_but_not_empty_is_an_issue(shop: Resources) -> None:
    """The table decides: it needs a brand."""
    execute(shop, "ALTER TABLE shop.goods ALTER COLUMN brand_id SET NOT NULL")
    described = group(goods(brand_of(OnMissing.NULL)))
    bring(shop, described, {"goods.csv": "code,brand\nOLD,HP\n"})

    report = bring(shop, described, {"goods.csv": "code,brand\nOLD,Acer\nNEW,Acer\n"})

    assert report.totals == Counts(read=2, rejected=2)
    assert {(i["code"], i["message"]) for i in issues(shop, report)} == {
        (
            "empty_value",
            "shop.brand has no row whose name is 'Acer', but shop.goods.brand_id must not be empty",
        )
    }


def test_all_that_is_wrong_with_a_row_is_told(shop: Resources) -> None:
    """Two references and an empty cell are three issues and one rejected row."""
    execute(shop, "ALTER TABLE shop.goods ALTER COLUMN name SET NOT NULL")
    described = group(goods(column("name"), brand_of(), parent()))

    report = bring(shop, described, {"goods.csv": "code,name,brand,parent\nA,,Acer,B\n"})

    assert report.totals == Counts(read=1, rejected=1)
    assert [(i["code"], i["column"]) for i in issues(shop, report)] == [
        ("lookup_missing", "brand"), ("lookup_missing", "parent"), ("empty_value", "name"),
    ]  # fmt: skip


def test_a_trigger_may_fill_what_a_new_row_leaves_empty(shop: Resources) -> None:
    """The table knows better than its own columns."""
    execute(shop, "ALTER TABLE shop.goods ALTER COLUMN name SET NOT NULL")
    execute(
        shop,
        "CREATE FUNCTION shop.named() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN new.name = coalesce(new.name, new.code); RETURN new; END $$; "
        "CREATE TRIGGER named BEFORE INSERT ON shop.goods "
        "FOR EACH ROW EXECUTE FUNCTION shop.named()",
    )

    report = bring(shop, group(goods()), {"goods.csv": "code\nA\n"})

    assert report.totals == Counts(read=1, inserted=1)
    assert rows(shop, "SELECT code, name FROM shop.goods") == [("A", "A")]


@pytest.mark.parametrize(
    ("columns", "mode", "fits"),
    [
        ((), Mode.MERGE, False),
        ((), Mode.INSERT_ONLY, False),
        ((), Mode.UPDATE_ONLY, True),
        ((), Mode.DELETE, True),
        ((column("name"),), Mode.MERGE, True),
        ((column("name", update_only=True),), Mode.MERGE, False),
    ],
)
def test_new_rows_must_get_a_value_wherever_the_table_needs_one(
    shop: Resources, columns: tuple[Column, ...], mode: Mode, *, fits: bool
) -> None:
    """A descriptor that leaves one out is found when the run is planned."""
    execute(shop, "ALTER TABLE shop.goods ALTER COLUMN name SET NOT NULL")
    described = group(goods(*columns, mode=mode))

    if fits:
        assert bring(shop, described, {"goods.csv": "code,name\nA,x\n"}).totals.balanced
    else:
        problem = "shop.goods.name must not be empty, but new rows get no value. Add a column"
        with pytest.raises(ConfigError, match=problem):
            bring(shop, described, {"goods.csv": "code,name\nA,x\n"})


@pytest.mark.parametrize(
    ("columns", "options", "problem"),
    [
        (
            (column("label", constant="too long"),),
            {},
            r"shop.goods.label is character varying\(5\) and cannot be `too long`",
        ),
        ((integer("stock", on_empty=OnEmpty.DEFAULT, default="99999"),), {}, "cannot be `99999`"),
        ((decimal("price", currency_to="currency"),), {}, "shop.goods has no column currency"),
        ((decimal("price", currency_to="stock"),), {}, "smallint and cannot hold a currency"),
        ((column("note", split=";"),), {}, "shop.goods.note is text and cannot hold a list"),
    ],
)
def test_what_a_column_cannot_hold_is_found_when_the_run_is_planned(
    shop: Resources, columns: tuple[Column, ...], options: dict[str, object], problem: str
) -> None:
    """Constants and defaults, currencies and lists."""
    with pytest.raises(ConfigError, match=problem):
        bring(shop, group(goods(*columns, **options)), {"goods.csv": "code\nA\n"})


def test_a_table_that_the_project_may_not_write_is_a_matter_of_set_up(
    shop: Resources, server: Settings, dsn: str
) -> None:
    """In words, with the name of the table; the run is failed and nothing is applied."""
    database = conninfo_to_dict(dsn)["dbname"]
    with psycopg.connect(superuser_dsn(server, str(database))) as connection:
        connection.execute("REVOKE INSERT ON shop.goods FROM impex")
        connection.execute("ALTER TABLE shop.goods OWNER TO postgres")
        connection.execute("GRANT SELECT, UPDATE ON shop.goods TO impex")

    with pytest.raises(ConfigError, match="refuses: permission denied for table goods"):
        bring(shop, group(goods()), {"goods.csv": "code\nA\n"})

    assert rows(shop, "SELECT state FROM impex.job") == [("failed",)]
