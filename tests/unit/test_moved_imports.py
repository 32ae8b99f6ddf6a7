"""Import descriptors of the other platform, feature by feature."""

from pathlib import Path

import pytest

from tests.unit.xml_descriptors import (
    FILE,
    assumed,
    column,
    columns_of,
    converted,
    group,
    import_xml,
    left_open,
    only,
)

CUT = {"value_regex": "(.{0,255})(.*)", "value_regex_group": "1"}
BRAND = {
    "entity_type": "org.example.Brand",
    "lookup_query": "select b from BrandEntity b where b.name = {brand}",
}


def test_a_descriptor_says_files_table_key_and_layout(tmp_path: Path) -> None:
    """What the platform does without being told is written out."""
    done = converted(tmp_path, import_xml(column("code")))

    assert group(done)["on_error"] == "reject_file"
    assert group(done)["layout"] == {"delimiter": ";", "escape": "backslash", "ragged": "pad"}
    assert only(done) == {
        "name": "thing-1",
        "files": "things*.csv",
        "table": "shop.thing",
        "key": "code",
        "on_duplicate": "last",
        "columns": [{"position": "1", "to": "code"}],
    }
    assert left_open(done) == []


def test_an_empty_cell_empties_the_value(tmp_path: Path) -> None:
    """As on the platform, where nothing is kept."""
    assert columns_of(tmp_path, column("displayName", 3)) == [
        {"position": "4", "to": "display_name", "on_empty": "clear"}
    ]


@pytest.mark.parametrize(
    ("data_type", "options"),
    [
        ("STRING", {}),
        ("BOOLEAN", {"type": "boolean"}),
        ("LONG", {"type": "integer"}),
        ("INT", {"type": "integer"}),
        ("DECIMAL", {"type": "decimal"}),
        ("DATE", {"type": "date"}),
        ("DATETIME", {"type": "timestamp"}),
        ("ZONEDTIME", {"type": "timestamp"}),
        ("INSTANT", {"type": "timestamp", "trim": "true", "regex": r"(?:^|//)\s*([0-9][^/\s]*)$"}),
    ],
)
def test_a_data_type_is_a_type(tmp_path: Path, data_type: str, options: dict[str, str]) -> None:
    """Each of the platform's types has one here."""
    (translated,) = columns_of(tmp_path, column("x", data_type=data_type))

    assert translated == {"position": "1", "to": "x", "on_empty": "clear"} | options


def test_a_pattern_of_dates_is_a_format(tmp_path: Path) -> None:
    """A part that may be missing makes two."""
    (translated,) = columns_of(
        tmp_path, column("x", data_type="DATETIME", context="dd.MM.yyyy[ HH:mm]")
    )

    assert translated["format"] == ["%d.%m.%Y %H:%M", "%d.%m.%Y"]


def test_a_beginning_is_cut_and_trimmed(tmp_path: Path) -> None:
    """As far as RE2 can count; what was cut later stays whole, and that is told."""
    done = converted(
        tmp_path,
        import_xml(
            column("code", **CUT),
            column("text", value_regex="(.{0,4000})(.*)", value_regex_group="1"),
        ),
    )

    assert only(done)["columns"] == [
        {"position": "1", "to": "code", "trim": "true", "regex": "(?s)^(.{0,255})"},
        {"position": "1", "to": "text", "on_empty": "clear", "trim": "true"},
    ]
    assert "texts stay whole that were cut after 4000 characters." in assumed(done)


def test_constants_have_the_type_and_no_cell(tmp_path: Path) -> None:
    """Also if a cell and a pattern stand beside them, which have no effect there either."""
    translated = columns_of(
        tmp_path,
        column("rank", -1, data_type="INT", value_constant="500"),
        column("active", 4, data_type="BOOLEAN", value_constant="ON", **CUT),
        column("since", -1, data_type="DATE", context="dd.MM.yyyy", value_constant="31.01.2026"),
        column("note", -1, value_constant="<![CDATA[ <a>\n ]]>"),
    )

    assert translated == [
        {"constant": "500", "to": "rank", "type": "integer"},
        {"constant": "true", "to": "active", "type": "boolean"},
        {"constant": "2026-01-31", "to": "since", "type": "date"},
        {"constant": " <a>\n ", "to": "note"},
    ]


def test_a_constant_that_is_no_value_of_its_type_is_told(tmp_path: Path) -> None:
    """It stays a text, so that a person sees what stood there."""
    done = converted(
        tmp_path,
        import_xml(column("code"), column("rank", -1, data_type="INT", value_constant="many")),
    )

    assert only(done)["columns"][1] == {"constant": "many", "to": "rank"}
    assert left_open(done) == ["16: value-constant `many` must be a whole number."]


def test_texts_of_several_languages_share_a_column(tmp_path: Path) -> None:
    """A column in a language that is written twice keeps the last."""
    done = converted(
        tmp_path,
        import_xml(
            column("code"),
            column("title", 1, language="en"),
            column("title", 2, language="pt_BR"),
            column("title", 3, language="en"),
        ),
    )

    assert [(c["position"], c.get("language")) for c in only(done)["columns"][1:]] == [
        ("3", "pt-BR"),
        ("4", "en"),
    ]
    assert left_open(done) == ["16: `title` is written over by line 28: both are title."]


def test_a_reference_is_a_lookup_that_rejects_rows(tmp_path: Path) -> None:
    """With an entity-type, the platform fails where it finds nothing."""
    (translated,) = columns_of(tmp_path, column("brand", 1, "FK_FIELD", **BRAND))

    assert translated == {
        "position": "2",
        "to": "brand_id",
        "required": "true",
        "lookup": {"table": "shop.brand", "by": "name"},
    }


@pytest.mark.parametrize(
    ("parts", "on_missing"),
    [
        (BRAND | {"update_skip_unresolved": "true"}, "skip_row"),
        ({"lookup_query": BRAND["lookup_query"]}, "null"),
    ],
)
def test_a_reference_may_lead_nowhere(
    tmp_path: Path, parts: dict[str, str], on_missing: str
) -> None:
    """Where the platform skips the row, or takes nothing."""
    (translated,) = columns_of(tmp_path, column("brand", 1, "FK_FIELD", **parts))

    assert translated["lookup"]["on_missing"] == on_missing
    assert translated["on_empty"] == "clear"


@pytest.mark.parametrize(
    ("query", "options"),
    [
        (
            "select c.categoryId from CategoryEntity c where c.guid = {x}",
            {"lookup": {"table": "shop.category", "by": "guid"}, "position": "2"},
        ),
        (
            "select s from ShopEntity s where s.code = 'SHOP10'",
            {"lookup": {"table": "shop.shop", "by": "code"}, "constant": "SHOP10"},
        ),
        (
            "SELECT u.email FROM UserEntity AS u WHERE u.login = {x} AND u.realm = 'it''s'",
            {
                "lookup": {
                    "table": "shop.user",
                    "by": "login",
                    "where": {"realm": "it's"},
                    "value": "email",
                },
                "position": "2",
            },
        ),
        (
            "select t from TypeEntity t where t.code = {other}",
            {"lookup": {"table": "shop.type", "by": "code"}, "position": "3", "type": "integer"},
        ),
    ],
)
def test_a_query_finds_a_row_by_a_cell_or_a_constant(
    tmp_path: Path, query: str, options: dict[str, object]
) -> None:
    """What it selects, what it compares, and which column a gap means."""
    found = columns_of(
        tmp_path,
        column("x", 1, "FK_FIELD", entity_type="T", lookup_query=query),
        column("other", 2, data_type="INT"),
    )

    assert {name: found[0].get(name) for name in options} == options


@pytest.mark.parametrize(
    "query",
    [
        "select b from BrandEntity b where b.name = {x} or b.name = 'y'",
        "select b from BrandEntity b where upper(b.name) = {x}",
        "select b from BrandEntity b left join b.shop s where b.name = {x}",
        "select b from BrandEntity b where b.name = {x} and b.code = {other}",
        "select b from BrandEntity b where b.maker.name = {x}",
        "select b from BrandEntity b",
        "from BrandEntity",
        "",
    ],
)
def test_a_query_that_says_more_is_told_and_the_cell_stays(tmp_path: Path, query: str) -> None:
    """The column keeps its place, with a comment; a run refuses a text where a number belongs."""
    done = converted(
        tmp_path,
        import_xml(
            column("code"), column("other", 2), column("x", 1, "FK_FIELD", lookup_query=query)
        ),
    )

    assert only(done)["columns"][-1] == {"position": "2", "to": "x_id", "on_empty": "clear"}
    (told,) = left_open(done)
    assert f"# NOT TRANSLATED, line {told}" in done.text


def test_columns_for_new_rows_and_for_rows_that_exist(tmp_path: Path) -> None:
    """The two flags of columns."""
    first, second = columns_of(
        tmp_path, column("a", insert_only="true"), column("b", update_only="true")
    )

    assert (first["insert_only"], second["update_only"]) == ("true", "true")


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("MERGE", {"on_duplicate": "last"}),
        ("INSERT_ONLY", {"mode": "insert_only", "on_duplicate": "first"}),
        ("UPDATE_ONLY", {"mode": "update_only", "on_duplicate": "last"}),
        ("DELETE", {"mode": "delete", "on_duplicate": "last"}),
    ],
)
def test_a_mode_is_a_mode(tmp_path: Path, mode: str, options: dict[str, str]) -> None:
    """Of rows with the same key the one counts that the platform would leave in the table."""
    found = only(converted(tmp_path, import_xml(column("code"), mode=mode)))

    assert {name: found[name] for name in ("mode", "on_duplicate") if name in found} == options


def test_the_layout_is_that_of_the_file(tmp_path: Path) -> None:
    """A tab may be written as two characters; without a header the first line is a row."""
    file = FILE | {
        "file-encoding": "Cp1251",
        "column-delimiter": "\\t",
        "text-qualifier": "'",
        "ignore-first-line": "false",
    }

    layout = group(converted(tmp_path, import_xml(column("code"), file=file)))["layout"]

    assert layout == {
        "delimiter": "\t",
        "quote": "'",
        "encoding": "cp1251",
        "escape": "backslash",
        "ragged": "pad",
        "header": "false",
    }


@pytest.mark.parametrize(
    ("part", "text", "told"),
    [
        ("file-encoding", "x-klingon", "file-encoding `x-klingon` is not known here"),
        ("column-delimiter", "", "column-delimiter is missing"),
        ("column-delimiter", "||", "column-delimiter `||` is no single character"),
        ("file-name-mask", "", "file-name-mask is missing; thing-1*.csv stands in"),
        ("file-name-mask", "(?!x).*", "file-name-mask `(?!x).*`"),
    ],
)
def test_a_file_that_cannot_be_described_is_told(
    tmp_path: Path, part: str, text: str, told: str
) -> None:
    """Something that lint takes stands in."""
    done = converted(tmp_path, import_xml(column("code"), file=FILE | {part: text}))

    assert only(done)["name"] == "thing-1"
    (line,) = left_open(done)
    assert told in line


def test_a_key_may_refer_to_another_row_and_be_a_constant(tmp_path: Path) -> None:
    """A field of the key that no column fills gets a column of its own."""
    done = converted(
        tmp_path,
        import_xml(
            column("brand", 1, "FK_FIELD", **BRAND),
            column("level", 2, data_type="INT"),
            select_sql="select t from ThingEntity t where t.brand.name = {brand} "
            "and t.shop.code = 'SHOP10' and t.rank = {level}",
        ),
    )

    assert only(done)["key"] == ["brand_id", "shop_id", "rank"]
    assert only(done)["columns"][2:] == [
        {"constant": "SHOP10", "to": "shop_id", "lookup": {"table": "shop.shop", "by": "code"}},
        {"position": "3", "to": "rank", "type": "integer"},
    ]
    assert left_open(done) == []


def test_a_key_from_another_cell_than_the_column_is_told(tmp_path: Path) -> None:
    """The platform finds the row by one cell and writes another one; no group can."""
    done = converted(
        tmp_path,
        import_xml(
            column("code", 0), column("old", 1),
            select_sql="select t from ThingEntity t where t.code = {old}",
        ),
    )  # fmt: skip

    told = left_open(done)
    assert "that rows are known by code: it comes from another cell" in told[0]
    assert "nothing says which rows are the same; `code` stands in" in told[1]


def test_the_key_of_a_known_table_counts(tmp_path: Path) -> None:
    """The descriptor finds associations without their type; the table knows them with it."""
    done = converted(
        tmp_path,
        import_xml(
            column("association", 0, "FK_FIELD", entity_type="Association",
                   lookup_query="select a from AssociationEntity a where a.code = {association}"),
            column("product", 1, "FK_FIELD", entity_type="Product",
                   lookup_query="select p from ProductEntity p where p.code = {product}"),
            column("associatedSku", 2),
            entity_type="ProductAssociation",
            select_sql="select p from ProductAssociationEntity p "
                       "where p.product.code = {product} and p.associatedSku = {associatedSku}",
        ),
    )  # fmt: skip

    assert only(done)["key"] == ["product_id", "association_type_id", "associated_sku_id"]
    assert "the descriptor finds them by product_id, associated_sku_id" in " ".join(assumed(done))


def test_the_shop_of_the_context_fills_gaps(tmp_path: Path) -> None:
    """A code, or the column that has it."""
    query = "select s from ShopEntity s where s.shopId = {contextShopId}"
    shop = column("shop", -1, "FK_FIELD", entity_type="Shop", lookup_query=query)
    fixed = columns_of(tmp_path, shop, context="<shop-code>SHOP10</shop-code>")
    told = columns_of(
        tmp_path, shop, column("where", 6), context="<shop-code-column>where</shop-code-column>"
    )

    assert fixed[0]["constant"] == "SHOP10"
    assert fixed[0]["lookup"] == {"table": "shop.shop", "by": "code"}
    assert told[0]["position"] == "7"


def test_a_row_of_the_shop_is_known_by_the_shop(tmp_path: Path) -> None:
    """The platform compares with the shop itself, a group with its code."""
    done = converted(
        tmp_path,
        import_xml(
            column("code"),
            context="<shop-code>SHOP10</shop-code>",
            select_sql="select t from ThingEntity t where t.code = {code} and t.shop = {contextShop}",
        ),
    )

    assert only(done)["key"] == ["code", "shop_id"]
    assert only(done)["columns"][1]["lookup"] == {"table": "shop.shop", "by": "code"}


def test_a_reference_in_the_key_is_found_as_its_column_says(tmp_path: Path) -> None:
    """A query may compare with the row that the column has found."""
    done = converted(
        tmp_path,
        import_xml(
            column("brand", 1, "FK_FIELD", **BRAND),
            select_sql="select t from ThingEntity t where t.brand = {brand}",
        ),
    )

    assert only(done)["key"] == "brand_id"
    assert left_open(done) == []


def test_a_cell_without_a_number_is_told_twice(tmp_path: Path) -> None:
    """What stands there, and that the column is left out for it."""
    done = converted(tmp_path, import_xml(column("code"), column("x").replace(">0<", ">two<")))

    assert left_open(done) == [
        "16: column-index `two` is no number.",
        "16: `x` has neither a cell nor a constant; it is left out.",
    ]


def test_descriptors_of_one_table_keep_their_order(tmp_path: Path) -> None:
    """Deletions come before what comes anew; the others are ordered by their lookups."""
    done = converted(
        tmp_path,
        import_xml(column("code"), mode="DELETE"),
        import_xml(column("name"), entity_type="Brand", select_sql=""),
        import_xml(column("code")),
    )

    assert [d.get("after") for d in group(done)["descriptors"]] == [None, None, "thing-1"]
    assert "it comes after thing-1, as given: both fill shop.thing." in assumed(done)


def test_comments_go_along(tmp_path: Path) -> None:
    """Those of a column stand in front of it, the others in front of the descriptor."""
    text = import_xml("<!-- The key -->", column("code")).replace(
        "<entity-type>", "<!-- Things\n  of ours --><entity-type>"
    )

    text = text.replace("</import-columns>", "<!-- No more -->\n</import-columns>")

    done = converted(tmp_path, f"<!-- Licence -->{text}")

    assert "  # thing-1.xml\n  # Things\n  # of ours\n  # No more\n  - name" in done.text
    assert "      # The key\n      - {position: 1, to: code}" in done.text
    assert "Licence" not in done.text
