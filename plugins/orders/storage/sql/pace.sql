-- hold --
-- Let one sender after the other ask whether a target may get a message.
SELECT pg_advisory_xact_lock('orders.pace'::regclass::oid::integer, hashtext(%(target)s))

-- forget --
-- Remove what is older than a minute.
DELETE FROM orders.pace
 WHERE target = %(target)s AND at <= clock_timestamp() - interval '1 minute'

-- count --
-- How many messages a target got within the last minute.
SELECT count(*) FROM orders.pace WHERE target = %(target)s

-- note --
-- A target gets a message.
INSERT INTO orders.pace (target) VALUES (%(target)s)
