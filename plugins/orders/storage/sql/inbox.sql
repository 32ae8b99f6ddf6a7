-- receive --
-- Take events in; those whose number is known already are left out. An acknowledgement is always
-- parked: whether its message was sent is asked when it is to be applied.
INSERT INTO orders.inbox
       (feed, event_id, fingerprint, order_id, message_key, state, occurred_at, sequence,
        give_up_at, reason, payload)
SELECT e.feed, e.event_id, e.fingerprint::bytea, found.id, e.message_key,
       CASE WHEN found.id IS NULL THEN 'parked' ELSE 'waiting' END,
       e.occurred_at, e.sequence, clock_timestamp() + make_interval(secs => e.patience_s),
       CASE WHEN e.message_key IS NOT NULL THEN 'its message is not known, or was not sent yet'
            WHEN found.id IS NULL THEN 'its order is not known yet' ELSE '' END,
       e.payload
  FROM json_to_recordset(%(events)s)
    AS e (n integer, feed text, event_id text, fingerprint text, order_number text,
          delivery_number text, parcel text, message_key text, occurred_at timestamptz,
          sequence bigint, patience_s double precision, payload jsonb)
  LEFT JOIN orders.customer_order o ON o.number = e.order_number
  LEFT JOIN orders.delivery d ON e.order_number IS NULL AND d.number = e.delivery_number
 CROSS JOIN LATERAL (
       SELECT coalesce(o.id, d.order_id, CASE
              WHEN e.order_number IS NULL AND e.delivery_number IS NULL THEN
              (SELECT min(pd.order_id)
                 FROM orders.parcel p
                 JOIN orders.delivery pd ON pd.id = p.delivery_id
                WHERE p.number = e.parcel
               HAVING count(DISTINCT pd.order_id) = 1) END) AS id) AS found
 ORDER BY e.n
    ON CONFLICT (feed, event_id) DO NOTHING
RETURNING id, feed, event_id

-- known --
-- What the inbox has under the numbers of events, and whether it says the same.
SELECT i.id, i.feed, i.event_id, i.fingerprint
  FROM orders.inbox i
  JOIN json_to_recordset(%(events)s) AS e (feed text, event_id text)
    ON e.feed = i.feed AND e.event_id = i.event_id

-- keep_conflicts --
-- Keep events whose number is known with other contents.
INSERT INTO orders.inbox_conflict (inbox_id, fingerprint, payload)
SELECT inbox_id, fingerprint::bytea, payload
  FROM json_to_recordset(%(rows)s) AS r (inbox_id bigint, fingerprint text, payload jsonb)
 ORDER BY inbox_id
    ON CONFLICT DO NOTHING

-- keep_raw --
-- Keep what was received.
INSERT INTO orders.inbox_raw (inbox_id, content_type, body)
VALUES (%(inbox_id)s, %(content_type)s, %(body)s)

-- remove_raw --
-- Remove some of what was received long ago, the oldest first.
DELETE FROM orders.inbox_raw
 WHERE inbox_id IN (
       SELECT r.inbox_id
         FROM orders.inbox_raw r
         JOIN orders.inbox i ON i.id = r.inbox_id
        WHERE i.received_at < clock_timestamp() - make_interval(days => %(days)s)
        ORDER BY r.inbox_id
        LIMIT %(limit)s)

-- claim --
-- Lock some of the orders that events wait for, past the given one, those of other consumers left
-- out: as many as have about so many events.
  WITH waiting AS MATERIALIZED (
       SELECT order_id, count(*) AS events
         FROM orders.inbox
        WHERE state = 'waiting' AND order_id > %(past)s
        GROUP BY order_id
        ORDER BY order_id
        LIMIT 2000)
SELECT o.id
  FROM waiting w
  JOIN orders.customer_order o ON o.id = w.order_id
 ORDER BY o.id
 LIMIT greatest(1, (SELECT %(events)s / avg(events) FROM waiting)::integer)
   FOR UPDATE OF o SKIP LOCKED

-- events --
-- What waits for these orders; parked events get another chance.
SELECT id, order_id, feed, merged, issues, coalesce(occurred_at, received_at), sequence, payload
  FROM orders.inbox
 WHERE order_id = ANY(%(ids)s) AND state IN ('waiting', 'parked')
 ORDER BY order_id, id

-- claim_messages --
-- Lock some of the messages that acknowledgements are about, past the given one; those that somebody
-- else has locked are left out.
SELECT m.id
  FROM orders.outbox m
 WHERE m.id IN (SELECT a.message_id
                  FROM orders.open_acknowledgement a
                 WHERE a.message_id > %(past)s
                 ORDER BY a.message_id
                 LIMIT %(events)s)
 ORDER BY m.id
   FOR UPDATE SKIP LOCKED

-- acknowledgements --
-- What is said of these messages.
SELECT id, message_id, feed, merged, issues, at, sequence, payload
  FROM orders.open_acknowledgement
 WHERE message_id = ANY(%(ids)s)
 ORDER BY message_id, id

-- settle --
-- Write what became of events.
UPDATE orders.inbox i
   SET state = r.state, reason = r.reason, issues = r.issues, merged = r.merged,
       settled_at = CASE WHEN r.state IN ('applied', 'stale', 'dead') THEN clock_timestamp() END
  FROM json_to_recordset(%(rows)s)
    AS r (id bigint, state text, reason text, issues jsonb, merged boolean)
 WHERE i.id = r.id

-- fail --
-- Count a failure of an event; the last of its attempts kills it.
UPDATE orders.inbox
   SET attempts = attempts + 1,
       reason = %(reason)s,
       state = CASE WHEN attempts + 1 >= %(limit)s THEN 'dead' ELSE state END,
       settled_at = CASE WHEN attempts + 1 >= %(limit)s THEN clock_timestamp() END
 WHERE id = %(id)s AND state IN ('waiting', 'parked')
RETURNING state

-- unpark --
-- Let events wait whose order has appeared.
UPDATE orders.inbox i
   SET order_id = found.order_id, state = 'waiting', reason = ''
  FROM (SELECT p.id, coalesce(o.id, d.order_id, pd.order_id) AS order_id
          FROM orders.inbox p
          LEFT JOIN orders.customer_order o ON o.number = p.payload ->> 'order_number'
          LEFT JOIN orders.delivery d
            ON NOT p.payload ? 'order_number' AND d.number = p.payload ->> 'delivery_number'
          LEFT JOIN LATERAL (
               SELECT min(pd.order_id) AS order_id
                 FROM orders.parcel pc
                 JOIN orders.delivery pd ON pd.id = pc.delivery_id
                WHERE pc.number = p.payload #>> '{scans,0,number}'
               HAVING count(DISTINCT pd.order_id) = 1) pd
            ON NOT p.payload ?| '{order_number,delivery_number}'
         WHERE p.state = 'parked' AND p.order_id IS NULL AND p.message_key IS NULL) AS found
 WHERE i.id = found.id AND found.order_id IS NOT NULL

-- wake --
-- Let what was parked for orders wait again, after something else has moved them.
UPDATE orders.inbox SET state = 'waiting'
 WHERE order_id = ANY(%(ids)s) AND state = 'parked'

-- give_up --
-- Events that have waited too long die.
UPDATE orders.inbox
   SET state = 'dead', settled_at = clock_timestamp(),
       reason = 'gave up waiting: ' || reason
 WHERE state = 'parked' AND give_up_at <= clock_timestamp()
RETURNING id

-- counts --
-- How many events are in each state, by feed.
SELECT feed, state, count(*), min(received_at) FROM orders.inbox GROUP BY feed, state
 ORDER BY feed, state

-- replay --
-- Let dead events wait again, as if they were new.
UPDATE orders.inbox
   SET state = CASE WHEN order_id IS NULL THEN 'parked' ELSE 'waiting' END,
       attempts = 0, settled_at = NULL, give_up_at = clock_timestamp() + interval '7 days',
       reason = %(reason)s
 WHERE id = ANY(%(ids)s) AND state = 'dead'
RETURNING id
