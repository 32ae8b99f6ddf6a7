-- The tables that the product files fill: what a real one has, and nothing to spare.
CREATE SCHEMA bench;

CREATE TABLE bench.brand (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE bench.category (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE bench.product (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku         text COLLATE "C" NOT NULL UNIQUE,
    name_en     text NOT NULL,
    name_de     text,
    name_uk     text,
    brand_id    integer NOT NULL REFERENCES bench.brand,
    category_id integer NOT NULL REFERENCES bench.category,
    price       numeric(12, 2) NOT NULL,
    currency    text NOT NULL,
    stock       integer NOT NULL,
    weight      numeric(10, 3),
    active      boolean NOT NULL,
    released    date,
    description text
);
CREATE INDEX product_by_brand ON bench.product (brand_id);
CREATE INDEX product_by_category ON bench.product (category_id);
