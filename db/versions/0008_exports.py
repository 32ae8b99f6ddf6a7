"""What exports leave in the books: runs, their files, and what was published before."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute(
        """
        CREATE TABLE impex.export (
            id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            group_name   text NOT NULL,
            run_ref      text UNIQUE,
            requested_by text NOT NULL,
            audience     text NOT NULL CHECK (audience IN ('system', 'spreadsheet')),
            complete     boolean NOT NULL,
            params       jsonb NOT NULL,
            frozen       jsonb NOT NULL,
            state        text NOT NULL DEFAULT 'running' CHECK (state IN
                ('running', 'published', 'done', 'rejected', 'failed')),
            epoch        integer NOT NULL DEFAULT 0,
            snapshot     text,
            archive      jsonb,
            messages     text[] NOT NULL DEFAULT '{}',
            created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
            published_at timestamptz,
            finished_at  timestamptz
        );
        CREATE INDEX export_by_group ON impex.export (group_name, id);
        COMMENT ON TABLE impex.export IS 'One row per run that writes the files of a group';
        COMMENT ON COLUMN impex.export.run_ref IS 'Who runs it: dag_id/run_id';
        COMMENT ON COLUMN impex.export.complete IS
            'Whether all rows are written, whatever was published before';
        COMMENT ON COLUMN impex.export.epoch IS 'Number of the snapshot that all files must tell';
        COMMENT ON COLUMN impex.export.snapshot IS 'As pg_export_snapshot calls it, while it is held';
        COMMENT ON COLUMN impex.export.archive IS
            'The zip that takes all files: name, key in the store, rows, bytes, sha256';

        CREATE TABLE impex.export_file (
            id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            export_id bigint NOT NULL REFERENCES impex.export,
            export    text NOT NULL,
            state     text NOT NULL DEFAULT 'planned' CHECK (state IN
                ('planned', 'reading', 'written', 'refused')),
            epoch     integer NOT NULL DEFAULT 0,
            rows      bigint NOT NULL DEFAULT 0,
            rejected  bigint NOT NULL DEFAULT 0,
            watermark text,
            horizon   text,
            pieces    jsonb NOT NULL DEFAULT '[]',
            message   text NOT NULL DEFAULT '',
            UNIQUE (export_id, export)
        );
        COMMENT ON TABLE impex.export_file IS 'What a run writes of one export of its group';
        COMMENT ON COLUMN impex.export_file.epoch IS 'The snapshot that it was written from';
        COMMENT ON COLUMN impex.export_file.pieces IS
            'The files: name, key in the store, rows, bytes, sha256';

        CREATE TABLE impex.export_issue (
            file_id     bigint NOT NULL REFERENCES impex.export_file,
            id          bigint GENERATED ALWAYS AS IDENTITY,
            code        text NOT NULL,
            line        bigint NOT NULL,
            column_name text NOT NULL,
            value       text NOT NULL,
            message     text NOT NULL,
            record_key  text NOT NULL,
            PRIMARY KEY (file_id, id)
        );
        COMMENT ON TABLE impex.export_issue IS 'Rows that the file of an export cannot hold';

        CREATE TABLE impex.export_delivery (
            export_id    bigint NOT NULL REFERENCES impex.export,
            target       text NOT NULL,
            delivered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (export_id, target)
        );
        COMMENT ON TABLE impex.export_delivery IS 'Targets that have got all files of a run';

        CREATE TABLE impex.export_mark (
            group_name text NOT NULL,
            export     text NOT NULL,
            watermark  text,
            horizon    text NOT NULL,
            export_id  bigint NOT NULL REFERENCES impex.export,
            PRIMARY KEY (group_name, export)
        );
        COMMENT ON TABLE impex.export_mark IS 'How far an incremental export was published';
        COMMENT ON COLUMN impex.export_mark.horizon IS
            'The oldest transaction that was not over when the published rows were read';

        CREATE TABLE impex.published_row (
            group_name text NOT NULL,
            export     text NOT NULL,
            row_key    uuid NOT NULL,
            row_hash   uuid NOT NULL,
            PRIMARY KEY (group_name, export, row_key)
        );
        COMMENT ON TABLE impex.published_row IS
            'Hashes of the rows that were published, for exports of changed rows';
        """
    )
