"""Orders, their deliveries, what happened to them, and the inbox of what others say of them.

Statuses are written by the state machine only (``plugins/orders/domain/lifecycle.py``). History,
flags, stock movements and scans are append-only: a trigger refuses every change.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ORDERS = """
    CREATE SCHEMA orders;
    COMMENT ON SCHEMA orders IS 'Orders, what moves them, and what they tell others';

    CREATE TABLE orders.customer_order (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        number         text COLLATE "C" NOT NULL UNIQUE
            CONSTRAINT number_not_empty CHECK (number <> ''),
        shop_code      text COLLATE "C" NOT NULL
            CONSTRAINT shop_code_not_empty CHECK (shop_code <> ''),
        status         text NOT NULL DEFAULT 'draft' CONSTRAINT status_is_known CHECK (status IN
            ('draft', 'pending', 'awaiting_payment', 'awaiting_confirmation', 'in_progress',
             'partially_shipped', 'completed', 'cancelled', 'cancelled_refund_due', 'returned',
             'returned_refund_due')),
        status_since   timestamptz NOT NULL DEFAULT clock_timestamp(),
        payment        text NOT NULL DEFAULT 'offline'
            CONSTRAINT payment_is_known CHECK (payment IN ('none', 'online', 'offline')),
        currency       text COLLATE "C" NOT NULL
            CONSTRAINT currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        total          numeric(19, 4) NOT NULL
            CONSTRAINT total_not_negative CHECK (total >= 0),
        captured       numeric(19, 4) NOT NULL DEFAULT 0
            CONSTRAINT captured_not_negative CHECK (captured >= 0),
        refunded       numeric(19, 4) NOT NULL DEFAULT 0
            CONSTRAINT refunded_not_negative CHECK (refunded >= 0),
        together       boolean NOT NULL DEFAULT false,
        customer_name  text NOT NULL DEFAULT '',
        customer_email text NOT NULL DEFAULT '',
        country        text COLLATE "C" NOT NULL DEFAULT '',
        ordered_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
        flags          integer NOT NULL DEFAULT 0,
        data           jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT data_is_an_object CHECK (jsonb_typeof(data) = 'object'),
        as_of          jsonb NOT NULL DEFAULT '{}'
    ) WITH (fillfactor = 70);
    CREATE INDEX customer_order_by_status ON orders.customer_order (status, status_since)
        WHERE status NOT IN ('completed', 'cancelled', 'returned');
    COMMENT ON TABLE orders.customer_order IS
        'What a customer has bought; fillfactor leaves room for the changes of its status';
    COMMENT ON COLUMN orders.customer_order.status IS 'Moved by the state machine only';
    COMMENT ON COLUMN orders.customer_order.payment IS
        'none: nothing is to be paid; online: before the goods leave; offline: by transfer or cash';
    COMMENT ON COLUMN orders.customer_order.total IS 'What is to be paid, with all taxes';
    COMMENT ON COLUMN orders.customer_order.captured IS 'What was paid';
    COMMENT ON COLUMN orders.customer_order.refunded IS 'What was paid back';
    COMMENT ON COLUMN orders.customer_order.together IS
        'Whether the customer wants all goods of a supplier in one parcel';
    COMMENT ON COLUMN orders.customer_order.country IS 'Where it goes, ISO 3166: DE, US';
    COMMENT ON COLUMN orders.customer_order.flags IS 'How many flags it has raised';
    COMMENT ON COLUMN orders.customer_order.data IS 'What feeds say of the order, by name';
    COMMENT ON COLUMN orders.customer_order.as_of IS 'When each entry of data was said';

    CREATE TABLE orders.order_line (
        id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id     bigint NOT NULL REFERENCES orders.customer_order,
        number       text COLLATE "C" NOT NULL CONSTRAINT number_not_empty CHECK (number <> ''),
        sku          text COLLATE "C" NOT NULL CONSTRAINT sku_not_empty CHECK (sku <> ''),
        name         text NOT NULL DEFAULT '',
        supplier     text COLLATE "C" NOT NULL
            CONSTRAINT supplier_not_empty CHECK (supplier <> ''),
        quantity     numeric NOT NULL CONSTRAINT quantity_is_positive CHECK (quantity > 0),
        unit         text NOT NULL DEFAULT 'C62',
        price        numeric(19, 4) CONSTRAINT price_not_negative CHECK (price >= 0),
        availability text NOT NULL DEFAULT 'standard' CONSTRAINT availability_is_known CHECK
            (availability IN ('standard', 'preorder', 'backorder', 'electronic')),
        available_on date,
        UNIQUE (order_id, number)
    );
    COMMENT ON TABLE orders.order_line IS 'One article of an order';
    COMMENT ON COLUMN orders.order_line.supplier IS 'Code of who sends it';
    COMMENT ON COLUMN orders.order_line.unit IS 'UN/ECE recommendation 20: C62 is a piece';
    COMMENT ON COLUMN orders.order_line.price IS 'Of one unit, in the currency of the order';
    COMMENT ON COLUMN orders.order_line.available_on IS 'What a preorder waits for';

    CREATE TABLE orders.delivery (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id       bigint NOT NULL REFERENCES orders.customer_order,
        number         text COLLATE "C" NOT NULL UNIQUE
            CONSTRAINT number_not_empty CHECK (number <> ''),
        supplier       text COLLATE "C" NOT NULL,
        delivery_group text NOT NULL CONSTRAINT delivery_group_is_known CHECK (delivery_group IN
            ('standard', 'preorder', 'backorder', 'electronic', 'mixed')),
        status         text NOT NULL DEFAULT 'created' CONSTRAINT status_is_known CHECK (status IN
            ('created', 'reserved', 'awaiting_allocation', 'awaiting_date', 'awaiting_inventory',
             'allocated', 'packing', 'ready', 'ready_payment_due', 'in_transit',
             'in_transit_payment_due', 'shipped', 'returned', 'wait_voided', 'reservation_voided',
             'deallocated')),
        status_since   timestamptz NOT NULL DEFAULT clock_timestamp(),
        available_on   date,
        tracking_status text NOT NULL DEFAULT 'unknown'
    ) WITH (fillfactor = 70);
    CREATE INDEX delivery_by_order ON orders.delivery (order_id);
    CREATE INDEX delivery_by_status ON orders.delivery (status, id)
        WHERE status NOT IN ('shipped', 'returned', 'wait_voided', 'reservation_voided',
            'deallocated');
    COMMENT ON TABLE orders.delivery IS 'The part of an order that one supplier sends at once';
    COMMENT ON COLUMN orders.delivery.status IS 'Moved by the state machine only';
    COMMENT ON COLUMN orders.delivery.tracking_status IS
        'What couriers say, folded by the time of their saying; moves no status by itself';

    CREATE TABLE orders.delivery_line (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        delivery_id    bigint NOT NULL REFERENCES orders.delivery,
        reference      text COLLATE "C" NOT NULL,
        sku            text COLLATE "C" NOT NULL,
        quantity       numeric NOT NULL CONSTRAINT quantity_is_positive CHECK (quantity > 0),
        shipped        numeric NOT NULL DEFAULT 0
            CONSTRAINT shipped_not_negative CHECK (shipped >= 0),
        rejected       numeric NOT NULL DEFAULT 0
            CONSTRAINT rejected_not_negative CHECK (rejected >= 0),
        estimated_from date,
        estimated_to   date,
        guaranteed_on  date,
        confirmed_at   timestamptz,
        invoice_number text,
        invoice_date   date,
        remark         text,
        as_of          jsonb NOT NULL DEFAULT '{}',
        UNIQUE (delivery_id, reference),
        CONSTRAINT no_more_than_ordered CHECK (shipped + rejected <= quantity)
    ) WITH (fillfactor = 70);
    COMMENT ON TABLE orders.delivery_line IS 'One article of a delivery, in the unit of the order';
    COMMENT ON COLUMN orders.delivery_line.reference IS 'The number of the line of the order';
    COMMENT ON COLUMN orders.delivery_line.shipped IS 'What has been sent';
    COMMENT ON COLUMN orders.delivery_line.rejected IS 'What will never be sent';
    COMMENT ON COLUMN orders.delivery_line.as_of IS 'When each of the others was said';

    -- A rule of sets: the order of the lines plays no part in it.
    CREATE VIEW orders.delivery_dates AS
    SELECT delivery_id,
           CASE WHEN bool_and(confirmed_at IS NOT NULL) THEN max(confirmed_at) END AS confirmed_at,
           CASE WHEN bool_and(guaranteed_on IS NOT NULL) THEN max(guaranteed_on) END
           AS guaranteed_on,
           CASE WHEN NOT bool_and(guaranteed_on IS NOT NULL)
                THEN max(coalesce(guaranteed_on, estimated_from)) END AS estimated_from,
           CASE WHEN NOT bool_and(guaranteed_on IS NOT NULL)
                 AND bool_and(coalesce(guaranteed_on, estimated_to) IS NOT NULL)
                THEN max(coalesce(guaranteed_on, estimated_to)) END AS estimated_to
      FROM orders.delivery_line
     WHERE rejected < quantity
     GROUP BY delivery_id;
    COMMENT ON VIEW orders.delivery_dates IS
        'When a delivery is expected: the latest of its lines; an end only if each line has one';

    CREATE TABLE orders.parcel (
        delivery_id bigint NOT NULL REFERENCES orders.delivery,
        number      text COLLATE "C" NOT NULL CONSTRAINT number_not_empty CHECK (number <> ''),
        carrier     text NOT NULL DEFAULT '',
        status      text NOT NULL DEFAULT 'unknown',
        at          timestamptz,
        told        text[] NOT NULL DEFAULT '{}',
        PRIMARY KEY (delivery_id, number)
    );
    CREATE INDEX parcel_by_number ON orders.parcel (number);
    COMMENT ON TABLE orders.parcel IS 'What a courier carries under one tracking number';
    COMMENT ON COLUMN orders.parcel.at IS 'When the courier said the status';
    COMMENT ON COLUMN orders.parcel.told IS 'Every status that the courier ever said';
"""

HAPPENED = """
    CREATE TABLE orders.history (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id    bigint NOT NULL,
        delivery_id bigint,
        machine     text NOT NULL CHECK (machine IN ('order', 'delivery')),
        trigger     text NOT NULL,
        source      text NOT NULL,
        dest        text NOT NULL,
        actor       text NOT NULL CONSTRAINT actor_not_empty CHECK (actor <> ''),
        event_id    bigint,
        run         text NOT NULL DEFAULT '',
        reason      text NOT NULL DEFAULT '',
        at          timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX history_by_order ON orders.history (order_id, id);
    COMMENT ON TABLE orders.history IS 'Every move of every order and delivery; append-only';
    COMMENT ON COLUMN orders.history.event_id IS 'The event of the inbox that caused it';

    CREATE TABLE orders.flag (
        order_id    bigint NOT NULL,
        seq         integer NOT NULL,
        delivery_id bigint,
        flag        text NOT NULL,
        raised_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (order_id, seq)
    );
    COMMENT ON TABLE orders.flag IS
        'What the machine tells the exporters; flags queue in the order of seq; append-only';

    CREATE TABLE orders.stock (
        supplier text COLLATE "C" NOT NULL,
        sku      text COLLATE "C" NOT NULL,
        on_hand  numeric NOT NULL DEFAULT 0,
        reserved numeric NOT NULL DEFAULT 0,
        PRIMARY KEY (supplier, sku)
    ) WITH (fillfactor = 50);
    COMMENT ON TABLE orders.stock IS
        'What each supplier has for our orders; fillfactor leaves room for frequent updates';
    COMMENT ON COLUMN orders.stock.on_hand IS
        'Below zero where a supplier has sent more than was counted';
    COMMENT ON COLUMN orders.stock.reserved IS 'Set aside for orders; part of what is on hand';

    CREATE TABLE orders.stock_movement (
        line_id  bigint NOT NULL,
        kind     text NOT NULL CHECK (kind IN
            ('reserved', 'reservation_voided', 'allocated', 'deallocated')),
        on_hand  numeric NOT NULL,
        reserved numeric NOT NULL,
        at       timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (line_id, kind)
    );
    COMMENT ON TABLE orders.stock_movement IS
        'What the moves of a delivery line did to stock, each once; append-only';

    CREATE TABLE orders.scan (
        delivery_id bigint NOT NULL,
        number      text COLLATE "C" NOT NULL,
        at          timestamptz NOT NULL,
        status      text NOT NULL,
        message     text NOT NULL DEFAULT '',
        place       text NOT NULL DEFAULT '',
        event_id    bigint NOT NULL,
        PRIMARY KEY (delivery_id, number, at, status)
    );
    COMMENT ON TABLE orders.scan IS 'Every saying of a courier about a parcel, once; append-only';

    CREATE FUNCTION orders.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'orders.% is append-only', TG_TABLE_NAME;
    END $$;
"""

INBOX = """
    CREATE TABLE orders.inbox (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        feed        text COLLATE "C" NOT NULL,
        event_id    text COLLATE "C" NOT NULL,
        fingerprint bytea NOT NULL,
        order_id    bigint,
        state       text NOT NULL DEFAULT 'waiting' CHECK (state IN
            ('waiting', 'applied', 'stale', 'parked', 'dead')),
        occurred_at timestamptz,
        sequence    bigint,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        settled_at  timestamptz,
        give_up_at  timestamptz NOT NULL,
        merged      boolean NOT NULL DEFAULT false,
        attempts    smallint NOT NULL DEFAULT 0,
        reason      text NOT NULL DEFAULT '',
        issues      jsonb NOT NULL DEFAULT '[]',
        payload     jsonb NOT NULL,
        UNIQUE (feed, event_id)
    ) WITH (fillfactor = 70);
    CREATE INDEX inbox_open ON orders.inbox (order_id, state)
        WHERE state IN ('waiting', 'parked');
    COMMENT ON TABLE orders.inbox IS 'What others say of orders, each event once';
    COMMENT ON COLUMN orders.inbox.event_id IS
        'As the sender counts; the fingerprint in hexadecimal digits where it does not';
    COMMENT ON COLUMN orders.inbox.fingerprint IS 'SHA-256 of the payload';
    COMMENT ON COLUMN orders.inbox.order_id IS 'Null as long as the order is not known';
    COMMENT ON COLUMN orders.inbox.give_up_at IS 'When an event that waits for something dies';
    COMMENT ON COLUMN orders.inbox.merged IS
        'Whether its data is taken over, and only what it asks of the machine waits';
    COMMENT ON COLUMN orders.inbox.attempts IS 'How often it has failed';
    COMMENT ON COLUMN orders.inbox.issues IS 'What could not be taken over from it';
    COMMENT ON COLUMN orders.inbox.payload IS 'The canonical delivery update';

    CREATE TABLE orders.inbox_raw (
        inbox_id     bigint PRIMARY KEY REFERENCES orders.inbox,
        content_type text NOT NULL,
        body         bytea NOT NULL
    );
    COMMENT ON TABLE orders.inbox_raw IS 'What was received, byte by byte, as long as it is kept';

    CREATE TABLE orders.inbox_conflict (
        inbox_id    bigint NOT NULL REFERENCES orders.inbox,
        fingerprint bytea NOT NULL,
        payload     jsonb NOT NULL,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (inbox_id, fingerprint)
    );
    COMMENT ON TABLE orders.inbox_conflict IS
        'What came under the number of an event that says something else; never applied';
"""

APPEND_ONLY = ("history", "flag", "stock_movement", "scan")

# What waits is in the tables; a notification only says that it is worth looking.
NOTICES = """
    CREATE FUNCTION orders.tell_of_work() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('orders_work', TG_TABLE_NAME);
        RETURN NULL;
    END $$;
    CREATE TRIGGER tell_of_work AFTER INSERT ON orders.inbox
        FOR EACH STATEMENT EXECUTE FUNCTION orders.tell_of_work();
    CREATE TRIGGER tell_of_work AFTER INSERT ON orders.customer_order
        FOR EACH STATEMENT EXECUTE FUNCTION orders.tell_of_work();
"""


def upgrade() -> None:
    """Create the schema orders."""
    for part in (ORDERS, HAPPENED, INBOX, NOTICES):
        op.execute(part)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION orders.refuse_change()"
        )
