"""Which rows an export writes: filters, parameters, queries, views, and rows joined to lists."""

from dataclasses import replace
from pathlib import Path

import pytest

from impex.domain.errors import ConfigError, DataError
from impex.domain.report import Counts
from impex.services.resources import Resources
from tests.exports import (
    THREE,
    beside,
    exported,
    files,
    functions,
    goods_feed,
    lines,
    one_file,
    records,
    unwritten,
    written_group,
)
from tests.imports import bring, execute, rows

BRAND = "{from: brand, to: brand_id, lookup: {table: shop.brand, by: name}}"

QUERY = """\
-- ${kind} is what a person asks for, "as" they 'like
SELECT code, name, '{%' || ${kind} || '%s}' AS kind /* not ${kind} */
  FROM shop.goods WHERE kind = ${kind} OR ${kind} <> 'new';
-- that's all; really
"""

TAGS = """
    INSERT INTO shop.goods (code) VALUES ('A'), ('B');
    CREATE TABLE shop.tag (goods_id bigint REFERENCES shop.goods, tag text, note text,
                           PRIMARY KEY (goods_id, tag));
    INSERT INTO shop.tag SELECT id, unnest(CASE code WHEN 'A' THEN '{b,a}' ELSE '{c}' END::text[]), NULL
      FROM shop.goods ORDER BY code
"""


@pytest.mark.parametrize(
    ("scope", "where", "codes"),
    [
        ("{column: kind, value: new}", "{}", "AC"),
        ("{column: kind, value: new}", "{kind: [new, old]}", "AC"),
        ("{column: brand_id, value: HP}", "{}", "A"),
        ("{column: kind, value: '100%'}", "{}", ""),
    ],
)
def test_no_row_outside_of_the_group_s_scope_is_written(
    shop: Resources, tmp_path: Path, scope: str, where: str, codes: str
) -> None:
    """Whatever the descriptor asks for; a column that is looked up is told by its code."""
    execute(shop, THREE)
    text = f"scope: {scope}\n{goods_feed(['code', BRAND], where=where)}"

    report = exported(shop, written_group(tmp_path, text))

    assert [row[0] for row in records(one_file(shop, report))[1:]] == list(codes)


def test_a_table_that_has_no_column_of_the_scope_is_not_exported(
    shop: Resources, tmp_path: Path
) -> None:
    """Nobody could say which of its rows belong to the group."""
    text = f"scope: {{column: shop_id, value: SHOP10}}\n{goods_feed()}"

    with pytest.raises(ConfigError, match="has no column shop_id"):
        exported(shop, written_group(tmp_path, text))


@pytest.mark.parametrize(
    ("where", "codes"),
    [
        ("{kind: new}", "AC"),
        ("{kind: [new, old], stock: [2, 3]}", "BC"),
        ("{name: ~}", "B"),
        ("{name: [~, Cup]}", "BC"),
        ("{brand_id: HP}", "A"),
        ("{brand_id: [~, Dell]}", "BC"),
        ("{kind: '${kind}'}", "AC"),
        ("{code: '${hostile}'}", ""),
    ],
)
def test_filters_choose_rows(shop: Resources, tmp_path: Path, where: str, codes: str) -> None:
    """By a value, one of several, nothing at all, what a lookup finds, or a parameter."""
    execute(shop, THREE)
    publish = """{params: {kind: new, hostile: "' OR true --"}}"""

    found = lines(shop, tmp_path, columns=["code", BRAND], where=where, publish=publish)

    assert [line[0] for line in found[1:]] == list(codes)


def test_a_parameter_is_given_for_one_run(shop: Resources, tmp_path: Path) -> None:
    """Those that are not given are as usual; unknown ones are refused."""
    execute(shop, THREE)
    how = {"where": "{kind: '${kind}'}", "publish": "{params: {kind: new}}"}

    assert lines(shop, tmp_path, **how, given={"kind": "old"}) == ["code", "B"]
    with pytest.raises(DataError, match=r"has no parameter 'kond'\. There are: kind\."):
        lines(shop, tmp_path, **how, given={"kond": "old"})


def test_a_parameter_that_is_no_value_of_its_column_is_refused(
    shop: Resources, tmp_path: Path
) -> None:
    """Before anything is written, and no run is left behind."""
    how = {"where": "{stock: '${stock}'}", "publish": "{params: {stock: '1'}}"}

    with pytest.raises(ConfigError, match='invalid input syntax for type smallint: "many"'):
        lines(shop, tmp_path, **how, given={"stock": "many"})

    assert rows(shop, "SELECT count(*) FROM impex.export") == [(0,)]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ("sort: kind", ["A", "C", "B"]),
        ("sort: [kind, stock]", ["A", "C", "B"]),
        ("sort: name", ["A", "C", "B"]),
        ("empty: header", ["A", "B", "C"]),
    ],
)
def test_rows_are_sorted(shop: Resources, tmp_path: Path, options: str, codes: list[str]) -> None:
    """By the columns named, with nothing at the end; otherwise by the key."""
    execute(shop, THREE)

    assert lines(shop, tmp_path, export=options)[1:] == codes


def test_constants_are_written_where_they_have_a_name_and_choose_rows_where_they_have_none(
    shop: Resources, tmp_path: Path
) -> None:
    """As an import of the file would set them for all of its rows."""
    execute(shop, THREE)

    found = lines(
        shop,
        tmp_path,
        columns=["code", "{from: shop, to: note, constant: '=S'}", "{to: kind, constant: new}"],
    )

    assert found == ["code,shop", "A,=S", "C,=S"]


def test_an_export_that_is_imported_too_tells_only_rows_that_its_constants_are_true_of(
    shop: Resources, tmp_path: Path
) -> None:
    """Also where the constant is looked up."""
    execute(shop, THREE)
    group = written_group(
        tmp_path,
        goods_feed(
            direction="both",
            columns=[
                "code",
                "name",
                "{to: brand_id, constant: HP, lookup: {table: shop.brand, by: name}}",
            ],
        ),
    )

    report = exported(shop, group)

    assert one_file(shop, report) == "code,name\nA,Apple\n"
    back = bring(shop, group, {"goods.csv": one_file(shop, report)})
    assert back.totals == Counts(read=1, unchanged=1)


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "it's",
        "'; DROP TABLE shop.goods; --",
        "\\'; DROP TABLE shop.goods; --",
        "100 % %s %(x)s",
        "{} {0} {x}",
        "${kind} ${other}",
        "one\n*/ two",
        "",
    ],
)
def test_a_query_is_given_parameters_as_nothing_but_text(
    shop: Resources, tmp_path: Path, value: str
) -> None:
    """Whatever is in them; comments, quotes and the semicolon of the query do not matter."""
    execute(shop, THREE)
    queries(tmp_path, QUERY)
    text = query_feed("{kind: new, other: x}", ["code", "kind"])
    group = written_group(tmp_path, text)
    user = replace(shop, user_files=beside(tmp_path))

    report = exported(user, group, params={"kind": value})

    ((_, content),) = files(user, report).items()
    book = [row[1] for row in records(content.decode())[1:]]
    assert book == ["{%" + value + "%s}"] * 3


@pytest.mark.parametrize(
    "query",
    ["SELECT 'x${kind}' AS code", "SELECT E'\\'${kind}' AS code", 'SELECT 1 AS "${kind}"',
     "SELECT $a$ ${kind} $a$ AS code", "SELECT '''${kind}' AS code"],
)  # fmt: skip
def test_a_parameter_within_quotes_of_a_query_is_refused(
    shop: Resources, tmp_path: Path, query: str
) -> None:
    """There its value would end the quotes."""
    queries(tmp_path, query)
    group = written_group(tmp_path, query_feed("{kind: new}", ["code"]))
    user = replace(shop, user_files=beside(tmp_path))

    with pytest.raises(ConfigError, match=r"has \$\{kind\} within quotes"):
        exported(user, group)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT nothing FROM shop.goods", 'column "nothing" does not exist'),
        (
            "SELECT code FROM shop.goods WHERE stock = ${kind}",
            "invalid input syntax for type smallint",
        ),
        ("SELECT ${kond} AS code", r"has the unknown parameter \$\{kond\}"),
        ("SELECT 1; DROP TABLE shop.goods", "syntax error"),
        ("SELECT name FROM shop.goods", "has no column code"),
        ("", "syntax error"),
    ],
)
def test_a_query_that_cannot_be_run_is_refused_before_anything_is_written(
    shop: Resources, tmp_path: Path, query: str, why: str
) -> None:
    """With what PostgreSQL says of it."""
    queries(tmp_path, query)
    group = written_group(tmp_path, query_feed("{kind: new}", ["code"]))
    user = replace(shop, user_files=beside(tmp_path))

    with pytest.raises(ConfigError, match=why):
        exported(user, group)

    assert rows(shop, "SELECT count(*) FROM impex.export") == [(0,)]


@pytest.mark.parametrize("column", ["code", "{to: code, transform: 'words.py:same'}"])
def test_a_query_that_fails_at_a_row_ends_the_export(
    shop: Resources, tmp_path: Path, column: str
) -> None:
    """In words, and the run is known to have failed."""
    execute(shop, THREE)
    queries(tmp_path, "SELECT (1 / (stock - 2))::text AS code FROM shop.goods")
    functions(tmp_path, "def same(cells):\n    return cells\n")
    group = written_group(tmp_path, query_feed("{kind: new}", [column]))
    user = replace(shop, user_files=beside(tmp_path))

    with pytest.raises(DataError, match="goods cannot be read: division by zero"):
        exported(user, group)

    assert rows(shop, "SELECT state FROM impex.export") == [("failed",)]


def test_a_view_is_written_as_a_table_is(shop: Resources, tmp_path: Path) -> None:
    """Types and filters are those of its columns."""
    execute(shop, THREE)
    execute(
        shop, "CREATE VIEW shop.cheap AS SELECT code, price, stock FROM shop.goods WHERE price < 10"
    )

    found = lines(
        shop, tmp_path, table="shop.cheap", columns=["code", "{to: price, type: decimal, scale: 2}"]
    )

    assert found == ["code,price", "A,1.50"]


def test_child_rows_are_joined_to_one_list(shop: Resources, tmp_path: Path) -> None:
    """As an import would explode them, beside constants and what is looked up."""
    execute(shop, TAGS)
    columns = [
        "{from: goods, to: goods_id, lookup: {table: shop.goods, by: code}}",
        "{from: tags, to: tag, split: ';', explode: true}",
        "{from: shop, to: note, constant: S}",
    ]

    found = lines(
        shop,
        tmp_path,
        table="shop.tag",
        key="[goods_id, tag]",
        columns=columns,
        export="sort: goods_id",
    )

    assert found == ["goods,tags,shop", "A,a;b,S", "B,c,S"]


def test_child_rows_that_cannot_be_joined_are_told(shop: Resources, tmp_path: Path) -> None:
    """One element with the separator leaves out its list."""
    execute(shop, TAGS)
    execute(shop, "INSERT INTO shop.tag SELECT id, 'x;y', NULL FROM shop.goods WHERE code = 'A'")
    columns = [
        "{from: goods, to: goods_id, lookup: {table: shop.goods, by: code}}",
        "{from: tags, to: tag, split: ';', explode: true}",
    ]
    group = written_group(
        tmp_path,
        goods_feed(direction="both", table="shop.tag", key="[goods_id, tag]", columns=columns),
    )

    report = exported(shop, group)

    assert one_file(shop, report) == "goods,tags\nB,c\n"
    assert unwritten(shop, report) == [
        ("goods_id=A, tag=x;y", "tags", "tags contains the separator")
    ]
    back = bring(shop, group, {"goods.csv": one_file(shop, report)})
    assert back.totals == Counts(read=1, unchanged=1)


def queries(directory: Path, text: str) -> None:
    """Write the query ``goods.sql``."""
    folder = directory / "config" / "queries"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "goods.sql").write_text(text, "utf-8")


def query_feed(params: str, columns: list[str]) -> str:
    """Return a group that exports that query."""
    return goods_feed(
        table=None,
        key=None,
        columns=columns,
        export="query: goods.sql",
        publish=f"{{params: {params}}}",
    )
