-- copy_orders --
-- Take orders in.
COPY orders.customer_order
     (number, shop_code, payment, currency, total, captured, together, customer_name,
      customer_email, country, ordered_at)
FROM STDIN

-- make_made_lines --
-- Somewhere for lines to be until their orders have ids.
CREATE TEMPORARY TABLE made_line (
    order_number text, number text, sku text, name text, supplier text, quantity numeric,
    price numeric, availability text, available_on date) ON COMMIT DROP

-- copy_lines --
-- Take their lines in.
COPY made_line FROM STDIN

-- insert_lines --
-- Give them to their orders.
INSERT INTO orders.order_line
       (order_id, number, sku, name, supplier, quantity, price, availability, available_on)
SELECT o.id, m.number, m.sku, m.name, m.supplier, m.quantity, m.price, m.availability,
       m.available_on
  FROM made_line m
  JOIN orders.customer_order o ON o.number = m.order_number
 ORDER BY o.id, m.number

-- stock_up --
-- Have enough of everything that drafts ask for.
INSERT INTO orders.stock AS s (supplier, sku, on_hand)
SELECT l.supplier, l.sku, sum(l.quantity)
  FROM orders.order_line l
  JOIN orders.customer_order o ON o.id = l.order_id
 WHERE o.status = 'draft'
 GROUP BY l.supplier, l.sku
 ORDER BY l.supplier, l.sku
    ON CONFLICT (supplier, sku) DO UPDATE SET on_hand = s.on_hand + excluded.on_hand
