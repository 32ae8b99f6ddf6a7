"""Packages that people upload, until a run takes them."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        CREATE TABLE impex.upload (
            id           uuid PRIMARY KEY DEFAULT uuidv7(),
            group_name   text NOT NULL,
            uploaded_by  text NOT NULL CONSTRAINT uploaded_by_somebody CHECK (uploaded_by <> ''),
            uploaded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
            package_name text,
            size_bytes   bigint,
            sha256       text,
            CONSTRAINT whole_or_not CHECK (
                (package_name IS NULL) = (size_bytes IS NULL)
                AND (package_name IS NULL) = (sha256 IS NULL))
        );
        CREATE INDEX upload_by_person ON impex.upload (group_name, uploaded_by, uploaded_at);
        COMMENT ON TABLE impex.upload IS 'What people have uploaded for a group to import';
        COMMENT ON COLUMN impex.upload.package_name IS
            'Null until all files are there; then no file is added any more'
        """
    )
