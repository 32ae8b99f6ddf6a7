-- lock --
-- Lock orders by their ids, in that order; returns those that exist.
SELECT id FROM orders.customer_order WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE

-- find --
-- The order of a number: its own goes before that of a delivery, that before that of a parcel.
SELECT order_id
  FROM (SELECT id AS order_id, 1 AS rank FROM orders.customer_order WHERE number = %(number)s
         UNION ALL
        SELECT order_id, 2 FROM orders.delivery WHERE number = %(number)s
         UNION ALL
        SELECT d.order_id, 3
          FROM orders.parcel p
          JOIN orders.delivery d ON d.id = p.delivery_id
         WHERE p.number = %(number)s) AS found
 ORDER BY rank, order_id
 LIMIT 1

-- load --
-- Orders as the machine sees them, with their deliveries, lines and parcels. Each is found by an
-- index, however many orders there are.
SELECT o.id, o.number, o.status, o.payment, o.total, o.captured, o.refunded, o.flags, o.as_of,
       (SELECT json_agg(json_build_array(
               d.id, d.number, d.supplier, d.delivery_group, d.status, d.available_on,
               (SELECT json_agg(json_build_array(
                       l.id, l.reference, l.sku, l.quantity::text, l.shipped::text,
                       l.rejected::text, l.as_of) ORDER BY l.id)
                  FROM orders.delivery_line l WHERE l.delivery_id = d.id),
               (SELECT json_agg(json_build_array(
                       p.number, p.carrier, p.status, p.at, p.told) ORDER BY p.number)
                  FROM orders.parcel p WHERE p.delivery_id = d.id)) ORDER BY d.id)
          FROM orders.delivery d
         WHERE d.order_id = o.id)
  FROM orders.customer_order o
 WHERE o.id = ANY(%(ids)s)
 ORDER BY o.id

-- save_orders --
-- Write back what may have changed of orders.
UPDATE orders.customer_order o
   SET status = r.status,
       status_since = CASE WHEN o.status = r.status THEN o.status_since
                           ELSE clock_timestamp() END,
       captured = r.captured,
       refunded = r.refunded,
       flags = r.flags,
       data = o.data || r.said,
       as_of = o.as_of || r.as_of
  FROM json_to_recordset(%(rows)s)
    AS r (id bigint, status text, captured numeric, refunded numeric, flags integer, said jsonb,
          as_of jsonb)
 WHERE o.id = r.id

-- save_deliveries --
-- Write back what may have changed of deliveries.
UPDATE orders.delivery d
   SET status = r.status,
       status_since = CASE WHEN d.status = r.status THEN d.status_since
                           ELSE clock_timestamp() END,
       tracking_status = r.tracking_status
  FROM json_to_recordset(%(rows)s) AS r (id bigint, status text, tracking_status text)
 WHERE d.id = r.id

-- save_lines --
-- Write back what may have changed of lines; what was not said stays.
UPDATE orders.delivery_line l
   SET shipped = r.shipped,
       rejected = r.rejected,
       estimated_from = coalesce(r.estimated_from, l.estimated_from),
       estimated_to = coalesce(r.estimated_to, l.estimated_to),
       guaranteed_on = coalesce(r.guaranteed_on, l.guaranteed_on),
       confirmed_at = coalesce(r.confirmed_at, l.confirmed_at),
       invoice_number = coalesce(r.invoice_number, l.invoice_number),
       invoice_date = coalesce(r.invoice_date, l.invoice_date),
       remark = coalesce(r.remark, l.remark),
       as_of = l.as_of || r.as_of
  FROM json_to_recordset(%(rows)s)
    AS r (id bigint, shipped numeric, rejected numeric, estimated_from date, estimated_to date,
          guaranteed_on date, confirmed_at timestamptz, invoice_number text, invoice_date date,
          remark text, as_of jsonb)
 WHERE l.id = r.id

-- save_parcels --
-- Write parcels, new ones and known ones.
INSERT INTO orders.parcel AS p (delivery_id, number, carrier, status, at, told)
SELECT delivery_id, number, carrier, status, at, told
  FROM json_to_recordset(%(rows)s)
    AS r (delivery_id bigint, number text, carrier text, status text, at timestamptz, told text[])
 ORDER BY delivery_id, number
    ON CONFLICT (delivery_id, number) DO UPDATE
   SET carrier = excluded.carrier, status = excluded.status, at = excluded.at,
       told = excluded.told

-- insert_scans --
-- Keep what couriers said; they repeat themselves.
INSERT INTO orders.scan (delivery_id, number, at, status, message, place, event_id)
SELECT delivery_id, number, at, status, message, place, event_id
  FROM json_to_recordset(%(rows)s)
    AS r (delivery_id bigint, number text, at timestamptz, status text, message text, place text,
          event_id bigint)
 ORDER BY delivery_id, number, at, status
    ON CONFLICT DO NOTHING

-- insert_history --
-- Keep the moves, in the order in which they happened.
INSERT INTO orders.history
       (order_id, delivery_id, machine, trigger, source, dest, actor, event_id, run, reason)
SELECT order_id, delivery_id, machine, trigger, source, dest, actor, event_id, run, reason
  FROM json_to_recordset(%(rows)s)
    AS r (order_id bigint, delivery_id bigint, machine text, trigger text, source text, dest text,
          actor text, event_id bigint, run text, reason text)

-- insert_flags --
-- Raise flags.
INSERT INTO orders.flag (order_id, seq, delivery_id, flag)
SELECT order_id, seq, delivery_id, flag
  FROM json_to_recordset(%(rows)s)
    AS r (order_id bigint, seq integer, delivery_id bigint, flag text)
 ORDER BY order_id, seq

-- insert_movements --
-- Keep what moves did to stock; a line does each kind once, or the transaction fails.
INSERT INTO orders.stock_movement (line_id, kind, on_hand, reserved)
SELECT line_id, kind, on_hand, reserved
  FROM json_to_recordset(%(rows)s)
    AS r (line_id bigint, kind text, on_hand numeric, reserved numeric)
 ORDER BY line_id, kind

-- move_stock --
-- Do the same to stock; rows are locked in the order of their keys.
INSERT INTO orders.stock AS s (supplier, sku, on_hand, reserved)
SELECT supplier, sku, sum(on_hand), sum(reserved)
  FROM json_to_recordset(%(rows)s)
    AS r (supplier text, sku text, on_hand numeric, reserved numeric)
 GROUP BY supplier COLLATE "C", sku COLLATE "C", supplier, sku
 ORDER BY supplier COLLATE "C", sku COLLATE "C"
    ON CONFLICT (supplier, sku) DO UPDATE
   SET on_hand = s.on_hand + excluded.on_hand, reserved = s.reserved + excluded.reserved
