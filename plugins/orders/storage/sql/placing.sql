-- drafts --
-- Lock drafts that nobody works on, in the order in which they came. Those that were tried before
-- have their deliveries.
SELECT o.id
  FROM orders.customer_order o
 WHERE o.status = 'draft' AND o.id > %(past)s
   AND EXISTS (SELECT FROM orders.order_line l WHERE l.order_id = o.id)
   AND (%(tried)s OR NOT EXISTS (SELECT FROM orders.delivery d WHERE d.order_id = o.id))
 ORDER BY o.id
 LIMIT %(limit)s
   FOR UPDATE OF o SKIP LOCKED

-- make_deliveries --
-- Make the deliveries of orders that have none: one for each supplier and kind of availability;
-- a customer who wants everything together gets one for all that goes into a parcel.
WITH placed AS (
     SELECT l.order_id, l.supplier, l.available_on,
            CASE WHEN l.availability = 'electronic' OR NOT o.together THEN l.availability
                 WHEN count(*) FILTER (WHERE l.availability <> 'electronic') OVER same
                    = count(*) OVER alike
                 THEN l.availability
                 ELSE 'mixed' END AS delivery_group
       FROM orders.order_line l
       JOIN orders.customer_order o ON o.id = l.order_id
      WHERE l.order_id = ANY(%(ids)s)
        AND NOT EXISTS (SELECT FROM orders.delivery d WHERE d.order_id = l.order_id)
     WINDOW same AS (PARTITION BY l.order_id, l.supplier),
            alike AS (PARTITION BY l.order_id, l.supplier, l.availability)),
     made AS (
     SELECT order_id, supplier, delivery_group, max(available_on) AS available_on,
            row_number() OVER (PARTITION BY order_id ORDER BY supplier, delivery_group) AS n
       FROM placed
      GROUP BY order_id, supplier, delivery_group)
INSERT INTO orders.delivery (order_id, number, supplier, delivery_group, available_on)
SELECT m.order_id, o.number || '-' || m.n, m.supplier, m.delivery_group, m.available_on
  FROM made m
  JOIN orders.customer_order o ON o.id = m.order_id
 ORDER BY m.order_id, m.n

-- make_lines --
-- Give the deliveries their lines.
INSERT INTO orders.delivery_line (delivery_id, reference, sku, quantity)
SELECT d.id, l.number, l.sku, l.quantity
  FROM orders.delivery d
  JOIN orders.order_line l ON l.order_id = d.order_id AND l.supplier = d.supplier
   AND (l.availability = d.delivery_group
        OR d.delivery_group = 'mixed' AND l.availability <> 'electronic')
 WHERE d.order_id = ANY(%(ids)s)
   AND NOT EXISTS (SELECT FROM orders.delivery_line x WHERE x.delivery_id = d.id)
 ORDER BY d.id, l.id

-- waiting_deliveries --
-- Lock the orders of deliveries whose date has come, or whose lines may all be in stock by now,
-- first come, first served. A delivery of several kinds of goods may have no date to wait for.
SELECT o.id, d.id
  FROM orders.delivery d
  JOIN orders.customer_order o ON o.id = d.order_id
 WHERE d.id > %(past)s
   AND (d.status = 'awaiting_date' AND coalesce(d.available_on, %(today)s) <= %(today)s
        OR d.status IN ('awaiting_allocation', 'awaiting_inventory')
           AND NOT EXISTS (
               SELECT FROM orders.delivery_line l
                 LEFT JOIN orders.stock s ON s.supplier = d.supplier AND s.sku = l.sku
                WHERE l.delivery_id = d.id AND coalesce(s.on_hand, 0) < l.quantity))
   AND o.status IN ('in_progress', 'partially_shipped')
 ORDER BY d.id
 LIMIT %(limit)s
   FOR UPDATE OF o SKIP LOCKED

-- lock_stock --
-- Lock and return the stock of articles, in the order of their keys.
SELECT s.supplier, s.sku, s.on_hand, s.reserved
  FROM orders.stock s
  JOIN json_to_recordset(%(rows)s) AS r (supplier text, sku text)
    ON s.supplier = r.supplier AND s.sku = r.sku
 ORDER BY s.supplier, s.sku
   FOR UPDATE OF s
