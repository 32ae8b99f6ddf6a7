"""The shop's catalogue holds what a catalogue team expects of it, whoever writes to it."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql

Catalogue = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def catalogue(dsn: str) -> Iterator[Catalogue]:
    """Open a catalogue with one product and its SKU; nothing of a test is kept."""
    with psycopg.connect(dsn) as connection:
        connection.execute(
            """
            INSERT INTO shop.brand (name) VALUES ('HP');
            INSERT INTO shop.attribute (code, group_code, name) VALUES ('1766', 'PRODUCT', 'Colour');
            INSERT INTO shop.product
                (guid, code, name, brand_id, product_type_id, model)
            SELECT 'p1', 'A-1', 'Laptop', brand.id, product_type.id, 'A'
            FROM shop.brand, shop.product_type
            WHERE brand.name = 'HP' AND product_type.name = 'Default Product';
            INSERT INTO shop.sku (guid, code, product_id, name, model)
            SELECT 's1', 'A-1-EU', id, 'Laptop EU', 'A' FROM shop.product WHERE guid = 'p1';
            INSERT INTO shop.price (sku_id, shop_id, currency, regular_price)
            SELECT sku.id, shop.id, 'EUR', 832.23 FROM shop.sku, shop.shop WHERE sku.guid = 's1';
            INSERT INTO shop.inventory (sku_id, warehouse_id, quantity)
            SELECT sku.id, warehouse.id, 9 FROM shop.sku, shop.warehouse WHERE sku.guid = 's1';
            INSERT INTO shop.product_attribute_value (product_id, attribute_id, value)
            SELECT product.id, attribute.id, 'Black' FROM shop.product, shop.attribute
            WHERE product.guid = 'p1' AND attribute.code = '1766';
            INSERT INTO shop.product_image (product_id, position, uri)
            SELECT id, 1, 'front.jpg' FROM shop.product WHERE guid = 'p1';
            INSERT INTO shop.sku_image (sku_id, position, uri)
            SELECT id, 1, 'eu.jpg' FROM shop.sku WHERE guid = 's1';
            """
        )
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    ("table", "column", "codes"),
    [
        ("product_type", "name", ["Default Product"]),
        ("category", "guid", ["100"]),
        ("attribute", "code", ["brand", "productType"]),
        ("warehouse", "code", ["Main"]),
        ("shop", "code", ["SHOP10"]),
        ("association_type", "code", ["accessories", "buywiththis", "cross", "up"]),
    ],
)
def test_what_a_catalogue_package_refers_to_is_there(
    dsn: str, table: str, column: str, codes: list[str]
) -> None:
    """A new shop has the rows that packages refer to without bringing them along."""
    query = sql.SQL("SELECT {} FROM {} ORDER BY id").format(
        sql.Identifier(column), sql.Identifier("shop", table)
    )

    with psycopg.connect(dsn) as connection:
        found = connection.execute(query).fetchall()

    assert sorted(row[0] for row in found) == codes


def test_the_root_category_has_no_parent(dsn: str) -> None:
    """The tree has one root, under which packages hang their categories."""
    with psycopg.connect(dsn) as connection:
        roots = connection.execute("SELECT guid FROM shop.category WHERE parent_id IS NULL")

        assert roots.fetchall() == [("100",)]


REPEATED = {
    "brand name": "INSERT INTO shop.brand (name) VALUES ('HP')",
    "attribute code": (
        "INSERT INTO shop.attribute (code, group_code, name) VALUES ('1766', 'SKU', 'Color')"
    ),
    "product type name": "INSERT INTO shop.product_type (name) VALUES ('Default Product')",
    "category guid": (
        "INSERT INTO shop.category (guid, product_type_id, name)"
        " SELECT '100', product_type_id, 'Second root' FROM shop.category"
    ),
    "product guid": (
        "INSERT INTO shop.product (guid, code, name, brand_id, product_type_id, model)"
        " SELECT guid, 'B-2', name, brand_id, product_type_id, model FROM shop.product"
    ),
    "product code": (
        "INSERT INTO shop.product (guid, code, name, brand_id, product_type_id, model)"
        " SELECT 'p2', code, name, brand_id, product_type_id, model FROM shop.product"
    ),
    "SKU code": (
        "INSERT INTO shop.sku (guid, code, product_id, name, model)"
        " SELECT 's2', code, product_id, name, model FROM shop.sku"
    ),
    "price of a tier": (
        "INSERT INTO shop.price (sku_id, shop_id, currency, tier_quantity, regular_price)"
        " SELECT sku_id, shop_id, currency, 1.0, 1 FROM shop.price"
    ),
    "stock in a warehouse": (
        "INSERT INTO shop.inventory (sku_id, warehouse_id, quantity)"
        " SELECT sku_id, warehouse_id, 1 FROM shop.inventory"
    ),
    "value of an attribute": (
        "INSERT INTO shop.product_attribute_value (product_id, attribute_id, value)"
        " SELECT product_id, attribute_id, 'White' FROM shop.product_attribute_value"
    ),
    "image of a product at a place": (
        "INSERT INTO shop.product_image (product_id, position, uri)"
        " SELECT product_id, position, 'back.jpg' FROM shop.product_image"
    ),
    "image of a SKU at a place": (
        "INSERT INTO shop.sku_image (sku_id, position, uri)"
        " SELECT sku_id, position, 'us.jpg' FROM shop.sku_image"
    ),
}


@pytest.mark.parametrize("statement", REPEATED.values(), ids=REPEATED)
def test_a_natural_key_means_one_row(catalogue: Catalogue, statement: str) -> None:
    """The keys that files refer to are unique, so that a reference has one meaning."""
    with pytest.raises(errors.UniqueViolation, match="duplicate key value"):
        catalogue.execute(statement.encode())


def test_a_sku_has_a_price_per_shop_currency_and_tier(catalogue: Catalogue) -> None:
    """Other currencies and larger quantities have their own price."""
    catalogue.execute(
        """
        INSERT INTO shop.price (sku_id, shop_id, currency, tier_quantity, regular_price)
        SELECT sku_id, shop_id, new.currency, new.tier, 800
        FROM shop.price, (VALUES ('USD', 1), ('EUR', 5), ('EUR', 10)) AS new (currency, tier)
        """
    )

    count = catalogue.execute("SELECT count(*) FROM shop.price").fetchone()

    assert count == (4,)


UNRELATED = {
    "a price without its SKU": (
        "INSERT INTO shop.price (sku_id, shop_id, currency, regular_price)"
        " SELECT 0, shop_id, 'USD', 1 FROM shop.price"
    ),
    "stock without its warehouse": (
        "INSERT INTO shop.inventory (sku_id, warehouse_id, quantity)"
        " SELECT sku_id, 0, 1 FROM shop.inventory"
    ),
    "a product without its brand": "UPDATE shop.product SET brand_id = 0",
    "a category without its parent": "UPDATE shop.category SET parent_id = 0",
    "an image without its product": "UPDATE shop.product_image SET product_id = 0",
    "an image without its SKU": "UPDATE shop.sku_image SET sku_id = 0",
    "a product that still has SKUs": "DELETE FROM shop.product",
    "a warehouse that still has stock": "DELETE FROM shop.warehouse",
    "an attribute that still has values": "DELETE FROM shop.attribute",
}


@pytest.mark.parametrize("statement", UNRELATED.values(), ids=UNRELATED)
def test_a_reference_always_finds_its_row(catalogue: Catalogue, statement: str) -> None:
    """Nothing refers to a row that does not exist, and nothing disappears along with another."""
    with pytest.raises(errors.ForeignKeyViolation, match="violates foreign key constraint"):
        catalogue.execute(statement.encode())


IMPOSSIBLE = {
    "UPDATE shop.price SET regular_price = -0.01": "regular_price_not_negative",
    "UPDATE shop.price SET sale_price = -1": "sale_price_not_negative",
    "UPDATE shop.price SET tier_quantity = 0": "tier_quantity_is_positive",
    "UPDATE shop.price SET currency = 'eur'": "currency_is_a_code",
    "UPDATE shop.price SET currency = 'EURO'": "currency_is_a_code",
    "UPDATE shop.product SET code = ''": "code_not_empty",
    "UPDATE shop.product SET guid = ''": "guid_not_empty",
    "UPDATE shop.product SET availability = 3": "availability_is_known",
    """UPDATE shop.product SET display_name = '"Laptop"'""": "display_name_is_an_object",
    "UPDATE shop.product SET description = '[]'": "description_is_an_object",
    "UPDATE shop.category SET parent_id = id": "not_its_own_parent",
    "UPDATE shop.brand SET name = ''": "name_not_empty",
    "UPDATE shop.product_image SET position = 0": "position_is_positive",
    "UPDATE shop.product_image SET uri = ''": "uri_not_empty",
    "UPDATE shop.sku_image SET position = -1": "position_is_positive",
    "UPDATE shop.sku_image SET uri = ''": "uri_not_empty",
    "UPDATE shop.sku_image SET alternative_text = '[]'": "alternative_text_is_an_object",
}


@pytest.mark.parametrize(("statement", "rule"), IMPOSSIBLE.items(), ids=IMPOSSIBLE)
def test_a_value_that_makes_no_sense_breaks_a_rule_that_says_so(
    catalogue: Catalogue, statement: str, rule: str
) -> None:
    """The rule's name tells a reader of the error what is wrong."""
    with pytest.raises(errors.CheckViolation, match=f'violates check constraint "{rule}"'):
        catalogue.execute(statement.encode())


def test_a_price_keeps_four_decimals(catalogue: Catalogue) -> None:
    """Money is exact: what the supplier sends is what the shop shows."""
    catalogue.execute("UPDATE shop.price SET sale_price = 1480.3520, regular_price = 0.0001")

    prices = catalogue.execute("SELECT sale_price::text, regular_price::text FROM shop.price")

    assert prices.fetchone() == ("1480.3520", "0.0001")


def test_every_table_says_what_it_is_for(dsn: str) -> None:
    """Whoever opens the schema in a database tool can read it."""
    with psycopg.connect(dsn) as connection:
        silent = connection.execute(
            """
            SELECT relname FROM pg_class
            WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r'
              AND obj_description(oid, 'pg_class') IS NULL
            """
        ).fetchall()

    assert silent == []


def test_every_foreign_key_has_an_index(dsn: str) -> None:
    """Deleting a referred-to row and joining along a reference never read a whole table."""
    with psycopg.connect(dsn) as connection:
        bare = connection.execute(
            """
            SELECT conrelid::regclass, conname FROM pg_constraint
            WHERE connamespace = 'shop'::regnamespace AND contype = 'f' AND NOT EXISTS (
                SELECT FROM pg_index
                WHERE indrelid = conrelid AND indkey[0] = conkey[1] AND cardinality(conkey) = 1)
            """
        ).fetchall()

    assert bare == []


def test_every_table_has_a_natural_key_that_does_not_depend_on_the_locale(dsn: str) -> None:
    """Each table has a unique key beside its id, and texts in it are ordered by bytes."""
    with psycopg.connect(dsn) as connection:
        keyless = connection.execute(
            """
            SELECT relname FROM pg_class
            WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r' AND NOT EXISTS (
                SELECT FROM pg_constraint WHERE conrelid = pg_class.oid AND contype = 'u')
            """
        ).fetchall()
        localised = connection.execute(
            """
            SELECT attrelid::regclass, attname FROM pg_constraint
            JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
            WHERE connamespace = 'shop'::regnamespace AND contype = 'u'
              AND attcollation NOT IN (0, 'pg_catalog."C"'::regcollation)
            """
        ).fetchall()

    assert keyless == []
    assert localised == []
