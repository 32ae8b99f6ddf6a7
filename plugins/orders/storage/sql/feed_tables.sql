-- begin --
-- Let a feed have a cursor, before the first row.
INSERT INTO orders.feed_cursor (feed) VALUES (%(feed)s) ON CONFLICT DO NOTHING

-- position --
-- How far a feed has come.
SELECT position FROM orders.feed_cursor WHERE feed = %(feed)s

-- lock_position --
-- The same; other collectors of it wait.
SELECT position FROM orders.feed_cursor WHERE feed = %(feed)s FOR UPDATE

-- move --
-- Note how far a feed has come.
UPDATE orders.feed_cursor SET position = %(position)s, moved_at = clock_timestamp()
 WHERE feed = %(feed)s

-- keep_refusal --
-- Keep a row that cannot be taken.
INSERT INTO orders.feed_refusal (feed, position, place, reason, body)
VALUES (%(feed)s, %(position)s, %(place)s, %(reason)s, %(body)s)
