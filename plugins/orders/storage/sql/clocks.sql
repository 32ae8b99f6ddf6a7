-- notice_order --
-- Note the orders that have been in a state for too long, each stay once. The list of ends lets the
-- index of what is open serve, and only a time that stands still can be looked up in it. What is noted
-- already is left to the key: a join would depend on what the planner thinks of a table that grows at
-- once.
INSERT INTO orders.overdue (machine, subject_id, state, since)
SELECT 'order', o.id, o.status, o.status_since
  FROM orders.customer_order o
 WHERE o.status = %(state)s
   AND o.status NOT IN ('completed', 'cancelled', 'returned')
   AND o.status_since < now() - %(longer_than)s
    ON CONFLICT DO NOTHING

-- notice_delivery --
-- The same of deliveries.
INSERT INTO orders.overdue (machine, subject_id, state, since)
SELECT 'delivery', d.id, d.status, d.status_since
  FROM orders.delivery d
 WHERE d.status = %(state)s
   AND d.status NOT IN ('shipped', 'returned', 'wait_voided', 'reservation_voided', 'deallocated')
   AND d.status_since < now() - %(longer_than)s
    ON CONFLICT DO NOTHING

-- overdue --
-- What was noted and is still in that state, the longest stays first.
SELECT n.machine, o.number, o.number AS order_number, n.state, n.since,
       date_trunc('second', clock_timestamp() - n.since) AS age, n.noticed_at
  FROM orders.overdue n
  JOIN orders.customer_order o
    ON o.id = n.subject_id AND o.status = n.state AND o.status_since = n.since
 WHERE n.machine = 'order'
 UNION ALL
SELECT n.machine, d.number, o.number, n.state, n.since,
       date_trunc('second', clock_timestamp() - n.since), n.noticed_at
  FROM orders.overdue n
  JOIN orders.delivery d
    ON d.id = n.subject_id AND d.status = n.state AND d.status_since = n.since
  JOIN orders.customer_order o ON o.id = d.order_id
 WHERE n.machine = 'delivery'
 ORDER BY since, number
 LIMIT %(limit)s
