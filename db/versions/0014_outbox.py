"""What is sent to others: the outbox, its history, the circuits, and how far notices have come."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute(
        """
        CREATE TABLE orders.outbox (
            id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            key          text COLLATE "C" NOT NULL UNIQUE
                CONSTRAINT key_not_empty CHECK (key <> ''),
            target       text COLLATE "C" NOT NULL
                CONSTRAINT target_not_empty CHECK (target <> ''),
            recipient    text NOT NULL DEFAULT '',
            content_type text NOT NULL,
            body         bytea,
            order_id     bigint,
            state        text NOT NULL DEFAULT 'pending' CHECK (state IN
                ('pending', 'sending', 'sent', 'acknowledged', 'rejected', 'failed', 'uncertain',
                 'discarded')),
            state_since  timestamptz NOT NULL DEFAULT clock_timestamp(),
            due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
            attempts     smallint NOT NULL DEFAULT 0,
            doubtful     boolean NOT NULL DEFAULT false,
            sender       integer,
            reason       text NOT NULL DEFAULT '',
            created_at   timestamptz NOT NULL DEFAULT clock_timestamp()
        ) WITH (fillfactor = 70);
        CREATE INDEX outbox_due ON orders.outbox (target, due_at, id) WHERE state = 'pending';
        CREATE INDEX outbox_open ON orders.outbox (state, target, id)
            WHERE state IN ('sending', 'failed', 'uncertain', 'rejected');
        CREATE INDEX outbox_kept ON orders.outbox (state_since)
            WHERE body IS NOT NULL
              AND state IN ('sent', 'acknowledged', 'rejected', 'failed', 'discarded');
        CREATE INDEX outbox_by_order ON orders.outbox (order_id) WHERE order_id IS NOT NULL;
        COMMENT ON TABLE orders.outbox IS 'What is sent to others, each message once';
        COMMENT ON COLUMN orders.outbox.key IS
            'Names the message for its target, too; the same in every attempt';
        COMMENT ON COLUMN orders.outbox.body IS 'Byte by byte as sent; removed when kept long enough';
        COMMENT ON COLUMN orders.outbox.order_id IS 'Null where it tells of several orders';
        COMMENT ON COLUMN orders.outbox.doubtful IS
            'Whether the answer of an attempt was lost: the target may have it';
        COMMENT ON COLUMN orders.outbox.sender IS
            'Who sends or has sent it; while it lives it holds the advisory lock of that number';

        CREATE TABLE orders.outbox_history (
            id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            message_id bigint NOT NULL,
            state      text NOT NULL,
            actor      text NOT NULL CONSTRAINT actor_not_empty CHECK (actor <> ''),
            run        text NOT NULL DEFAULT '',
            reason     text NOT NULL DEFAULT '',
            at         timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX outbox_history_by_message ON orders.outbox_history (message_id, id);
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders.outbox_history
            FOR EACH STATEMENT EXECUTE FUNCTION orders.refuse_change();
        COMMENT ON TABLE orders.outbox_history IS
            'What became of every attempt, and what people decided; append-only';

        CREATE SEQUENCE orders.sender AS integer CYCLE;

        CREATE TABLE orders.circuit (
            target     text COLLATE "C" PRIMARY KEY,
            failures   integer NOT NULL,
            open_until timestamptz NOT NULL DEFAULT '-infinity'
        );
        COMMENT ON TABLE orders.circuit IS
            'Targets that have failed since they last answered; nothing is sent until open_until';

        CREATE TABLE orders.notice_cursor (
            single     boolean PRIMARY KEY DEFAULT true CHECK (single),
            history_id bigint NOT NULL
        );
        COMMENT ON TABLE orders.notice_cursor IS 'Up to which move of the history notices are written';

        ALTER TABLE orders.overdue ADD COLUMN told_at timestamptz;
        CREATE INDEX overdue_untold ON orders.overdue (noticed_at) WHERE told_at IS NULL;
        COMMENT ON COLUMN orders.overdue.told_at IS 'When notices of it were written';
        """
    )
