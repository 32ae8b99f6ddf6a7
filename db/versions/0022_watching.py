"""What people ask who watch is found without looking at all that ever was."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add indexes of what is wrong and of what is under way, and how far files are."""
    op.execute(
        """
        ALTER TABLE impex.file ADD COLUMN rows_so_far bigint NOT NULL DEFAULT 0;
        COMMENT ON COLUMN impex.file.rows_so_far IS
            'How many rows were read, told now and then while they are; counts for nothing else';
        CREATE INDEX inbox_dead ON orders.inbox (id) WHERE state = 'dead';
        CREATE INDEX job_ended ON impex.job (finished_at) WHERE state IN ('refused', 'failed');
        CREATE INDEX export_under_way ON impex.export (id) WHERE state IN ('running', 'published');
        CREATE INDEX export_failed ON impex.export (finished_at) WHERE state = 'failed';
        CREATE INDEX job_open ON impex.job (id) WHERE state IN ('claimed', 'planned');
        """
    )
