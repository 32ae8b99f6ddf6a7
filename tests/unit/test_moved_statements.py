"""SQL statements in descriptors, and descriptors within columns."""

from pathlib import Path

import pytest

from tests.unit.xml_descriptors import (
    assumed,
    column,
    converted,
    elements,
    group,
    import_xml,
    left_open,
    only,
)

INSERT = """INSERT INTO TTHINGVALUE (VERSION, THING_ID, GUID, CODE, VAL, DISPLAYVAL)
  VALUES (0, (SELECT t.THING_ID FROM TTHING t WHERE t.GUID = '{thing}'),
  '{GUID}', '{code}', {val}, 'de#~#{de}#~#en#~#{en}')"""
CELLS = [column(name, number) for number, name in enumerate(("thing", "code", "val", "de", "en"))]


def inner(name: str, index: int, kind: str, **parts: str) -> str:
    """Return a column that is a descriptor."""
    text = "".join(
        f"<{n.replace('_', '-')}>{t}</{n.replace('_', '-')}>\n" for n, t in parts.items()
    )
    own = {"column-index": str(index), "field-type": kind, "name": name}
    return (
        f"<column-descriptor>{elements(own)}<import-descriptor>{text}</import-descriptor>"
        "</column-descriptor>"
    )


def test_an_insert_says_which_columns_are_filled(tmp_path: Path) -> None:
    """Cells, a row that is looked up, a random number, and one text in two languages."""
    done = converted(
        tmp_path,
        import_xml(*CELLS, mode="INSERT_ONLY", entity_type="ThingValue", insert_sql=INSERT,
                   select_sql="select v from ThingValueEntity v where v.code = {code}"),
    )  # fmt: skip

    found = only(done)
    assert (found["mode"], found["key"], found["table"]) == (
        "insert_only",
        "code",
        "shop.thing_value",
    )
    assert found["columns"] == [
        {
            "position": "1",
            "to": "thing_id",
            "required": "true",
            "lookup": {"table": "shop.thing", "by": "guid"},
        },
        {"constant": "${uuid}", "to": "guid"},
        {"position": "2", "to": "code"},
        {"position": "3", "to": "val", "on_empty": "clear"},
        {"position": "4", "to": "displayval", "language": "de", "on_empty": "clear"},
        {"position": "5", "to": "displayval", "language": "en", "on_empty": "clear"},
    ]
    assert left_open(done) == []


def test_a_column_that_the_insert_does_not_use_is_told(tmp_path: Path) -> None:
    """The platform reads it and writes it nowhere."""
    done = converted(
        tmp_path,
        import_xml(*CELLS, column("spare", 9), mode="INSERT_ONLY", insert_sql=INSERT),
    )

    assert "`spare` is not used by insert-sql; it is left out." in assumed(done)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE TTHING SET CODE = '{code}'",
        "INSERT INTO TTHING (A, B) VALUES ('{code}')",
        "INSERT INTO TTHING SELECT * FROM TOTHER",
        "INSERT INTO TTHING (A) VALUES (now())",
        ";",
    ],
)
def test_a_statement_that_is_no_plain_insert_is_told(tmp_path: Path, statement: str) -> None:
    """The columns stand there as if they were written, for a person to decide."""
    done = converted(tmp_path, import_xml(column("code"), mode="INSERT_ONLY", insert_sql=statement))

    assert [c["to"] for c in only(done)["columns"]] == ["code"]
    (told,) = left_open(done)
    assert statement[:6] in told


def test_another_statement_in_front_of_the_insert_is_told(tmp_path: Path) -> None:
    """The INSERT itself is translated all the same."""
    statement = "UPDATE TTHING SET A = 1;\nINSERT INTO TTHING (CODE) VALUES ('{code}')"

    done = converted(tmp_path, import_xml(column("code"), mode="INSERT_ONLY", insert_sql=statement))

    assert only(done)["mode"] == "insert_only"
    (told,) = left_open(done)
    assert "`UPDATE TTHING SET A = 1`" in told


def test_the_table_of_a_statement_is_that_of_the_entity(tmp_path: Path) -> None:
    """SQL names do not show where words end: TTAXCONFIG is TaxConfig."""
    statement = (
        "INSERT INTO TTAXCONFIG (CODE, PARENT_ID) VALUES ('{code}', "
        "(SELECT t.TAXCONFIG_ID FROM TTAXCONFIG t WHERE t.CODE = '{parent}'))"
    )
    done = converted(
        tmp_path,
        import_xml(
            column("code"), column("parent", 1), entity_type="TaxConfig", insert_sql=statement
        ),
    )

    assert only(done)["columns"][1]["lookup"] == {"table": "shop.tax_config", "by": "code"}
    assert len(assumed(done)) == 1


def test_a_value_that_is_put_together_is_told(tmp_path: Path) -> None:
    """A text around a gap is no cell."""
    statement = "INSERT INTO TTHING (CODE, NAME) VALUES ('{code}', 'Thing {code}!')"

    done = converted(tmp_path, import_xml(column("code"), insert_sql=statement))

    (told,) = left_open(done)
    assert "NAME in `TTHING`: `Thing code!` is put together; it is left out." in told


def test_a_delete_statement_says_the_key(tmp_path: Path) -> None:
    """It counts more than the query beside it."""
    done = converted(
        tmp_path,
        import_xml(
            *CELLS[:2],
            mode="DELETE",
            entity_type="AttrValueProduct",
            delete_sql="DELETE FROM TPRODUCTATTRVALUE WHERE PRODUCT_ID = "
            "(SELECT PRODUCT_ID FROM TPRODUCT WHERE GUID = '{thing}') AND CODE = '{code}'",
        ).replace(">thing<", ">product<").replace("{thing}", "{product}")
        .replace(">code<", ">attributeCode<").replace("'{code}'", "'{attributeCode}'"),
    )  # fmt: skip

    found = only(done)
    assert (found["mode"], found["key"]) == ("delete", ["product_id", "attribute_id"])
    assert left_open(done) == []


def test_a_delete_of_several_statements_is_told(tmp_path: Path) -> None:
    """One descriptor deletes from one table."""
    statement = "DELETE FROM TA WHERE X = '{code}';\nDELETE FROM TB WHERE X = '{code}'"

    done = converted(tmp_path, import_xml(column("code"), mode="DELETE", delete_sql=statement))

    assert "`DELETE FROM TA" in left_open(done)[0]


def test_a_description_of_a_known_entity_is_a_text_of_its_row(tmp_path: Path) -> None:
    """The platform keeps it as an attribute value of its own."""
    statement = (
        "INSERT INTO TPRODUCTATTRVALUE (PRODUCT_ID, GUID, CODE, VAL) VALUES ({masterObjectId}, "
        "'{masterObjectId}_en', 'PRODUCT_DESCRIPTION_en', '{val}')"
    )
    done = converted(
        tmp_path,
        import_xml(
            column("guid"),
            inner("description (en)", 3, "SLAVE_INLINE_FIELD", mode="INSERT_ONLY",
                  entity_type="AttrValueProduct", insert_sql=statement,
                  import_columns=column("val", 3)),
            entity_type="Product",
            select_sql="select p from ProductEntity p where p.guid = {guid}",
        ),
    )  # fmt: skip

    assert only(done)["columns"][-1] == {
        "position": "4", "to": "description", "language": "en", "on_empty": "clear"
    }  # fmt: skip
    assert left_open(done) == []


def test_rows_of_another_table_in_the_same_line_are_a_second_descriptor(tmp_path: Path) -> None:
    """They know the row that they belong to by its key."""
    done = converted(
        tmp_path,
        import_xml(
            column("code", 0),
            inner("price", 2, "SLAVE_INLINE_FIELD", entity_type="Price",
                  select_sql="select p from PriceEntity p where p.thing = {masterObject}",
                  import_columns=column("amount", 2, data_type="DECIMAL")),
        ),
    )  # fmt: skip

    things, prices = group(done)["descriptors"]
    assert (prices["name"], prices["files"]) == ("thing-1-price", things["files"])
    assert prices["key"] == "thing_id"
    assert prices["columns"] == [
        {"position": "3", "to": "amount", "type": "decimal", "on_empty": "clear"},
        {"position": "1", "to": "thing_id", "lookup": {"table": "shop.thing", "by": "code"}},
    ]


def test_a_list_in_a_cell_makes_rows(tmp_path: Path) -> None:
    """One part of each element can be taken; further ones are told."""
    done = converted(
        tmp_path,
        import_xml(
            column("code", 0),
            inner("urls", 4, "SLAVE_TUPLE_FIELD", entity_type="ThingUrl",
                  select_sql="select u from ThingUrlEntity u where u.url = {url}",
                  import_columns=column("url", 0) + column("theme", 1)
                  + column("thing", -1, "FK_FIELD", entity_type="Thing", use_master_object="true")),
        ),
    )  # fmt: skip

    assert group(done)["descriptors"][1]["columns"] == [
        {"position": "5", "to": "url", "split": ",", "explode": "true"},
        {
            "position": "1",
            "to": "thing_id",
            "required": "true",
            "lookup": {"table": "shop.thing", "by": "code"},
        },
    ]
    (told,) = left_open(done)
    assert "`theme` is a further part of a tuple" in told


def test_values_of_attributes_are_known_by_their_row_and_code(tmp_path: Path) -> None:
    """A DELETE in front of the INSERT writes them anew each time, so they are merged."""
    statement = (
        "DELETE FROM TTHINGVALUE WHERE GUID = '{masterObjectId}_en';\n"
        "INSERT INTO TTHINGVALUE (THING_ID, CODE, VAL) VALUES ({masterObjectId}, 'BODY', '{val}')"
    )
    done = converted(
        tmp_path,
        import_xml(
            column("code", 0),
            inner("body", 2, "SLAVE_INLINE_FIELD", mode="INSERT_ONLY", entity_type="ThingValue",
                  insert_sql=statement, import_columns=column("val", 2)),
        ),
    )  # fmt: skip

    values = group(done)["descriptors"][1]
    assert (values.get("mode"), values["key"]) == (None, ["thing_id", "code"])
    assert left_open(done) == []


def test_descriptors_within_descriptors_are_followed(tmp_path: Path) -> None:
    """Each becomes one for the same files, down to a depth that nobody needs."""
    text = column("x", 1)
    for number in range(12):
        text = inner(f"level {number}", 0, "SLAVE_INLINE_FIELD", entity_type=f"Level{number}",
                     select_sql="select x from X x where x.x = {x}",
                     import_columns=column("x", 1) + text)  # fmt: skip

    done = converted(tmp_path, import_xml(column("code"), text))

    assert len(group(done)["descriptors"]) == 11
    assert "has no descriptor that can be read; it is left out." in left_open(done)[-1]


def test_a_column_that_should_be_a_descriptor_and_is_none_is_told(tmp_path: Path) -> None:
    """Nothing is made up for it."""
    done = converted(tmp_path, import_xml(column("code"), column("x", 1, "SLAVE_INLINE_FIELD")))

    assert left_open(done) == ["16: `x` has no descriptor that can be read; it is left out."]
