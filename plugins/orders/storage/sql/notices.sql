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

-- tell --
-- Note that stays are told.
UPDATE orders.overdue
   SET told_at = clock_timestamp()
 WHERE told_at IS NULL
   AND machine || '-' || subject_id || '-' || state || '-' || extract(epoch FROM since)
       = ANY(%(ids)s)
