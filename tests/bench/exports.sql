-- What stands within each product: two variants, in the order in which a shop would have added them.
CREATE TABLE bench.variant (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES bench.product,
    code       text COLLATE "C" NOT NULL UNIQUE,
    size       text NOT NULL,
    stock      integer NOT NULL
);
INSERT INTO bench.variant (product_id, code, size, stock)
SELECT p.id, p.sku || '-' || s.size, s.size, p.stock + s.number
FROM (VALUES (1, 'S'), (2, 'L')) s (number, size) CROSS JOIN bench.product p;
CREATE INDEX variant_by_product ON bench.variant (product_id);
