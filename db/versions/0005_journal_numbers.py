"""Numbers of the journal are drawn in hundreds: a first import writes a row there for each of its own."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a session keep a hundred numbers; those that it does not use are missing."""
    op.execute("ALTER SEQUENCE impex.change_id_seq CACHE 100")
