"""What full feeds, explosions and remarks add to the books of a file."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add rows left out while reading, remarks for the report and absent rows."""
    op.execute(
        """
        ALTER TABLE impex.file
            ADD COLUMN rows_skipped bigint,
            ADD COLUMN notes text[] NOT NULL DEFAULT '{}';
        COMMENT ON COLUMN impex.file.rows_read IS
            'Rows that the file makes; a line that is exploded makes several';
        COMMENT ON COLUMN impex.file.rows_skipped IS
            'Rows that were left out on purpose before they were staged';
        COMMENT ON COLUMN impex.file.absent IS 'Columns of the descriptor that the file lacks';
        COMMENT ON COLUMN impex.file.notes IS 'Sentences for the report';

        ALTER TABLE impex.ledger
            ADD COLUMN absent bigint NOT NULL DEFAULT 0 CHECK (absent >= 0);
        COMMENT ON COLUMN impex.ledger.absent IS
            'Rows of the table that a full feed does not have, deleted or deactivated; they are no '
            'rows of the file';
        """
    )
