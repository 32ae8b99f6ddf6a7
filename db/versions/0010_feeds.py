"""How far feeds of tables have been read, and which rows could not be."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FEEDS = """
    CREATE TABLE orders.feed_cursor (
        feed     text COLLATE "C" PRIMARY KEY,
        position text,
        moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    COMMENT ON TABLE orders.feed_cursor IS 'How far the table of a feed has been read';
    COMMENT ON COLUMN orders.feed_cursor.position IS
        'What the cursor column holds in the last row that was taken; null before the first';

    CREATE TABLE orders.feed_refusal (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        feed       text COLLATE "C" NOT NULL,
        position   text NOT NULL,
        place      text NOT NULL,
        reason     text NOT NULL,
        body       text NOT NULL,
        refused_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    COMMENT ON TABLE orders.feed_refusal IS
        'Rows of tables that say what cannot be; the feed has gone on behind them';
    COMMENT ON COLUMN orders.feed_refusal.position IS 'What the cursor column holds';
    COMMENT ON COLUMN orders.feed_refusal.place IS 'Where in the row: a JSON path';
    COMMENT ON COLUMN orders.feed_refusal.body IS 'The row, as JSON';
"""


def upgrade() -> None:
    """Create the tables of feeds."""
    op.execute(FEEDS)
