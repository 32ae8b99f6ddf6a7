"""When people are reminded of gates, and were told last of exports that stand still."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.execute(
        """
        ALTER TABLE orders.gate ADD COLUMN remind_every interval;
        COMMENT ON COLUMN orders.gate.remind_every IS
            'How often people are reminded of it; null is never';

        ALTER TABLE orders.export_item ADD COLUMN told_at timestamptz;
        COMMENT ON COLUMN orders.export_item.told_at IS
            'When people were told last that it stands still; before state_since: not of this state';
        """
    )
