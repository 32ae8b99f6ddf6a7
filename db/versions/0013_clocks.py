"""What has been in a state for too long, and indexes that make it cheap to ask for that."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the indexes."""
    op.execute(
        """
        CREATE TABLE orders.overdue (
            machine    text NOT NULL CHECK (machine IN ('order', 'delivery')),
            subject_id bigint NOT NULL,
            state      text NOT NULL,
            since      timestamptz NOT NULL,
            noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (machine, subject_id, state, since)
        );
        COMMENT ON TABLE orders.overdue IS
            'Every stay in a state that was longer than its clock allows, noted once';
        COMMENT ON COLUMN orders.overdue.subject_id IS 'Of the order or of the delivery';
        COMMENT ON COLUMN orders.overdue.since IS 'When the stay began';

        CREATE INDEX delivery_by_stay ON orders.delivery (status, status_since)
            WHERE status NOT IN ('shipped', 'returned', 'wait_voided', 'reservation_voided',
                'deallocated');
        CREATE INDEX inbox_settled ON orders.inbox USING brin (settled_at)
            WITH (autosummarize = on);
        """
    )
