"""The framework's own schema: jobs, files, ledger, issues and the change journal."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the schemas impex and impex_stage."""
    op.execute(
        """
        CREATE SCHEMA IF NOT EXISTS impex;
        CREATE SCHEMA impex_stage;
        COMMENT ON SCHEMA impex_stage IS
            'Unlogged staging tables, one per attempt at one file; empty between runs';

        CREATE TABLE impex.job (
            id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            group_name   text NOT NULL,
            package_name text NOT NULL,
            package_key  text NOT NULL,
            size_bytes   bigint NOT NULL,
            sha256       text NOT NULL,
            run_ref      text UNIQUE,
            requested_by text NOT NULL,
            forced       boolean NOT NULL,
            dry_run      boolean NOT NULL,
            state        text NOT NULL DEFAULT 'claimed' CHECK (state IN
                ('claimed', 'planned', 'done', 'rejected', 'refused', 'failed')),
            imported     boolean NOT NULL DEFAULT true,
            epoch        integer NOT NULL DEFAULT 0,
            descriptors  jsonb,
            messages     text[] NOT NULL DEFAULT '{}',
            created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
            finished_at  timestamptz
        );
        COMMENT ON TABLE impex.job IS 'One row per package and run; epoch fences older attempts';
        COMMENT ON COLUMN impex.job.run_ref IS 'Who runs it: dag_id/run_id; a retried claim finds its job by it';
        COMMENT ON COLUMN impex.job.imported IS
            'Whether the bytes count as imported; false once it is known that nothing was applied';
        COMMENT ON COLUMN impex.job.descriptors IS 'The group as it was when the run was planned';
        CREATE UNIQUE INDEX job_imports_the_same_bytes_once ON impex.job (group_name, sha256)
            WHERE imported AND NOT forced AND NOT dry_run;
        CREATE INDEX job_by_group ON impex.job (group_name, id);

        CREATE TABLE impex.file (
            id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            job_id      bigint NOT NULL REFERENCES impex.job,
            descriptor  text NOT NULL,
            name        text NOT NULL,
            member      integer NOT NULL,
            state       text NOT NULL DEFAULT 'planned' CHECK (state IN
                ('planned', 'staged', 'merged', 'rejected')),
            epoch       integer NOT NULL DEFAULT 0,
            staged_as   text,
            rows_read   bigint,
            rows_staged bigint,
            absent      text[] NOT NULL DEFAULT '{}',
            message     text NOT NULL DEFAULT '',
            UNIQUE (job_id, descriptor, member)
        );
        COMMENT ON TABLE impex.file IS 'One row per file and descriptor; epoch fences older attempts';

        CREATE TABLE impex.ledger (
            file_id   bigint PRIMARY KEY REFERENCES impex.file,
            inserted  bigint NOT NULL,
            updated   bigint NOT NULL,
            unchanged bigint NOT NULL,
            deleted   bigint NOT NULL,
            skipped   bigint NOT NULL,
            rejected  bigint NOT NULL,
            read      bigint NOT NULL,
            at        timestamptz NOT NULL DEFAULT clock_timestamp(),
            CONSTRAINT every_row_has_a_fate CHECK
                (read = inserted + updated + unchanged + deleted + skipped + rejected)
        );
        COMMENT ON TABLE impex.ledger IS 'What became of the rows of each file; append-only';

        -- Issues and changes come by the million, always in the transaction that holds their file:
        -- checking a foreign key row by row would cost more than writing the row.
        CREATE TABLE impex.issue (
            file_id     bigint NOT NULL,
            id          bigint GENERATED ALWAYS AS IDENTITY,
            effect      text NOT NULL CHECK (effect IN ('rejected', 'skipped')),
            code        text NOT NULL,
            line        bigint NOT NULL,
            column_name text NOT NULL,
            value       text NOT NULL,
            message     text NOT NULL,
            record_key  text NOT NULL,
            PRIMARY KEY (file_id, id)
        );
        COMMENT ON TABLE impex.issue IS 'Faults of files, rows and cells; line 0 is the file';

        CREATE TABLE impex.change (
            file_id    bigint NOT NULL,
            id         bigint GENERATED ALWAYS AS IDENTITY,
            table_name text NOT NULL,
            record_key jsonb NOT NULL,
            line       bigint NOT NULL,
            action     text NOT NULL CHECK (action IN ('INSERT', 'UPDATE', 'DELETE')),
            changes    jsonb NOT NULL,
            PRIMARY KEY (file_id, id)
        );
        COMMENT ON TABLE impex.change IS
            'The change journal: per changed row {column: [before, after]}; empty for inserts';
        """
    )
