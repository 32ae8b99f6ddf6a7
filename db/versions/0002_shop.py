"""The shop's catalogue: what the shipped data groups import into and export from.

Every table has a surrogate ``id`` for foreign keys and a natural key that files refer to. Natural
keys are ordered by bytes (``COLLATE "C"``), so that their indexes and the order of a merge never
depend on the server's locale. A text in several languages is one jsonb, ``{"en": …, "de": …}``.
Rows are never deleted in cascades: what disappears has been deleted by someone, and is journaled.
"""

from alembic import context, op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PLACES = """
    CREATE SCHEMA shop;
    COMMENT ON SCHEMA shop IS 'The catalogue of the shop: products, prices, stock';

    CREATE TABLE shop.shop (
        id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        code text COLLATE "C" NOT NULL UNIQUE CONSTRAINT code_not_empty CHECK (code <> ''),
        name text NOT NULL
    );
    COMMENT ON TABLE shop.shop IS 'A storefront with its own categories and prices';

    CREATE TABLE shop.warehouse (
        id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        code text COLLATE "C" NOT NULL UNIQUE CONSTRAINT code_not_empty CHECK (code <> ''),
        name text NOT NULL
    );
    COMMENT ON TABLE shop.warehouse IS 'A place that holds stock';

    CREATE TABLE shop.association_type (
        id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        code text COLLATE "C" NOT NULL UNIQUE CONSTRAINT code_not_empty CHECK (code <> ''),
        name text NOT NULL
    );
    COMMENT ON TABLE shop.association_type IS
        'How one product recommends another: accessories, up-selling, cross-selling';
"""

ATTRIBUTES = """
    CREATE TABLE shop.brand (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name        text COLLATE "C" NOT NULL UNIQUE CONSTRAINT name_not_empty CHECK (name <> ''),
        description jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT description_is_an_object CHECK (jsonb_typeof(description) = 'object')
    );
    COMMENT ON TABLE shop.brand IS 'A manufacturer or label, known by its name';

    CREATE TABLE shop.attribute (
        id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        code         text COLLATE "C" NOT NULL UNIQUE CONSTRAINT code_not_empty CHECK (code <> ''),
        group_code   text COLLATE "C" NOT NULL
            CONSTRAINT group_code_not_empty CHECK (group_code <> ''),
        name         text NOT NULL,
        display_name jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT display_name_is_an_object CHECK (jsonb_typeof(display_name) = 'object'),
        mandatory    boolean NOT NULL DEFAULT false,
        navigable    boolean NOT NULL DEFAULT false
    );
    COMMENT ON TABLE shop.attribute IS 'A property that products and SKUs can have a value of';
    COMMENT ON COLUMN shop.attribute.navigable IS 'Whether shoppers can filter by it';

    CREATE TABLE shop.product_type (
        id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name         text COLLATE "C" NOT NULL UNIQUE CONSTRAINT name_not_empty CHECK (name <> ''),
        display_name jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT display_name_is_an_object CHECK (jsonb_typeof(display_name) = 'object'),
        description  jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT description_is_an_object CHECK (jsonb_typeof(description) = 'object')
    );
    COMMENT ON TABLE shop.product_type IS 'A kind of product; decides which attributes it shows';

    CREATE TABLE shop.product_type_attribute (
        id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        guid             text COLLATE "C" NOT NULL UNIQUE
            CONSTRAINT guid_not_empty CHECK (guid <> ''),
        product_type_id  bigint NOT NULL REFERENCES shop.product_type,
        attribute_id     bigint NOT NULL REFERENCES shop.attribute,
        visible          boolean NOT NULL DEFAULT true,
        filterable       boolean NOT NULL DEFAULT false,
        navigation_type  text NOT NULL DEFAULT 'S'
            CONSTRAINT navigation_type_is_s_or_r CHECK (navigation_type IN ('S', 'R')),
        range_navigation text,
        UNIQUE (product_type_id, attribute_id)
    );
    CREATE INDEX product_type_attribute_by_attribute
        ON shop.product_type_attribute (attribute_id);
    COMMENT ON TABLE shop.product_type_attribute IS
        'An attribute that products of a type show, and how shoppers filter by it';
    COMMENT ON COLUMN shop.product_type_attribute.navigation_type IS
        'S: one filter per single value, R: one per range of values';
    COMMENT ON COLUMN shop.product_type_attribute.range_navigation IS
        'The ranges of an R filter, as the XML document <range-list>';

    CREATE TABLE shop.attribute_view_group (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        guid            text COLLATE "C" NOT NULL UNIQUE
            CONSTRAINT guid_not_empty CHECK (guid <> ''),
        product_type_id bigint NOT NULL REFERENCES shop.product_type,
        name            text NOT NULL,
        display_name    jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT display_name_is_an_object CHECK (jsonb_typeof(display_name) = 'object'),
        attribute_codes text NOT NULL DEFAULT ''
    );
    CREATE INDEX attribute_view_group_by_product_type
        ON shop.attribute_view_group (product_type_id);
    COMMENT ON TABLE shop.attribute_view_group IS
        'A heading on the product page with the attributes under it';
    COMMENT ON COLUMN shop.attribute_view_group.attribute_codes IS
        'Codes of attributes in the order of display, separated by commas';
"""

CATEGORIES = """
    CREATE TABLE shop.category (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        guid            text COLLATE "C" NOT NULL UNIQUE
            CONSTRAINT guid_not_empty CHECK (guid <> ''),
        parent_id       bigint REFERENCES shop.category
            CONSTRAINT not_its_own_parent CHECK (parent_id <> id),
        product_type_id bigint NOT NULL REFERENCES shop.product_type,
        name            text NOT NULL CONSTRAINT name_not_empty CHECK (name <> ''),
        display_name    jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT display_name_is_an_object CHECK (jsonb_typeof(display_name) = 'object'),
        description     jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT description_is_an_object CHECK (jsonb_typeof(description) = 'object'),
        uri             text COLLATE "C",
        keywords        jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT keywords_is_an_object CHECK (jsonb_typeof(keywords) = 'object')
    );
    CREATE INDEX category_by_parent ON shop.category (parent_id);
    CREATE INDEX category_by_product_type ON shop.category (product_type_id);
    COMMENT ON TABLE shop.category IS 'A node of the catalogue tree; only roots have no parent';
    COMMENT ON COLUMN shop.category.product_type_id IS
        'Decides which attributes shoppers can filter by in this category';
    COMMENT ON COLUMN shop.category.uri IS 'The last part of the page address';

    CREATE TABLE shop.shop_category (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        shop_id     bigint NOT NULL REFERENCES shop.shop,
        category_id bigint NOT NULL REFERENCES shop.category,
        UNIQUE (shop_id, category_id)
    );
    CREATE INDEX shop_category_by_category ON shop.shop_category (category_id);
    COMMENT ON TABLE shop.shop_category IS 'A category that a shop shows';
"""

PRODUCTS = """
    CREATE TABLE shop.product (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        guid            text COLLATE "C" NOT NULL UNIQUE
            CONSTRAINT guid_not_empty CHECK (guid <> ''),
        code            text COLLATE "C" NOT NULL UNIQUE CONSTRAINT code_not_empty CHECK (code <> ''),
        name            text NOT NULL CONSTRAINT name_not_empty CHECK (name <> ''),
        display_name    jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT display_name_is_an_object CHECK (jsonb_typeof(display_name) = 'object'),
        description     jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT description_is_an_object CHECK (jsonb_typeof(description) = 'object'),
        brand_id        bigint NOT NULL REFERENCES shop.brand,
        product_type_id bigint NOT NULL REFERENCES shop.product_type,
        barcode         text COLLATE "C",
        model           text NOT NULL,
        availability    smallint NOT NULL DEFAULT 1
            CONSTRAINT availability_is_known CHECK (availability IN (1, 2, 4, 8, 16)),
        featured        boolean NOT NULL DEFAULT false,
        tag             text
    );
    CREATE INDEX product_by_brand ON shop.product (brand_id);
    CREATE INDEX product_by_product_type ON shop.product (product_type_id);
    COMMENT ON TABLE shop.product IS 'What shoppers look at; what they buy is one of its SKUs';
    COMMENT ON COLUMN shop.product.code IS 'What merchants call it; associations refer to it';
    COMMENT ON COLUMN shop.product.availability IS
        '1 while in stock, 2 preorder, 4 backorder, 8 always, 16 showroom only';
    COMMENT ON COLUMN shop.product.tag IS 'Words that pages select by, separated by blanks';

    CREATE TABLE shop.sku (
        id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        guid         text COLLATE "C" NOT NULL UNIQUE CONSTRAINT guid_not_empty CHECK (guid <> ''),
        code         text COLLATE "C" NOT NULL UNIQUE CONSTRAINT code_not_empty CHECK (code <> ''),
        product_id   bigint NOT NULL REFERENCES shop.product,
        name         text NOT NULL CONSTRAINT name_not_empty CHECK (name <> ''),
        display_name jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT display_name_is_an_object CHECK (jsonb_typeof(display_name) = 'object'),
        description  jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT description_is_an_object CHECK (jsonb_typeof(description) = 'object'),
        barcode      text COLLATE "C",
        model        text NOT NULL
    );
    CREATE INDEX sku_by_product ON shop.sku (product_id);
    COMMENT ON TABLE shop.sku IS
        'One variant of a product, such as a size or a colour: has prices and stock';

    CREATE TABLE shop.product_category (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        product_id  bigint NOT NULL REFERENCES shop.product,
        category_id bigint NOT NULL REFERENCES shop.category,
        rank        integer NOT NULL DEFAULT 500,
        UNIQUE (product_id, category_id)
    );
    CREATE INDEX product_category_by_category ON shop.product_category (category_id, rank);
    COMMENT ON TABLE shop.product_category IS 'A product in a category, lowest rank first';

    CREATE TABLE shop.product_association (
        id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        association_type_id bigint NOT NULL REFERENCES shop.association_type,
        product_id          bigint NOT NULL REFERENCES shop.product,
        associated_sku_id   bigint NOT NULL REFERENCES shop.sku,
        rank                integer NOT NULL DEFAULT 0,
        UNIQUE (product_id, association_type_id, associated_sku_id)
    );
    CREATE INDEX product_association_by_type ON shop.product_association (association_type_id);
    CREATE INDEX product_association_by_sku ON shop.product_association (associated_sku_id);
    COMMENT ON TABLE shop.product_association IS
        'A SKU that the page of a product recommends, lowest rank first';
"""

VALUES = """
    CREATE TABLE shop.product_attribute_value (
        id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        product_id    bigint NOT NULL REFERENCES shop.product,
        attribute_id  bigint NOT NULL REFERENCES shop.attribute,
        value         text NOT NULL,
        display_value jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT display_value_is_an_object CHECK (jsonb_typeof(display_value) = 'object'),
        UNIQUE (product_id, attribute_id)
    );
    CREATE INDEX product_attribute_value_by_attribute
        ON shop.product_attribute_value (attribute_id);
    COMMENT ON TABLE shop.product_attribute_value IS 'The value of an attribute for a product';

    CREATE TABLE shop.sku_attribute_value (
        id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sku_id        bigint NOT NULL REFERENCES shop.sku,
        attribute_id  bigint NOT NULL REFERENCES shop.attribute,
        value         text NOT NULL,
        display_value jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT display_value_is_an_object CHECK (jsonb_typeof(display_value) = 'object'),
        UNIQUE (sku_id, attribute_id)
    );
    CREATE INDEX sku_attribute_value_by_attribute ON shop.sku_attribute_value (attribute_id);
    COMMENT ON TABLE shop.sku_attribute_value IS
        'The value of an attribute for one SKU, where it differs between the SKUs of a product';
"""

# Prices and stock change many times a day while their indexed columns stay: with a sixth of each
# page left free, PostgreSQL writes the new version beside the old one and touches no index.
OFFERS = """
    CREATE TABLE shop.price (
        id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sku_id        bigint NOT NULL REFERENCES shop.sku,
        shop_id       bigint NOT NULL REFERENCES shop.shop,
        currency      text COLLATE "C" NOT NULL
            CONSTRAINT currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        tier_quantity numeric NOT NULL DEFAULT 1
            CONSTRAINT tier_quantity_is_positive CHECK (tier_quantity > 0),
        regular_price numeric(19, 4) NOT NULL
            CONSTRAINT regular_price_not_negative CHECK (regular_price >= 0),
        sale_price    numeric(19, 4)
            CONSTRAINT sale_price_not_negative CHECK (sale_price >= 0),
        UNIQUE (sku_id, shop_id, currency, tier_quantity)
    ) WITH (fillfactor = 85);
    CREATE INDEX price_by_shop ON shop.price (shop_id);
    COMMENT ON TABLE shop.price IS
        'The price of a SKU in a shop and currency; fillfactor leaves room for frequent updates';
    COMMENT ON COLUMN shop.price.currency IS 'ISO 4217: EUR, USD';
    COMMENT ON COLUMN shop.price.tier_quantity IS 'The price holds from this quantity on';
    COMMENT ON COLUMN shop.price.sale_price IS 'Asked instead of the regular price while set';

    CREATE TABLE shop.inventory (
        id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sku_id       bigint NOT NULL REFERENCES shop.sku,
        warehouse_id bigint NOT NULL REFERENCES shop.warehouse,
        quantity     numeric NOT NULL DEFAULT 0,
        availability smallint NOT NULL DEFAULT 1
            CONSTRAINT availability_is_known CHECK (availability IN (1, 2, 4, 8, 16)),
        release_date date,
        featured     boolean NOT NULL DEFAULT false,
        UNIQUE (sku_id, warehouse_id)
    ) WITH (fillfactor = 85);
    CREATE INDEX inventory_by_warehouse ON shop.inventory (warehouse_id);
    COMMENT ON TABLE shop.inventory IS
        'The stock of a SKU in a warehouse; fillfactor leaves room for frequent updates';
    COMMENT ON COLUMN shop.inventory.quantity IS 'Below zero where more was sold than counted';
    COMMENT ON COLUMN shop.inventory.availability IS
        '1 while in stock, 2 preorder, 4 backorder, 8 always, 16 showroom only';
    COMMENT ON COLUMN shop.inventory.release_date IS 'On sale from this day on';
"""


def upgrade() -> None:
    """Create the schema shop, referred-to tables first."""
    # A database that only keeps books beside tables of its own: -x shop=no
    if context.get_x_argument(as_dictionary=True).get("shop") == "no":
        return
    for part in (PLACES, ATTRIBUTES, CATEGORIES, PRODUCTS, VALUES, OFFERS):
        op.execute(part)
