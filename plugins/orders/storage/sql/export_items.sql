-- begin_run --
-- Note that a run of the chain has begun; asked again it is the same one.
INSERT INTO orders.export_run AS r (run) VALUES (%(run)s)
    ON CONFLICT (run) DO UPDATE SET run = r.run
RETURNING id

-- claim --
-- Lock some orders with flags that wait for their turn: none that came before is still on its way.
-- The list of states lets the small index serve.
WITH heads AS (
    SELECT DISTINCT i.order_id
      FROM orders.export_item i
     WHERE i.state = 'waiting' AND NOT i.on_hold AND i.order_id > %(past)s
       AND (%(order)s::bigint IS NULL OR i.order_id = %(order)s)
       AND (%(flag)s = '' OR i.flag = %(flag)s)
       AND NOT EXISTS (SELECT FROM orders.export_item e
                        WHERE e.order_id = i.order_id AND e.seq < i.seq
                          AND e.state IN ('held', 'sending'))
     ORDER BY i.order_id
     LIMIT %(limit)s
)
SELECT o.id
  FROM orders.customer_order o
  JOIN heads ON heads.order_id = o.id
 ORDER BY o.id
   FOR UPDATE OF o SKIP LOCKED

-- newest --
-- The newest flag that waits.
SELECT coalesce(max(id), 0) FROM orders.export_item WHERE state = 'waiting' AND NOT on_hold

-- waiting --
-- The flags whose turn it is, of orders that are locked.
SELECT i.*
  FROM orders.export_subject i
 WHERE i.order_id = ANY(%(orders)s) AND i.state = 'waiting' AND NOT i.on_hold
   AND (%(flag)s = '' OR i.flag = %(flag)s)
   AND i.seq = (SELECT min(m.seq)
                  FROM orders.export_item m
                 WHERE m.order_id = i.order_id AND m.state IN ('waiting', 'held', 'sending'))
 ORDER BY i.order_id, i.id

-- lock_taken --
-- Lock some orders with flags that an exporter has taken and not written a message about.
WITH taken AS (
    SELECT DISTINCT i.order_id
      FROM orders.export_item i
     WHERE i.state = 'sending' AND i.exporter = %(exporter)s AND i.order_id > %(past)s
       AND (%(order)s::bigint IS NULL OR i.order_id = %(order)s)
       AND NOT EXISTS (SELECT FROM orders.export_message m WHERE m.item_id = i.id)
     ORDER BY i.order_id
     LIMIT %(limit)s
)
SELECT o.id
  FROM orders.customer_order o
  JOIN taken ON taken.order_id = o.id
 ORDER BY o.id
   FOR UPDATE OF o SKIP LOCKED

-- forsaken --
-- What was taken by exporters that are gone, and has no message yet, waits again.
UPDATE orders.export_item i
   SET state = 'waiting', state_since = clock_timestamp(), exporter = NULL,
       reason = 'the exporter that had taken it is gone'
 WHERE i.state = 'sending' AND i.exporter <> ALL(%(exporters)s)
   AND NOT EXISTS (SELECT FROM orders.export_message m WHERE m.item_id = i.id)

-- taken --
-- The flags that an exporter has taken, of orders that are locked.
SELECT i.*
  FROM orders.export_subject i
 WHERE i.order_id = ANY(%(orders)s) AND i.state = 'sending' AND i.exporter = %(exporter)s
   AND NOT EXISTS (SELECT FROM orders.export_message m WHERE m.item_id = i.id)
 ORDER BY i.order_id, i.id

-- move --
-- Bring items where they belong.
UPDATE orders.export_item i
   SET state = t.state, state_since = clock_timestamp(), reason = t.reason,
       exporter = nullif(t.exporter, ''), next_flag = nullif(t.next_flag, ''),
       exported_at = CASE WHEN t.state = 'exported' THEN clock_timestamp() ELSE i.exported_at END,
       run_id = coalesce(%(run)s, i.run_id)
  FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(exporters)s::text[], %(reasons)s::text[],
              %(next_flags)s::text[])
       AS t (id, state, exporter, reason, next_flag)
 WHERE i.id = t.id
   AND (i.state, i.reason, coalesce(i.exporter, ''), coalesce(i.next_flag, ''), i.run_id)
       IS DISTINCT FROM (t.state, t.reason, t.exporter, t.next_flag, coalesce(%(run)s, i.run_id))

-- link --
-- Say which message is about which item.
INSERT INTO orders.export_message (item_id, message_id)
SELECT t.item_id, m.id
  FROM unnest(%(items)s::bigint[], %(keys)s::text[]) AS t (item_id, key)
  JOIN orders.outbox m ON m.key = t.key
 ORDER BY t.item_id, m.id
    ON CONFLICT DO NOTHING

-- follow --
-- Items follow their messages: all must have been sent, and the worst of them tells. What was
-- exported, then rejected and sent again raises its next flag no second time.
WITH touched AS (
    SELECT DISTINCT item_id FROM orders.export_message WHERE message_id = ANY(%(messages)s)
), told AS (
    SELECT t.item_id,
           CASE WHEN bool_or(m.state IN ('pending', 'sending')) THEN 'sending'
                WHEN bool_or(m.state = 'uncertain') THEN 'uncertain'
                WHEN bool_or(m.state = 'failed') THEN 'dead'
                WHEN bool_or(m.state = 'rejected') THEN 'rejected'
                WHEN bool_or(m.state = 'discarded') THEN 'discarded'
                ELSE 'exported' END AS state,
           coalesce(max(m.reason) FILTER (WHERE m.state NOT IN ('sent', 'acknowledged')), '')
           AS reason
      FROM touched t
      JOIN orders.export_message l ON l.item_id = t.item_id
      JOIN orders.outbox m ON m.id = l.message_id
     GROUP BY t.item_id
)
UPDATE orders.export_item i
   SET state = told.state, reason = told.reason,
       state_since = CASE WHEN i.state = told.state THEN i.state_since ELSE clock_timestamp() END,
       exported_at = CASE WHEN told.state = 'exported' THEN coalesce(i.exported_at, clock_timestamp())
                          ELSE i.exported_at END
  FROM told
 WHERE i.id = told.item_id AND (i.state, i.reason) IS DISTINCT FROM (told.state, told.reason)
RETURNING i.order_id, i.seq, i.delivery_id,
          CASE WHEN i.state = 'exported' AND old.exported_at IS NULL THEN i.next_flag END

-- orders_of_messages --
-- Lock the orders that messages are about, so that their next flags can be raised.
SELECT o.id
  FROM orders.customer_order o
 WHERE o.id IN (SELECT i.order_id
                  FROM orders.export_message l
                  JOIN orders.export_item i ON i.id = l.item_id
                 WHERE l.message_id = ANY(%(messages)s))
 ORDER BY o.id
   FOR UPDATE

-- raise --
-- Raise the flags that follow: one for the order where all of a flag went one way at once, else one
-- for each delivery.
WITH given AS (
    SELECT t.order_id, t.seq, t.delivery_id, t.flag
      FROM unnest(%(orders)s::bigint[], %(seqs)s::integer[], %(deliveries)s::bigint[],
                  %(flags)s::text[]) AS t (order_id, seq, delivery_id, flag)
), whole AS (
    SELECT g.order_id, g.seq, g.flag,
           count(*) = (SELECT count(*) FROM orders.export_item i
                        WHERE i.order_id = g.order_id AND i.seq = g.seq) AS all_of_it,
           array_agg(g.delivery_id ORDER BY g.delivery_id) AS deliveries
      FROM given g
     GROUP BY g.order_id, g.seq, g.flag
), wanted AS (
    SELECT w.order_id, w.seq, w.flag, d.delivery_id
      FROM whole w
     CROSS JOIN LATERAL (
           SELECT f.delivery_id FROM orders.flag f
            WHERE w.all_of_it AND f.order_id = w.order_id AND f.seq = w.seq
            UNION ALL
           SELECT u.delivery_id FROM unnest(w.deliveries) AS u (delivery_id)
            WHERE NOT w.all_of_it) d
), numbered AS (
    SELECT w.order_id, w.flag, w.delivery_id, o.flags
           + row_number() OVER (PARTITION BY w.order_id ORDER BY w.seq, w.delivery_id) AS seq,
           count(*) OVER (PARTITION BY w.order_id) AS more
      FROM wanted w
      JOIN orders.customer_order o ON o.id = w.order_id
), counted AS (
    UPDATE orders.customer_order o
       SET flags = o.flags + n.more
      FROM (SELECT DISTINCT order_id, more FROM numbered) n
     WHERE o.id = n.order_id
)
INSERT INTO orders.flag (order_id, seq, delivery_id, flag)
SELECT order_id, seq, delivery_id, flag FROM numbered ORDER BY order_id, seq

-- busy_exporters --
-- Exporters with items on their way, and those with items that nobody knows of whether they arrived.
SELECT DISTINCT exporter, false FROM orders.export_item WHERE state = 'sending'
 UNION ALL
SELECT DISTINCT exporter, true FROM orders.export_item WHERE state = 'uncertain'

-- balance --
-- How many items are in which state, in all or of one run.
SELECT state, count(*)
  FROM orders.export_item
 WHERE %(run)s::bigint IS NULL OR run_id = %(run)s
 GROUP BY state
 ORDER BY state

-- listed --
-- Items in some states, the oldest first.
SELECT i.id, o.number AS order_number, coalesce(d.number, '') AS delivery, i.flag, i.seq, i.state,
       coalesce(i.exporter, '') AS exporter, i.state_since, i.on_hold, i.reason
  FROM orders.export_item i
  JOIN orders.customer_order o ON o.id = i.order_id
  LEFT JOIN orders.delivery d ON d.id = i.delivery_id
 WHERE i.state = ANY(%(states)s) AND i.id > %(past)s
 ORDER BY i.id
 LIMIT %(limit)s

-- counts --
-- How many items of which flag and exporter are in which state, and since when the oldest.
SELECT flag, coalesce(exporter, '') AS exporter, state, count(*) AS items,
       min(state_since) AS oldest
  FROM orders.export_item
 GROUP BY flag, exporter, state
 ORDER BY flag, exporter, state

-- open_gate --
-- Ask a person about what an exporter has taken.
INSERT INTO orders.gate (exporter, run_id, rejected_at, remind_every)
VALUES (%(exporter)s, %(run)s, clock_timestamp() + %(within)s::interval, %(remind)s)
RETURNING id

-- hold_items --
-- Let items wait at gates, with what the person is shown of them.
UPDATE orders.export_item i
   SET state = 'held', state_since = clock_timestamp(), reason = '', exporter = %(exporter)s,
       gate_id = t.gate_id, seen = t.seen, run_id = %(run)s
  FROM unnest(%(ids)s::bigint[], %(gates)s::bigint[], %(seen)s::bytea[]) AS t (id, gate_id, seen)
 WHERE i.id = t.id

-- lock_gate_orders --
-- Lock the orders whose flags wait at a gate.
SELECT o.id
  FROM orders.customer_order o
 WHERE o.id IN (SELECT order_id FROM orders.export_item
                 WHERE gate_id = %(gate)s AND state = 'held')
 ORDER BY o.id
   FOR UPDATE

-- decide_gate --
-- Decide, if nobody has.
UPDATE orders.gate
   SET decision = %(decision)s, decided_at = clock_timestamp(), actor = %(actor)s,
       reason = %(reason)s
 WHERE id = %(gate)s AND decision IS NULL
RETURNING exporter

-- gate --
-- A gate and what was decided.
SELECT exporter, decision, actor, reason, opened_at, rejected_at, coalesce(asked_by, '')
  FROM orders.gate WHERE id = %(gate)s

-- gate_items --
-- The flags that wait at a gate, of orders that are locked.
SELECT i.*
  FROM orders.export_subject i
 WHERE i.gate_id = %(gate)s AND i.state = 'held'
 ORDER BY i.order_id, i.id

-- seen --
-- What people were shown of items, and whether their orders are on hold now.
SELECT id, seen, on_hold FROM orders.export_item WHERE id = ANY(%(ids)s) ORDER BY id

-- open_gates --
-- Gates that nobody has decided about, the oldest first, with what waits at them.
SELECT g.id, g.exporter, g.opened_at, g.rejected_at, count(i.id) AS items,
       count(DISTINCT i.order_id) AS orders, min(o.number) AS first_order
  FROM orders.gate g
  LEFT JOIN orders.export_item i ON i.gate_id = g.id AND i.state = 'held'
  LEFT JOIN orders.customer_order o ON o.id = i.order_id
 WHERE g.decision IS NULL AND g.id > %(past)s
 GROUP BY g.id
 ORDER BY g.id
 LIMIT %(limit)s

-- late_gates --
-- Gates whose time is over.
SELECT id FROM orders.gate
 WHERE decision IS NULL AND rejected_at < clock_timestamp()
 ORDER BY id

-- hold_order --
-- Let the flags of an order queue, if they do not already.
INSERT INTO orders.order_hold (order_id, actor, reason)
VALUES (%(order)s, %(actor)s, %(reason)s)
    ON CONFLICT DO NOTHING

-- release_order --
-- Let them go on.
DELETE FROM orders.order_hold WHERE order_id = %(order)s

-- mark_hold --
-- Keep that with what it is about; what was exported may be rejected and sent again.
UPDATE orders.export_item SET on_hold = %(on_hold)s
 WHERE order_id = %(order)s AND on_hold <> %(on_hold)s

-- note --
-- Keep who has decided what.
INSERT INTO orders.export_history (item_id, order_id, what, actor, reason)
SELECT id, order_id, %(what)s, %(actor)s, %(reason)s
  FROM orders.export_item WHERE id = ANY(%(ids)s) ORDER BY id

-- note_order --
-- The same of an order.
INSERT INTO orders.export_history (order_id, what, actor, reason)
VALUES (%(order)s, %(what)s, %(actor)s, %(reason)s)

-- reopen --
-- What a person wants to be matched or discarded.
WITH chosen AS (
    SELECT i.id
      FROM orders.export_item i
     WHERE i.id = ANY(%(ids)s) AND i.state = ANY(%(from)s)
       AND NOT EXISTS (SELECT FROM orders.export_message m WHERE m.item_id = i.id)
     ORDER BY i.id
       FOR UPDATE
)
UPDATE orders.export_item i
   SET state = %(state)s, state_since = clock_timestamp(), reason = %(reason)s
  FROM chosen
 WHERE i.id = chosen.id
RETURNING i.id

-- of_messages --
-- What messages are about, of orders that are locked.
SELECT l.message_id, i.on_hold, i.*
  FROM orders.export_message l
  JOIN orders.export_subject i ON i.id = l.item_id
 WHERE l.message_id = ANY(%(messages)s)
 ORDER BY l.message_id, i.id

-- withdraw --
-- Take messages out of the outbox that their target certainly does not have; the history keeps it.
WITH unlinked AS (
    DELETE FROM orders.export_message WHERE message_id = ANY(%(messages)s)
    RETURNING item_id
), noted AS (
    INSERT INTO orders.outbox_history (message_id, state, actor, run, reason)
    SELECT number, 'withdrawn', 'sender', %(reference)s, %(reason)s
      FROM unnest(%(messages)s::bigint[]) AS t (number)
)
UPDATE orders.export_item i
   SET state = 'waiting', state_since = clock_timestamp(), exporter = NULL, reason = %(reason)s
  FROM unlinked u
 WHERE i.id = u.item_id
   AND NOT EXISTS (SELECT FROM orders.export_message m
                    WHERE m.item_id = i.id AND m.message_id <> ALL(%(messages)s))

-- delete_messages --
-- Remove them.
DELETE FROM orders.outbox WHERE id = ANY(%(messages)s)

-- faults --
-- What must never be, by a word for it: in all, or of what one run has taken.
SELECT 'flags without an item' AS what, count(*)
  FROM orders.flag f
 WHERE (%(run)s::bigint IS NULL
        OR f.order_id IN (SELECT order_id FROM orders.export_item WHERE run_id = %(run)s))
   AND NOT EXISTS (SELECT FROM orders.export_item i
                    WHERE i.order_id = f.order_id AND i.seq = f.seq)
HAVING count(*) > 0
 UNION ALL
SELECT 'items that are not where their messages are', count(*)
  FROM (SELECT FROM orders.export_item i
          JOIN orders.export_message l ON l.item_id = i.id
          JOIN orders.outbox m ON m.id = l.message_id
         WHERE %(run)s::bigint IS NULL OR i.run_id = %(run)s
         GROUP BY i.id
        HAVING (i.state = 'exported') <> bool_and(m.state IN ('sent', 'acknowledged'))
            OR (i.state = 'sending') <> bool_or(m.state IN ('pending', 'sending'))) AS astray
HAVING count(*) > 0
 UNION ALL
SELECT 'items at a gate that is decided, or at none', count(*)
  FROM orders.export_item i
  LEFT JOIN orders.gate g ON g.id = i.gate_id
 WHERE i.state = 'held' AND (g.id IS NULL OR g.decision IS NOT NULL)
HAVING count(*) > 0

-- askers --
-- The runs whose tasks wait for decisions.
SELECT DISTINCT asked_by FROM orders.gate
 WHERE decision IS NULL AND asked_by IS NOT NULL
 ORDER BY asked_by

-- forget_askers --
-- Their runs are gone: others may ask.
UPDATE orders.gate SET asked_by = NULL WHERE decision IS NULL AND asked_by = ANY(%(runs)s)

-- ask --
-- Take some gates that nobody asks about.
WITH unasked AS (
    SELECT id FROM orders.gate
     WHERE decision IS NULL AND asked_by IS NULL
     ORDER BY id
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
)
UPDATE orders.gate g SET asked_by = %(run)s FROM unasked WHERE g.id = unasked.id
RETURNING g.id

-- at_gate --
-- What waits at a gate, for a person.
SELECT o.number AS order_number, coalesce(d.number, '') AS delivery, coalesce(d.supplier, '')
       AS supplier, i.flag, o.shop_code AS shop, o.status, o.total, o.currency
  FROM orders.export_item i
  JOIN orders.customer_order o ON o.id = i.order_id
  LEFT JOIN orders.delivery d ON d.id = i.delivery_id
 WHERE i.gate_id = %(gate)s AND i.state = 'held'
 ORDER BY i.id
 LIMIT %(limit)s
