"""The rows that a catalogue package refers to and does not bring along."""

from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Insert the rows of a new shop; a row that is already there stays as it is."""
    # A database that only keeps books beside tables of its own: -x shop=no
    if context.get_x_argument(as_dictionary=True).get("shop") == "no":
        return
    op.execute(
        """
        INSERT INTO shop.shop (code, name) VALUES ('SHOP10', 'Demo shop')
        ON CONFLICT DO NOTHING;

        INSERT INTO shop.warehouse (code, name) VALUES ('Main', 'Main warehouse')
        ON CONFLICT DO NOTHING;

        INSERT INTO shop.association_type (code, name) VALUES
            ('accessories', 'Accessories'),
            ('up', 'Up-selling'),
            ('cross', 'Cross-selling'),
            ('buywiththis', 'Often bought together')
        ON CONFLICT DO NOTHING;

        INSERT INTO shop.attribute (code, group_code, name, display_name, navigable) VALUES
            ('brand', 'PRODUCT', 'Brand', '{"en": "Brand", "de": "Marke"}', true),
            ('productType', 'PRODUCT', 'Product type',
             '{"en": "Product type", "de": "Produkttyp"}', true)
        ON CONFLICT DO NOTHING;

        INSERT INTO shop.product_type (name, display_name) VALUES
            ('Default Product', '{"en": "Default Product", "de": "Standardprodukt"}')
        ON CONFLICT DO NOTHING;

        INSERT INTO shop.category (guid, product_type_id, name, display_name)
        SELECT '100', id, 'Catalogue', '{"en": "Catalogue", "de": "Katalog"}'
        FROM shop.product_type WHERE name = 'Default Product'
        ON CONFLICT DO NOTHING;
        """
    )
