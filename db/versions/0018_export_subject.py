"""Items of exports with what exporters are chosen by; a run may be about one flag."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the view, and let the index tell the flag."""
    op.execute(
        """
        CREATE VIEW orders.export_subject AS
        SELECT i.id, i.order_id, o.number AS order_number, i.seq, i.flag, i.delivery_id,
               coalesce(d.number, '') AS delivery, o.shop_code, o.status, o.country, o.currency,
               o.payment, o.total, coalesce(d.supplier, '') AS supplier,
               d.status AS delivery_status, d.delivery_group,
               i.state, i.on_hold, i.exporter, i.gate_id
          FROM orders.export_item i
          JOIN orders.customer_order o ON o.id = i.order_id
          LEFT JOIN orders.delivery d ON d.id = i.delivery_id;
        COMMENT ON VIEW orders.export_subject IS
            'Items of exports, with what exporters are chosen by';

        DROP INDEX orders.export_item_waiting;
        CREATE INDEX export_item_waiting ON orders.export_item (order_id, seq) INCLUDE (flag)
            WHERE state = 'waiting' AND NOT on_hold
        """
    )
