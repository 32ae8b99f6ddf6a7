-- lock --
SELECT id FROM orders.customer_order WHERE id >= %(first)s AND id < %(past)s ORDER BY id FOR UPDATE

-- events --
CREATE TEMPORARY TABLE batch ON COMMIT DROP AS
SELECT id, order_id, occurred_at, feed, payload
  FROM orders.inbox
 WHERE state = 'waiting' AND order_id >= %(first)s AND order_id < %(past)s

-- said --
CREATE TEMPORARY TABLE said ON COMMIT DROP AS
SELECT l.id AS line_id, l.delivery_id, max(b.id) AS event_id,
       (array_agg(r.shipped ORDER BY b.occurred_at DESC) FILTER (WHERE r.shipped IS NOT NULL))[1]
       AS shipped,
       (array_agg(r.estimated_from ORDER BY b.occurred_at DESC)
        FILTER (WHERE r.estimated_from IS NOT NULL))[1] AS estimated_from,
       (array_agg(r.remark ORDER BY b.occurred_at DESC) FILTER (WHERE r.remark IS NOT NULL))[1]
       AS remark,
       jsonb_strip_nulls(jsonb_build_object(
           'shipped', max(b.occurred_at) FILTER (WHERE r.shipped IS NOT NULL),
           'estimated_from', max(b.occurred_at) FILTER (WHERE r.estimated_from IS NOT NULL),
           'remark', max(b.occurred_at) FILTER (WHERE r.remark IS NOT NULL))) AS as_of
  FROM batch b
 CROSS JOIN jsonb_to_recordset(b.payload -> 'lines')
    AS r (reference text, shipped numeric, estimated_from date, remark text)
  JOIN orders.delivery d ON d.order_id = b.order_id
  JOIN orders.delivery_line l ON l.delivery_id = d.id AND l.reference = r.reference
 GROUP BY l.id, l.delivery_id

-- lines --
UPDATE orders.delivery_line l
   SET shipped = coalesce(s.shipped, l.shipped),
       estimated_from = coalesce(s.estimated_from, l.estimated_from),
       remark = coalesce(s.remark, l.remark),
       as_of = l.as_of || s.as_of
  FROM said s
 WHERE l.id = s.line_id

-- moved --
CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
SELECT d.id, d.order_id, d.supplier, d.status AS source, s.event_id,
       CASE WHEN s.is_over THEN 'shipped' ELSE 'packing' END AS dest
  FROM (SELECT l.delivery_id, max(t.event_id) AS event_id,
               bool_and(l.shipped + l.rejected >= l.quantity) AS is_over,
               bool_or(l.shipped > 0) AS is_begun
          FROM orders.delivery_line l
          LEFT JOIN said t ON t.line_id = l.id
         WHERE l.delivery_id IN (SELECT delivery_id FROM said)
         GROUP BY l.delivery_id) s
  JOIN orders.delivery d ON d.id = s.delivery_id
 WHERE s.is_begun

-- history --
INSERT INTO orders.history
       (order_id, delivery_id, machine, trigger, source, dest, actor, event_id, run)
SELECT m.order_id, m.id, 'delivery', w.trigger, w.source, w.dest, 'feed bench', m.event_id, ''
  FROM moved m
  JOIN bench_way w ON w.n >= (SELECT n FROM bench_way WHERE source = m.source)
   AND w.n <= (SELECT n FROM bench_way WHERE dest = m.dest)
 ORDER BY m.order_id, m.id, w.n

-- flags --
INSERT INTO orders.flag (order_id, seq, delivery_id, flag)
SELECT m.order_id, o.flags + row_number() OVER (PARTITION BY m.order_id ORDER BY m.id, w.n), m.id,
       'DELIVERY'
  FROM moved m
  JOIN orders.customer_order o ON o.id = m.order_id
  JOIN bench_way w ON w.flag AND w.n >= (SELECT n FROM bench_way WHERE source = m.source)
   AND w.n <= (SELECT n FROM bench_way WHERE dest = m.dest)
 ORDER BY 1, 2

-- movements --
INSERT INTO orders.stock_movement (line_id, kind, on_hand, reserved)
SELECT l.id, 'allocated', -l.quantity, -l.quantity
  FROM moved m
  JOIN orders.delivery_line l ON l.delivery_id = m.id
 WHERE m.source = 'awaiting_allocation'
 ORDER BY l.id

-- stock --
INSERT INTO orders.stock AS s (supplier, sku, on_hand, reserved)
SELECT m.supplier, l.sku, -sum(l.quantity), -sum(l.quantity)
  FROM moved m
  JOIN orders.delivery_line l ON l.delivery_id = m.id
 WHERE m.source = 'awaiting_allocation'
 GROUP BY m.supplier, l.sku
 ORDER BY m.supplier, l.sku
    ON CONFLICT (supplier, sku) DO UPDATE
   SET on_hand = s.on_hand + excluded.on_hand, reserved = s.reserved + excluded.reserved

-- deliveries --
UPDATE orders.delivery d
   SET status = m.dest, status_since = clock_timestamp()
  FROM moved m
 WHERE d.id = m.id

-- orders --
UPDATE orders.customer_order o
   SET status = CASE WHEN s.is_complete THEN 'completed' ELSE 'partially_shipped' END,
       status_since = clock_timestamp(),
       flags = o.flags + s.flags
  FROM (SELECT m.order_id, bool_and(d.status = 'shipped') AS is_complete,
               2 * count(DISTINCT m.id) AS flags
          FROM moved m
          JOIN orders.delivery d ON d.order_id = m.order_id
         WHERE m.dest = 'shipped'
         GROUP BY m.order_id) s
 WHERE o.id = s.order_id

-- order_history --
INSERT INTO orders.history (order_id, machine, trigger, source, dest, actor, event_id, run)
SELECT o.id, 'order', 'delivery_shipped', 'in_progress', o.status, 'feed bench', m.event_id, ''
  FROM moved m
  JOIN orders.customer_order o ON o.id = m.order_id
 WHERE m.dest = 'shipped'
 ORDER BY o.id

-- settle --
UPDATE orders.inbox i
   SET state = 'applied', merged = true, settled_at = clock_timestamp()
  FROM batch b
 WHERE i.id = b.id
