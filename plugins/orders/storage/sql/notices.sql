-- begin --
-- The first notices are about what happens from now on.
INSERT INTO orders.notice_cursor (history_id) SELECT coalesce(max(id), 0) FROM orders.history
    ON CONFLICT DO NOTHING

-- lock --
-- How far notices have come; whoever else writes them waits.
SELECT history_id FROM orders.notice_cursor FOR UPDATE

-- end --
-- The last move of all; while the table is locked, no move of a lower number is to come.
SELECT coalesce(max(id), 0) FROM orders.history

-- moves --
-- Moves into some states, of some machines, in a part of the history.
SELECT h.id::text, order_id, delivery_id, machine, trigger, source, dest, at, reason
  FROM orders.history h
 WHERE id > %(past)s AND id <= %(upto)s
   AND machine || '.' || dest = ANY(%(states)s)
   AND at > clock_timestamp() - make_interval(secs => %(limit_s)s)
 ORDER BY h.id

-- move_cursor --
-- Note how far notices have come.
UPDATE orders.notice_cursor SET history_id = %(upto)s

-- untold --
-- Stays that were noted as too long and are not told yet.
SELECT machine || '-' || subject_id || '-' || state || '-' || extract(epoch FROM since),
       coalesce(d.order_id, n.subject_id), d.id, machine, 'overdue', '', state, since, ''
  FROM orders.overdue n
  LEFT JOIN orders.delivery d ON n.machine = 'delivery' AND d.id = n.subject_id
 WHERE told_at IS NULL
   AND noticed_at > clock_timestamp() - make_interval(secs => %(limit_s)s)
 ORDER BY noticed_at, machine, subject_id
 LIMIT %(limit)s
   FOR UPDATE OF n SKIP LOCKED

-- tell_stuck --
-- Note that people are told of exports that stand still, and list some of each shop and state; what
-- waits at a gate is one. What somebody works on is told the next time.
WITH untold AS (
    SELECT i.id
      FROM orders.export_item i
      LEFT JOIN orders.gate g ON g.id = i.gate_id
     WHERE i.state IN ('held', 'unmatched', 'uncertain', 'dead', 'rejected')
       AND i.state = ANY(%(states)s)
       AND CASE WHEN %(again)s
           THEN greatest(i.told_at, i.state_since) < clock_timestamp() - g.remind_every
           ELSE (i.told_at IS NULL OR i.told_at < i.state_since)
                AND i.state_since > clock_timestamp() - make_interval(secs => %(limit_s)s) END
     ORDER BY i.id
       FOR UPDATE OF i SKIP LOCKED
), told AS (
    UPDATE orders.export_item i
       SET told_at = clock_timestamp()
      FROM untold
     WHERE i.id = untold.id
    RETURNING i.id, i.order_id, i.delivery_id, i.flag, i.exporter, i.state, i.state_since,
              i.gate_id, i.reason, i.told_at
), found AS (
    SELECT min(t.id) AS item, t.state, o.shop_code AS shop, min(o.number) AS first_order,
           count(DISTINCT o.id) AS orders,
           CASE WHEN g.id IS NULL THEN coalesce(min(d.number), '') ELSE '' END AS delivery,
           min(t.flag) AS flag, coalesce(min(t.exporter), '') AS exporter, g.id AS gate,
           min(t.state_since) AS since, g.rejected_at, min(t.reason) AS reason,
           max(t.told_at) AS told_at
      FROM told t
      JOIN orders.customer_order o ON o.id = t.order_id
      LEFT JOIN orders.delivery d ON d.id = t.delivery_id
      LEFT JOIN orders.gate g ON g.id = t.gate_id AND t.state = 'held'
     GROUP BY t.state, o.shop_code, g.id, CASE WHEN g.id IS NULL THEN t.id END
), numbered AS (
    SELECT f.*, count(*) OVER (PARTITION BY shop, state) AS total,
           row_number() OVER (PARTITION BY shop, state ORDER BY item) AS place
      FROM found f
)
SELECT item, state, shop, first_order, orders, delivery, flag, exporter, gate, since, rejected_at,
       reason, told_at, total
  FROM numbered
 WHERE place <= %(limit)s
 ORDER BY shop, state, item

-- tell --
-- Note that stays are told.
UPDATE orders.overdue
   SET told_at = clock_timestamp()
 WHERE told_at IS NULL
   AND machine || '-' || subject_id || '-' || state || '-' || extract(epoch FROM since)
       = ANY(%(ids)s)
