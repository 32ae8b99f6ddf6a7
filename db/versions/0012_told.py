"""What files say of orders, before it is taken in as events."""

from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        CREATE TABLE orders.told (
            id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            source          text COLLATE "C" NOT NULL
                CONSTRAINT source_not_empty CHECK (source <> ''),
            event           text COLLATE "C" NOT NULL
                CONSTRAINT event_not_empty CHECK (event <> ''),
            line            text COLLATE "C" NOT NULL DEFAULT '',
            order_number    text,
            delivery_number text,
            occurred_at     timestamptz,
            sequence        bigint,
            trigger         text,
            reference       text,
            sku             text,
            ordered         numeric,
            shipped         numeric,
            rejected        numeric,
            estimated_from  date,
            estimated_to    date,
            guaranteed_on   date,
            confirmed_at    timestamptz,
            invoice_number  text,
            invoice_date    date,
            remark          text,
            parcel          text,
            carrier         text,
            scan_status     text,
            scan_at         timestamptz,
            scan_message    text,
            scan_place      text,
            told_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
            UNIQUE (source, event, line)
        );
        COMMENT ON TABLE orders.told IS
            'What files say of orders: a row for each line of each message, taken in by feeds';
        COMMENT ON COLUMN orders.told.source IS 'Which feed takes it in: updates, despatch';
        COMMENT ON COLUMN orders.told.event IS 'Number of the message, as its sender counts';
        COMMENT ON COLUMN orders.told.line IS 'Number of the line in the message';
        CREATE TRIGGER tell_of_work AFTER INSERT ON orders.told
            FOR EACH STATEMENT EXECUTE FUNCTION orders.tell_of_work();
        """
    )
