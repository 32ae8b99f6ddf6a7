"""What becomes of flags: items of exports, the messages about them, gates, holds and runs."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ITEMS = """
    CREATE TABLE orders.export_run (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        run         text NOT NULL UNIQUE,
        started_at  timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    COMMENT ON TABLE orders.export_run IS 'Runs of the chain of exporters';
    COMMENT ON COLUMN orders.export_run.run IS 'dag_id/run_id of Airflow, or who has run it by hand';

    CREATE TABLE orders.order_hold (
        order_id bigint PRIMARY KEY,
        actor    text NOT NULL CONSTRAINT actor_not_empty CHECK (actor <> ''),
        reason   text NOT NULL CONSTRAINT reason_not_empty CHECK (reason <> ''),
        since    timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    COMMENT ON TABLE orders.order_hold IS 'Orders whose flags queue until somebody releases them';

    CREATE TABLE orders.gate (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        exporter    text NOT NULL,
        run_id      bigint NOT NULL REFERENCES orders.export_run,
        opened_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
        asked_by    text,
        rejected_at timestamptz,
        decision    text CHECK (decision IN ('approved', 'rejected')),
        decided_at  timestamptz,
        actor       text,
        reason      text NOT NULL DEFAULT '',
        CONSTRAINT decided_by_somebody CHECK
            ((decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (actor IS NULL))
    );
    CREATE INDEX gate_open ON orders.gate (exporter, id) WHERE decision IS NULL;
    COMMENT ON TABLE orders.gate IS 'What a person is asked to approve, and what was decided, once';
    COMMENT ON COLUMN orders.gate.asked_by IS
        'The run of Airflow with the task that waits for the decision; null before there is one';
    COMMENT ON COLUMN orders.gate.rejected_at IS
        'When it is rejected if nobody has decided; null waits for ever';

    CREATE TABLE orders.export_item (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id    bigint NOT NULL,
        seq         integer NOT NULL,
        delivery_id bigint,
        flag        text NOT NULL,
        state       text NOT NULL DEFAULT 'waiting' CHECK (state IN
            ('waiting', 'held', 'sending', 'exported', 'unmatched', 'uncertain', 'dead',
             'rejected', 'discarded')),
        state_since timestamptz NOT NULL DEFAULT clock_timestamp(),
        on_hold     boolean NOT NULL DEFAULT false,
        exporter    text,
        gate_id     bigint REFERENCES orders.gate,
        seen        bytea,
        run_id      bigint REFERENCES orders.export_run,
        reason      text NOT NULL DEFAULT '',
        UNIQUE NULLS NOT DISTINCT (order_id, seq, delivery_id)
    ) WITH (fillfactor = 70);
    CREATE INDEX export_item_waiting ON orders.export_item (order_id, seq)
        WHERE state = 'waiting' AND NOT on_hold;
    CREATE INDEX export_item_busy ON orders.export_item (order_id, seq)
        WHERE state IN ('held', 'sending');
    CREATE INDEX export_item_sending ON orders.export_item (exporter, order_id)
        WHERE state = 'sending';
    CREATE INDEX export_item_stuck ON orders.export_item (state, id)
        WHERE state IN ('held', 'unmatched', 'uncertain', 'dead', 'rejected');
    CREATE INDEX export_item_by_gate ON orders.export_item (gate_id) WHERE gate_id IS NOT NULL;
    CREATE INDEX export_item_by_run ON orders.export_item (run_id) WHERE run_id IS NOT NULL;
    COMMENT ON TABLE orders.export_item IS
        'What becomes of a flag, for each delivery that it is about; a flag that is about an order is '
        'about all of its deliveries';
    COMMENT ON COLUMN orders.export_item.exporter IS 'Which has taken it';
    COMMENT ON COLUMN orders.export_item.gate_id IS 'Where it was held last';
    COMMENT ON COLUMN orders.export_item.seen IS 'SHA-256 of what the person at the gate was shown';
    COMMENT ON COLUMN orders.export_item.run_id IS 'The run that has taken it last';

    CREATE TABLE orders.export_message (
        item_id    bigint NOT NULL REFERENCES orders.export_item,
        message_id bigint NOT NULL REFERENCES orders.outbox,
        PRIMARY KEY (item_id, message_id)
    );
    CREATE INDEX export_message_by_message ON orders.export_message (message_id);
    COMMENT ON TABLE orders.export_message IS 'Which messages of the outbox are about which items';

    CREATE TABLE orders.export_history (
        id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        item_id bigint,
        order_id bigint NOT NULL,
        what    text NOT NULL,
        actor   text NOT NULL CONSTRAINT actor_not_empty CHECK (actor <> ''),
        reason  text NOT NULL DEFAULT '',
        at      timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX export_history_by_order ON orders.export_history (order_id, id);
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders.export_history
        FOR EACH STATEMENT EXECUTE FUNCTION orders.refuse_change();
    COMMENT ON TABLE orders.export_history IS
        'What people decided about exports, and holds: append-only; item_id is null for a hold';
"""

# A flag is queued by whatever raises it, in the same transaction: none can be forgotten.
QUEUE = """
    CREATE FUNCTION orders.queue_flags() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO orders.export_item (order_id, seq, delivery_id, flag, on_hold)
        SELECT f.order_id, f.seq, d.id, f.flag, h.order_id IS NOT NULL
          FROM raised f
          LEFT JOIN orders.delivery d
            ON d.order_id = f.order_id AND (f.delivery_id IS NULL OR d.id = f.delivery_id)
          LEFT JOIN orders.order_hold h ON h.order_id = f.order_id
         ORDER BY f.order_id, f.seq, d.id;
        RETURN NULL;
    END $$;

    INSERT INTO orders.export_item (order_id, seq, delivery_id, flag)
    SELECT f.order_id, f.seq, d.id, f.flag
      FROM orders.flag f
      LEFT JOIN orders.delivery d
        ON d.order_id = f.order_id AND (f.delivery_id IS NULL OR d.id = f.delivery_id)
     ORDER BY f.order_id, f.seq, d.id;

    CREATE TRIGGER queue_flags AFTER INSERT ON orders.flag REFERENCING NEW TABLE AS raised
        FOR EACH STATEMENT EXECUTE FUNCTION orders.queue_flags();
"""


def upgrade() -> None:
    """Create the tables, and queue the flags that were raised before."""
    op.execute(ITEMS)
    op.execute(QUEUE)
