-- events --
-- What waits in the inbox, and what is dead. The lists of states let the small indexes serve.
SELECT feed, state, count(*) AS number, min(received_at) AS oldest
  FROM orders.inbox
 WHERE state IN ('waiting', 'parked')
 GROUP BY feed, state
 UNION ALL
SELECT feed, state, count(*), min(received_at)
  FROM orders.inbox
 WHERE state = 'dead'
 GROUP BY feed, state
 ORDER BY feed, state

-- contradictions --
-- What contradicts events, and what could not be read.
SELECT (SELECT count(*) FROM orders.inbox_conflict) AS conflicts,
       (SELECT count(*) FROM orders.feed_refusal) AS refusals

-- items --
-- Flags that are not at their end; of those that wait, which are queued behind another flag of their
-- order, and which are on hold.
SELECT flag, coalesce(exporter, '') AS exporter, state, count(*) AS number,
       min(state_since) AS oldest
  FROM (SELECT flag, exporter, state, state_since FROM orders.export_item
         WHERE state IN ('held', 'unmatched', 'uncertain', 'dead', 'rejected')
         UNION ALL
        SELECT flag, exporter, state, state_since FROM orders.export_item WHERE state = 'sending'
         UNION ALL
        SELECT i.flag, i.exporter,
               CASE WHEN EXISTS (SELECT FROM orders.export_item e
                                  WHERE e.order_id = i.order_id AND e.seq < i.seq
                                    AND e.state IN ('held', 'sending'))
                    THEN 'queued' ELSE 'waiting' END, i.state_since
          FROM orders.export_item i
         WHERE i.state = 'waiting' AND NOT i.on_hold
         UNION ALL
        SELECT i.flag, i.exporter, 'on_hold', i.state_since
          FROM orders.order_hold h
          JOIN orders.export_item i ON i.order_id = h.order_id
         WHERE i.state = 'waiting') AS open
 GROUP BY flag, exporter, state
 ORDER BY flag, exporter, state

-- messages --
-- Messages that are not at their end.
SELECT target, state, count(*) AS number, min(state_since) AS oldest
  FROM orders.outbox
 WHERE state IN ('sending', 'failed', 'uncertain', 'rejected')
 GROUP BY target, state
 UNION ALL
SELECT target, state, count(*), min(state_since)
  FROM orders.outbox
 WHERE state = 'pending'
 GROUP BY target, state
 UNION ALL
SELECT target, 'unacknowledged', count(*), min(sent_at)
  FROM orders.unacknowledged
 GROUP BY target
 ORDER BY target, state

-- waits --
-- What waits for people.
SELECT (SELECT count(*) FROM orders.gate WHERE decision IS NULL) AS gates,
       (SELECT min(opened_at) FROM orders.gate WHERE decision IS NULL) AS gates_since,
       (SELECT count(*) FROM orders.order_hold) AS holds,
       (SELECT min(since) FROM orders.order_hold) AS holds_since
