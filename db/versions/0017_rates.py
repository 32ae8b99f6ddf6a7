"""When messages were sent to targets that may get so many a minute."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        CREATE TABLE orders.pace (
            target text COLLATE "C" NOT NULL CONSTRAINT target_not_empty CHECK (target <> ''),
            at     timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX pace_by_target ON orders.pace (target, at);
        COMMENT ON TABLE orders.pace IS
            'A row for each message of the last minute to a target with a rate';
        """
    )
