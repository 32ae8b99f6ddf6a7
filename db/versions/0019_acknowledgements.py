"""What receivers say later of messages that they were sent, and what follows from it, once."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INBOX = """
    ALTER TABLE orders.inbox ADD COLUMN message_key text COLLATE "C";
    CREATE INDEX inbox_acknowledgement ON orders.inbox (message_key)
        WHERE message_key IS NOT NULL AND state = 'parked';
    COMMENT ON TABLE orders.inbox IS
        'What others say of orders, and of messages that they were sent; each event once';
    COMMENT ON COLUMN orders.inbox.message_key IS
        'Of an acknowledgement: which message of orders.outbox it is about; null for all others';
    COMMENT ON COLUMN orders.inbox.payload IS
        'The canonical delivery update, or the canonical acknowledgement';
"""

OUTBOX = """
    ALTER TABLE orders.outbox ADD COLUMN acknowledge_within interval;
    CREATE INDEX outbox_unacknowledged ON orders.outbox (state_since)
        WHERE state = 'sent' AND acknowledge_within IS NOT NULL;
    COMMENT ON COLUMN orders.outbox.acknowledge_within IS
        'How long after it was sent its receiver should have acknowledged it; null waits for nothing';

    ALTER TABLE orders.outbox_history ADD COLUMN event_id bigint;
    COMMENT ON COLUMN orders.outbox_history.event_id IS
        'The event of the inbox with which its receiver acknowledged or rejected it';

    ALTER TABLE orders.export_item ADD COLUMN next_flag text, ADD COLUMN exported_at timestamptz;
    UPDATE orders.export_item SET exported_at = state_since WHERE state = 'exported';
    COMMENT ON COLUMN orders.export_item.next_flag IS
        'What its exporter raises behind it, as it was when the messages were written';
    COMMENT ON COLUMN orders.export_item.exported_at IS
        'When all of its messages had been taken for the first time: its next flag was raised then';
"""

VIEWS = """
    CREATE VIEW orders.open_acknowledgement AS
    SELECT i.id, m.id AS message_id, i.feed, i.merged, i.issues,
           coalesce(i.occurred_at, i.received_at) AS at, i.sequence, i.payload
      FROM orders.inbox i
      JOIN orders.outbox m ON m.key = i.message_key
     WHERE i.state = 'parked' AND (m.attempts > 0 OR m.doubtful);
    COMMENT ON VIEW orders.open_acknowledgement IS
        'Acknowledgements that can be applied: of messages that were tried to be sent';

    CREATE VIEW orders.unacknowledged AS
    SELECT id, key, target, recipient, order_id, state_since AS sent_at, acknowledge_within
      FROM orders.outbox
     WHERE state = 'sent' AND acknowledge_within IS NOT NULL
       AND state_since < clock_timestamp() - acknowledge_within;
    COMMENT ON VIEW orders.unacknowledged IS
        'Messages that were sent, and neither acknowledged nor rejected in time';
"""


def upgrade() -> None:
    """Add the columns and views."""
    op.execute(INBOX)
    op.execute(OUTBOX)
    op.execute(VIEWS)
