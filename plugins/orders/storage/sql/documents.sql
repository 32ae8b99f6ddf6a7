-- documents --
-- Orders as templates see them. OFFSET keeps the planner from computing the dates of all
-- deliveries there are.
SELECT o.id, jsonb_build_object(
           'number', o.number, 'shop', o.shop_code, 'status', o.status, 'payment', o.payment,
           'currency', o.currency, 'total', o.total, 'captured', o.captured,
           'refunded', o.refunded, 'customer_name', o.customer_name,
           'customer_email', o.customer_email, 'country', o.country, 'ordered_at', o.ordered_at,
           'lines', coalesce(l.lines, '[]'), 'deliveries', coalesce(d.deliveries, '[]'))::text
  FROM orders.customer_order o
  LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object(
                   'number', l.number, 'sku', l.sku, 'name', l.name, 'supplier', l.supplier,
                   'quantity', l.quantity, 'unit', l.unit, 'price', l.price) ORDER BY l.id) AS lines
          FROM orders.order_line l
         WHERE l.order_id = o.id) l ON true
  LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object(
                   'id', d.id, 'number', d.number, 'supplier', d.supplier,
                   'group', d.delivery_group, 'status', d.status,
                   'tracking_status', d.tracking_status, 'estimated_from', e.estimated_from,
                   'estimated_to', e.estimated_to, 'guaranteed_on', e.guaranteed_on,
                   'parcels', coalesce(p.parcels, '[]'), 'lines', coalesce(i.lines, '[]'))
               ORDER BY d.id) AS deliveries
          FROM orders.delivery d
          LEFT JOIN LATERAL (
                SELECT x.estimated_from, x.estimated_to, x.guaranteed_on
                  FROM orders.delivery_dates x
                 WHERE x.delivery_id = d.id
                OFFSET 0) e ON true
          LEFT JOIN LATERAL (
                SELECT jsonb_agg(jsonb_build_object(
                           'number', p.number, 'carrier', p.carrier, 'status', p.status)
                       ORDER BY p.number) AS parcels
                  FROM orders.parcel p
                 WHERE p.delivery_id = d.id) p ON true
          LEFT JOIN LATERAL (
                SELECT jsonb_agg(jsonb_build_object(
                           'reference', i.reference, 'sku', i.sku, 'name', coalesce(n.name, ''),
                           'quantity', i.quantity, 'shipped', i.shipped, 'rejected', i.rejected)
                       ORDER BY i.id) AS lines
                  FROM orders.delivery_line i
                  LEFT JOIN orders.order_line n
                    ON n.order_id = o.id AND n.number = i.reference
                 WHERE i.delivery_id = d.id) i ON true
         WHERE d.order_id = o.id) d ON true
 WHERE o.id = ANY(%(ids)s)
 ORDER BY o.id
