-- listen --
-- Be told when an event or an order comes in.
LISTEN orders_work

-- look --
-- Whether there is work for a run: an event of an order waits, an acknowledgement of a message that
-- was sent, or a draft that nobody has tried to place. One that was tried has its deliveries, and waits
-- for stock.
SELECT EXISTS (SELECT FROM orders.inbox i
                 JOIN orders.customer_order o ON o.id = i.order_id
                WHERE i.state = 'waiting')
    OR EXISTS (SELECT FROM orders.open_acknowledgement)
    OR EXISTS (SELECT FROM orders.customer_order o
                WHERE o.status = 'draft'
                  AND EXISTS (SELECT FROM orders.order_line l WHERE l.order_id = o.id)
                  AND NOT EXISTS (SELECT FROM orders.delivery d WHERE d.order_id = o.id))

-- settlement --
-- What became of the events that were settled since a moment, how long they took from their arrival,
-- and what is left.
SELECT count(*) FILTER (WHERE state = 'applied') AS applied,
       count(*) FILTER (WHERE state = 'stale') AS stale,
       count(*) FILTER (WHERE state = 'dead') AS dead,
       count(*) FILTER (WHERE state = 'dead' AND attempts >= %(attempts)s) AS failed,
       coalesce(sum(jsonb_array_length(issues)), 0)::bigint AS issues,
       coalesce(extract(epoch FROM percentile_disc(0.5)
           WITHIN GROUP (ORDER BY settled_at - received_at)) * 1000, 0)::bigint AS median_ms,
       coalesce(extract(epoch FROM max(settled_at - received_at)) * 1000, 0)::bigint AS slowest_ms,
       (SELECT count(*) FROM orders.inbox WHERE state = 'waiting') AS waiting,
       (SELECT count(*) FROM orders.inbox WHERE state = 'parked') AS parked
  FROM orders.inbox
 WHERE settled_at >= %(since)s
