-- order --
-- What people want to know of an order.
SELECT id, number, shop_code, status, status_since, payment, currency, total, captured, refunded,
       customer_name, country, ordered_at, data
  FROM orders.customer_order
 WHERE id = %(id)s

-- deliveries --
-- Its deliveries.
SELECT d.id, d.number, d.supplier, d.delivery_group, d.status, d.status_since, d.available_on,
       d.tracking_status, e.estimated_from, e.estimated_to, e.guaranteed_on, e.confirmed_at
  FROM orders.delivery d
  LEFT JOIN orders.delivery_dates e ON e.delivery_id = d.id
 WHERE d.order_id = %(id)s
 ORDER BY d.id

-- lines --
-- The lines of its deliveries.
SELECT d.number AS delivery, l.reference, l.sku, l.quantity, l.shipped, l.rejected,
       l.estimated_from, l.estimated_to, l.guaranteed_on, l.confirmed_at, l.invoice_number,
       l.invoice_date, l.remark
  FROM orders.delivery d
  JOIN orders.delivery_line l ON l.delivery_id = d.id
 WHERE d.order_id = %(id)s
 ORDER BY l.delivery_id, l.id

-- parcels --
-- Its parcels.
SELECT d.number AS delivery, p.number, p.carrier, p.status, p.at
  FROM orders.delivery d
  JOIN orders.parcel p ON p.delivery_id = d.id
 WHERE d.order_id = %(id)s
 ORDER BY p.delivery_id, p.number

-- history --
-- How it came there.
SELECT h.at, coalesce(d.number, o.number) AS subject, h.trigger, h.source, h.dest, h.actor,
       h.event_id, h.run, h.reason
  FROM orders.history h
  JOIN orders.customer_order o ON o.id = h.order_id
  LEFT JOIN orders.delivery d ON d.id = h.delivery_id
 WHERE h.order_id = %(id)s
 ORDER BY h.id

-- flags --
-- What it told the exporters.
SELECT f.seq, f.flag, d.number AS delivery, f.raised_at
  FROM orders.flag f
  LEFT JOIN orders.delivery d ON d.id = f.delivery_id
 WHERE f.order_id = %(id)s
 ORDER BY f.seq

-- events --
-- What others said of it.
SELECT id, feed, event_id, state, occurred_at, received_at, attempts, reason, issues
  FROM orders.inbox
 WHERE order_id = %(id)s
 ORDER BY id

-- exports --
-- What became of its flags.
SELECT i.id, i.seq, i.flag, d.number AS delivery, i.state, i.exporter, i.state_since, i.on_hold,
       i.reason
  FROM orders.export_item i
  LEFT JOIN orders.delivery d ON d.id = i.delivery_id
 WHERE i.order_id = %(id)s
 ORDER BY i.seq, i.id

-- messages --
-- What others were told of it, alone or with other orders.
SELECT id, key, target, recipient, state, state_since, attempts, reason, created_at
  FROM orders.outbox
 WHERE order_id = %(id)s
    OR id IN (SELECT l.message_id
                FROM orders.export_item i
                JOIN orders.export_message l ON l.item_id = i.id
               WHERE i.order_id = %(id)s)
 ORDER BY id

-- decisions --
-- What people decided about its exports, and holds.
SELECT h.at, h.what, i.flag, h.actor, h.reason
  FROM orders.export_history h
  LEFT JOIN orders.export_item i ON i.id = h.item_id
 WHERE h.order_id = %(id)s
 ORDER BY h.id

-- holds --
-- Who has put it on hold, if somebody has.
SELECT actor, reason, since FROM orders.order_hold WHERE order_id = %(id)s

-- search --
-- Orders, the newest first: those whose number begins so, or that have such a delivery or parcel.
-- The last character of Unicode ends the range of numbers, which the index then serves.
SELECT o.id, o.number, o.shop_code, o.status, o.status_since, o.currency, o.total, o.ordered_at,
       h.order_id IS NOT NULL AS on_hold
  FROM orders.customer_order o
  LEFT JOIN orders.order_hold h ON h.order_id = o.id
 WHERE o.id < %(before)s
   AND (%(number)s = ''
        OR (o.number >= %(number)s AND o.number < %(number)s || chr(1114111))
        OR o.id = ANY (ARRAY(SELECT order_id FROM orders.delivery WHERE number = %(number)s
                              UNION ALL
                             SELECT d.order_id
                               FROM orders.parcel p
                               JOIN orders.delivery d ON d.id = p.delivery_id
                              WHERE p.number = %(number)s)))
   AND (%(status)s = '' OR o.status = %(status)s)
   AND (%(shop)s = '' OR o.shop_code = %(shop)s)
   AND (NOT %(on_hold)s OR h.order_id IS NOT NULL)
 ORDER BY o.id DESC
 LIMIT %(limit)s

-- event --
-- One event of the inbox.
SELECT i.id, i.feed, i.event_id, i.state, i.occurred_at, i.received_at, i.settled_at, i.give_up_at,
       i.attempts, i.reason, i.issues, i.payload, o.number AS order_number,
       coalesce(i.message_key, '') AS message
  FROM orders.inbox i
  LEFT JOIN orders.customer_order o ON o.id = i.order_id
 WHERE i.id = %(id)s

-- inbox --
-- Events of some states, the oldest first.
SELECT i.id, i.feed, i.event_id, i.state, i.received_at, i.attempts, i.reason,
       coalesce(o.number, i.payload ->> 'order_number', i.payload ->> 'delivery_number', '')
       AS order_number, coalesce(i.message_key, '') AS message
  FROM orders.inbox i
  LEFT JOIN orders.customer_order o ON o.id = i.order_id
 WHERE i.state = ANY(%(states)s) AND i.id > %(past)s
 ORDER BY i.id
 LIMIT %(limit)s

-- conflicts --
-- What came under the number of an event that says something else.
SELECT i.id, i.feed, i.event_id, c.received_at, i.payload AS kept, c.payload AS other
  FROM orders.inbox_conflict c
  JOIN orders.inbox i ON i.id = c.inbox_id
 WHERE c.inbox_id > %(past)s
 ORDER BY c.inbox_id
 FETCH FIRST %(limit)s ROWS WITH TIES

-- refusals --
-- Messages of sources that are asked which say what cannot be.
SELECT id, feed, position, place, reason, refused_at, body
  FROM orders.feed_refusal
 WHERE id > %(past)s
 ORDER BY id
 LIMIT %(limit)s
