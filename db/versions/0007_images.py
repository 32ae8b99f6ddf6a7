"""Images of products and SKUs: where they are, in which order, and what they show."""

from alembic import context, op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IMAGES = """
    CREATE TABLE shop.product_image (
        id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        product_id       bigint NOT NULL REFERENCES shop.product,
        position         integer NOT NULL
            CONSTRAINT position_is_positive CHECK (position > 0),
        uri              text COLLATE "C" NOT NULL CONSTRAINT uri_not_empty CHECK (uri <> ''),
        alternative_text jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT alternative_text_is_an_object
            CHECK (jsonb_typeof(alternative_text) = 'object'),
        UNIQUE (product_id, position)
    );
    COMMENT ON TABLE shop.product_image IS 'An image on the page of a product';
    COMMENT ON COLUMN shop.product_image.position IS 'The lowest one is shown first';
    COMMENT ON COLUMN shop.product_image.uri IS
        'A path in the image store of the shop, or an address in the web';
    COMMENT ON COLUMN shop.product_image.alternative_text IS
        'What the image shows, for those who do not see it';

    CREATE TABLE shop.sku_image (
        id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sku_id           bigint NOT NULL REFERENCES shop.sku,
        position         integer NOT NULL
            CONSTRAINT position_is_positive CHECK (position > 0),
        uri              text COLLATE "C" NOT NULL CONSTRAINT uri_not_empty CHECK (uri <> ''),
        alternative_text jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT alternative_text_is_an_object
            CHECK (jsonb_typeof(alternative_text) = 'object'),
        UNIQUE (sku_id, position)
    );
    COMMENT ON TABLE shop.sku_image IS
        'An image of one SKU, where it looks different from the others of its product';
    COMMENT ON COLUMN shop.sku_image.position IS 'The lowest one is shown first';
    COMMENT ON COLUMN shop.sku_image.uri IS
        'A path in the image store of the shop, or an address in the web';
    COMMENT ON COLUMN shop.sku_image.alternative_text IS
        'What the image shows, for those who do not see it';
"""


def upgrade() -> None:
    """Create the tables, where the shop is."""
    if context.get_x_argument(as_dictionary=True).get("shop") == "no":
        return
    op.execute(IMAGES)
