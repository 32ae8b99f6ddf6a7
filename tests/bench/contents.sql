-- Orders of two lines, each in one delivery of one of four suppliers.
INSERT INTO orders.customer_order
    (number, shop_code, status, currency, total, customer_name, customer_email, country, ordered_at)
SELECT 'B' || to_char(n, 'FM0000000'), 'SHOP10', 'in_progress', 'EUR', 40, 'Customer ' || n,
       'customer' || n || '@example.com', 'DE', '2026-11-01 12:00'
  FROM generate_series(1, %(orders)s) n;

INSERT INTO orders.order_line (order_id, number, sku, name, supplier, quantity, price)
SELECT o.id, n, 'SKU-' || (o.id * 7 + n) %% 500, 'Article', 'SUPPLIER' || o.id %% 4, 2, 10
  FROM orders.customer_order o, generate_series(1, 2) n
 ORDER BY o.id, n;

INSERT INTO orders.delivery (order_id, number, supplier, delivery_group, status)
SELECT id, number || '-1', 'SUPPLIER' || id %% 4, 'standard', 'allocated'
  FROM orders.customer_order
 ORDER BY id;

INSERT INTO orders.delivery_line (delivery_id, reference, sku, quantity, estimated_from)
SELECT d.id, l.number, l.sku, l.quantity, '2026-11-09'
  FROM orders.delivery d
  JOIN orders.order_line l ON l.order_id = d.order_id
 ORDER BY l.id;
