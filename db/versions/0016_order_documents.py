"""Orders as exporters write them: views that tell the order, and the delivery, of each row."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# What most of them tell of the order.
HEAD = """
           o.number AS order_number, o.shop_code AS shop, o.status AS order_status, o.payment,
           o.currency, o.total, o.captured, o.refunded, o.customer_name,
           nullif(o.customer_email, '') AS customer_email, nullif(o.country, '') AS country,
           o.ordered_at
"""

LINES = """
    CREATE VIEW orders.export_line AS
    SELECT o.id AS order_id, d.id AS delivery_id, l.id AS line_id,
           {head},
           l.supplier, d.number AS delivery_number, d.delivery_group, d.status AS delivery_status,
           l.number AS line_number, l.sku, l.name, coalesce(i.quantity, l.quantity) AS quantity,
           l.unit, l.price, CASE WHEN l.price IS NOT NULL THEN o.currency END AS price_currency,
           coalesce(i.quantity, l.quantity) * l.price AS amount, i.shipped, i.rejected,
           i.estimated_from, i.estimated_to, i.guaranteed_on, i.confirmed_at
      FROM orders.order_line l
      JOIN orders.customer_order o ON o.id = l.order_id
      LEFT JOIN (orders.delivery d JOIN orders.delivery_line i ON i.delivery_id = d.id)
        ON d.order_id = l.order_id AND i.reference = l.number;
    COMMENT ON VIEW orders.export_line IS
        'A row for each line of a delivery; where an order has no deliveries, for each line of it';
    COMMENT ON COLUMN orders.export_line.line_id IS 'Lines in the order in which they came';
    COMMENT ON COLUMN orders.export_line.price_currency IS 'Null where there is no price';
    COMMENT ON COLUMN orders.export_line.amount IS 'Quantity by price';
"""

# OFFSET keeps the planner from computing the dates of all deliveries there are.
DELIVERIES = """
    CREATE VIEW orders.export_delivery AS
    SELECT o.id AS order_id, d.id AS delivery_id,
           {head},
           d.supplier, d.number AS delivery_number, d.delivery_group, d.status AS delivery_status,
           d.tracking_status, e.estimated_from, e.estimated_to, e.guaranteed_on, e.confirmed_at,
           l.lines, l.amount
      FROM orders.customer_order o
      LEFT JOIN orders.delivery d ON d.order_id = o.id
      LEFT JOIN LATERAL (
            SELECT x.* FROM orders.delivery_dates x WHERE x.delivery_id = d.id OFFSET 0) e ON true
      LEFT JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object(
                       'number', x.line_number, 'sku', x.sku, 'name', x.name,
                       'quantity', trim_scale(x.quantity), 'unit', x.unit,
                       'price', trim_scale(x.price), 'shipped', trim_scale(x.shipped),
                       'rejected', trim_scale(x.rejected)) ORDER BY x.line_id) AS lines,
                   sum(x.amount) AS amount
              FROM orders.export_line x
             WHERE x.order_id = o.id AND x.delivery_id IS NOT DISTINCT FROM d.id) l ON true;
    COMMENT ON VIEW orders.export_delivery IS
        'A row for each delivery, with its lines as JSON; for an order without deliveries one row';
    COMMENT ON COLUMN orders.export_delivery.amount IS 'Of all lines: quantity by price';
"""

ORDERS = """
    CREATE VIEW orders.export_order AS
    SELECT o.id AS order_id,
           {head},
           o.status_since, l.suppliers, l.lines
      FROM orders.customer_order o
      LEFT JOIN LATERAL (
            SELECT count(DISTINCT x.supplier) AS suppliers, count(*) AS lines
              FROM orders.order_line x
             WHERE x.order_id = o.id) l ON true;
    COMMENT ON VIEW orders.export_order IS 'A row for each order';
    COMMENT ON COLUMN orders.export_order.status_since IS 'When the order came into its status';
    COMMENT ON COLUMN orders.export_order.suppliers IS 'How many send something of it';
    COMMENT ON COLUMN orders.export_order.lines IS 'How many it has';
"""

PURCHASES = """
    CREATE VIEW orders.export_purchase AS
    SELECT o.*, l.supplier, p.payable, CASE WHEN p.payable IS NOT NULL THEN o.currency END
           AS payable_currency
      FROM orders.export_order o
      JOIN LATERAL (
            SELECT x.supplier,
                   CASE WHEN bool_and(x.price IS NOT NULL) THEN sum(x.quantity * x.price) END
                   AS amount
              FROM orders.order_line x
             WHERE x.order_id = o.order_id
             GROUP BY x.supplier) l ON true
     CROSS JOIN LATERAL (
            SELECT CASE WHEN o.suppliers = 1 THEN o.total ELSE l.amount END AS payable) p;
    COMMENT ON VIEW orders.export_purchase IS
        'A row for each supplier of an order: what is ordered of it';
    COMMENT ON COLUMN orders.export_purchase.payable IS
        'The total of the order if one supplier sends all of it, else what its lines cost; null '
        'where one of them has no price';
"""


def upgrade() -> None:
    """Create the views."""
    for view in (LINES, DELIVERIES, ORDERS, PURCHASES):
        op.execute(view.replace("{head}", HEAD.strip()))
