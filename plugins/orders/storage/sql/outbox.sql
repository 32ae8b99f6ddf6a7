-- put --
-- Put messages into the outbox; one that is there stays as it is.
INSERT INTO orders.outbox
       (key, target, recipient, content_type, body, order_id, state, reason, acknowledge_within)
SELECT t.key, t.target, t.recipient, t.content_type, t.body, t.order_id, t.state, t.reason, t.within
  FROM unnest(%(keys)s::text[], %(targets)s::text[], %(recipients)s::text[],
              %(content_types)s::text[], %(bodies)b::bytea[], %(orders)s::bigint[],
              %(states)s::text[], %(reasons)s::text[], %(within)s::interval[])
       WITH ORDINALITY
       AS t (key, target, recipient, content_type, body, order_id, state, reason, within, turn)
 ORDER BY t.turn
    ON CONFLICT (key) DO NOTHING

-- sign_on --
-- Take a number for a sender; the lock of that number lives as long as its connection.
SELECT n, pg_advisory_lock('orders.outbox'::regclass::oid::integer, n)
  FROM (SELECT nextval('orders.sender')::integer AS n) AS drawn

-- recover --
-- What senders that are gone have had in their hands: a target that takes a key once gets it again,
-- of others nobody knows whether they have it.
WITH lost AS (
    SELECT id
      FROM orders.outbox
     WHERE state = 'sending' AND target = %(target)s
       AND pg_try_advisory_xact_lock('orders.outbox'::regclass::oid::integer, sender)
     ORDER BY id
       FOR UPDATE SKIP LOCKED
), found AS (
    UPDATE orders.outbox o
       SET state = CASE WHEN %(repeatable)s THEN 'pending' ELSE 'uncertain' END,
           state_since = clock_timestamp(), due_at = clock_timestamp(), doubtful = true,
           reason = 'its sender was lost'
      FROM lost
     WHERE o.id = lost.id
    RETURNING o.id, o.state, o.reason
)
INSERT INTO orders.outbox_history (message_id, state, actor, run, reason)
SELECT id, state, 'sender', %(run)s, reason FROM found ORDER BY id
RETURNING message_id

-- claim --
-- Take messages that are due into one's hands, those that wait longest first; none while the circuit
-- of the target is open.
WITH due AS (
    SELECT id
      FROM orders.outbox
     WHERE state = 'pending' AND target = %(target)s AND due_at <= clock_timestamp()
       AND (%(order)s::bigint IS NULL OR order_id = %(order)s)
       AND NOT EXISTS (SELECT FROM orders.circuit
                        WHERE target = %(target)s AND open_until > clock_timestamp())
     ORDER BY due_at, id
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
)
UPDATE orders.outbox o
   SET state = 'sending', state_since = clock_timestamp(), sender = %(sender)s,
       attempts = attempts + 1
  FROM due
 WHERE o.id = due.id
RETURNING o.id, o.key, o.recipient, o.content_type, o.body, o.attempts, o.doubtful

-- doubtful --
-- Messages that nobody knows of whether their target has them, once a receiver that still worked on
-- one must have ended: before, it would say that it has none. Who asks is noted: answers that come
-- after somebody else has asked and sent again are old.
WITH open AS (
    SELECT id
      FROM orders.outbox
     WHERE state = 'uncertain' AND target = %(target)s
       AND state_since <= clock_timestamp() - interval '2 minutes'
     ORDER BY id
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
)
UPDATE orders.outbox o
   SET sender = %(sender)s
  FROM open
 WHERE o.id = open.id
RETURNING o.id, o.key, o.recipient, o.content_type, o.body, o.attempts, o.doubtful

-- settle --
-- Note what became of messages in the hands of a sender, or what it was told of them; what somebody
-- else has done or decided meanwhile stays.
WITH told AS (
    SELECT id, state, reason, doubtful, wait_s
      FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[],
                  %(doubtful)s::boolean[], %(waits_s)s::double precision[])
           AS t (id, state, reason, doubtful, wait_s)
), held AS (
    SELECT o.id
      FROM orders.outbox o
      JOIN told ON told.id = o.id
     WHERE o.state = %(from)s AND o.sender = %(sender)s
     ORDER BY o.id
       FOR UPDATE OF o
), done AS (
    UPDATE orders.outbox o
       SET state = told.state, state_since = clock_timestamp(), reason = told.reason,
           doubtful = told.doubtful,
           due_at = clock_timestamp() + make_interval(secs => told.wait_s)
      FROM told
      JOIN held ON held.id = told.id
     WHERE o.id = told.id
    RETURNING o.id, o.state, o.reason
)
INSERT INTO orders.outbox_history (message_id, state, actor, run, reason)
SELECT id, state, 'sender', %(run)s, reason FROM done ORDER BY id

-- hear --
-- A target has answered.
DELETE FROM orders.circuit WHERE target = %(target)s

-- miss --
-- A target has not answered: from some failures on it is left alone, longer each time.
INSERT INTO orders.circuit AS c (target, failures) VALUES (%(target)s, %(silent)s)
    ON CONFLICT (target) DO UPDATE
   SET failures = c.failures + %(silent)s,
       open_until = CASE WHEN c.failures + %(silent)s >= %(patience)s
           THEN clock_timestamp() + least(interval '1 hour', interval '1 minute'
                * power(2, least(c.failures + %(silent)s - %(patience)s, 10)))
           ELSE c.open_until END

-- decide --
-- What a person decides of messages that cannot go on by themselves.
WITH decided AS (
    SELECT id
      FROM orders.outbox
     WHERE id = ANY(%(ids)s) AND state = ANY(%(from)s)
     ORDER BY id
       FOR UPDATE
), done AS (
    UPDATE orders.outbox o
       SET state = %(state)s, state_since = clock_timestamp(), due_at = clock_timestamp(),
           attempts = CASE WHEN %(state)s = 'pending' THEN 0 ELSE attempts END,
           reason = %(reason)s
      FROM decided
     WHERE o.id = decided.id
    RETURNING o.id
), noted AS (
    INSERT INTO orders.outbox_history (message_id, state, actor, reason)
    SELECT id, %(state)s, %(actor)s, %(reason)s FROM done ORDER BY id
)
SELECT id FROM done ORDER BY id

-- lock --
-- Lock messages of which their receivers speak.
SELECT id, target, state FROM orders.outbox WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE

-- acknowledge --
-- Note what receivers have said of messages that are locked.
WITH told AS (
    SELECT id, state, reason, feed, event
      FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(feeds)s::text[],
                  %(events)s::bigint[]) AS t (id, state, reason, feed, event)
), done AS (
    UPDATE orders.outbox o
       SET state = told.state, state_since = clock_timestamp(), reason = told.reason,
           doubtful = false
      FROM told
     WHERE o.id = told.id
    RETURNING o.id, o.state, o.reason, told.feed, told.event
)
INSERT INTO orders.outbox_history (message_id, state, actor, run, reason, event_id)
SELECT id, state, 'feed ' || feed, %(run)s, reason, event FROM done ORDER BY id

-- unacknowledged --
-- What was sent and neither acknowledged nor rejected in time, the oldest first.
SELECT u.id, u.key, u.target, u.recipient, coalesce(o.number, '') AS order_number, u.sent_at,
       date_trunc('second', clock_timestamp() - u.sent_at) AS age, u.acknowledge_within
  FROM orders.unacknowledged u
  LEFT JOIN orders.customer_order o ON o.id = u.order_id
 WHERE %(past)s = 0
    OR (u.sent_at, u.id) > (SELECT state_since, id FROM orders.outbox WHERE id = %(past)s)
 ORDER BY u.sent_at, u.id
 LIMIT %(limit)s

-- count_unacknowledged --
-- How many these are.
SELECT count(*) FROM orders.unacknowledged

-- counts --
-- How many messages are in which state, how many of them should have been acknowledged by now, and
-- since when the oldest is there.
SELECT m.target, m.state, count(*) AS messages, count(u.id) AS unacknowledged,
       min(m.state_since) AS oldest
  FROM orders.outbox m
  LEFT JOIN orders.unacknowledged u ON u.id = m.id
 GROUP BY m.target, m.state
 ORDER BY m.target, m.state

-- messages --
-- Messages in some states, the oldest first.
SELECT m.id, m.key, m.target, m.recipient, m.state, m.state_since, m.attempts, m.due_at, m.reason,
       coalesce(o.number, '') AS order_number
  FROM orders.outbox m
  LEFT JOIN orders.customer_order o ON o.id = m.order_id
 WHERE m.state = ANY(%(states)s) AND m.id > %(past)s
 ORDER BY m.id
 LIMIT %(limit)s

-- message --
-- One message.
SELECT m.id, m.key, m.target, m.recipient, m.state, m.state_since, m.attempts, m.due_at, m.reason,
       m.content_type, m.body, m.doubtful, m.created_at, coalesce(o.number, '') AS order_number
  FROM orders.outbox m
  LEFT JOIN orders.customer_order o ON o.id = m.order_id
 WHERE m.id = %(id)s

-- history --
-- What became of it, in order.
SELECT at, state, actor, run, reason
  FROM orders.outbox_history
 WHERE message_id = %(id)s
 ORDER BY id

-- circuits --
-- Targets that have failed so often that they are left alone for a while.
SELECT target, failures, open_until
  FROM orders.circuit
 WHERE open_until > clock_timestamp()
 ORDER BY target

-- forget --
-- Remove the bytes of what ended long ago, some at once.
WITH old AS (
    SELECT id
      FROM orders.outbox
     WHERE body IS NOT NULL
       AND state IN ('sent', 'acknowledged', 'rejected', 'failed', 'discarded')
       AND state_since < clock_timestamp() - make_interval(days => %(days)s)
     ORDER BY id
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
)
UPDATE orders.outbox o SET body = NULL FROM old WHERE o.id = old.id
