"""The options of exports, and of what becomes of their files."""

from pydantic import Field

from impex.config.export_fields import FileNames, Filters, Params, QueryFile, Rows, Targets
from impex.config.fields import Days, Flag, Identifier, Identifiers, Schedule
from impex.config.options import Options
from impex.domain.export import Empty, LineEnd, Quoting


class ExportModel(Options):
    """Which rows become a file, and how."""

    file: FileNames = Field(
        description="Name of the file. `{date}`, `{date:%Y-%m-%d}`, `{run}`, `{group}`, "
        "`{descriptor}`, `{part}` and the group's parameters in it stand for what they say. Its "
        "ending counts: `.xlsx` is a spreadsheet, `.gz` is packed.",
        examples=["products-{date:%Y%m%d}-{run}.csv"],
    )
    query: QueryFile | None = Field(
        default=None,
        description="A file of `config/queries` with the SQL whose rows are written, instead of "
        "the `table`.",
        examples=["open-orders.sql"],
    )
    where: Filters = Field(
        default={},
        description="Columns and what they hold in the rows that are written, one or a list; `~` "
        "is nothing. Left out, all rows are.",
        examples=[{"availability": [1, 2]}],
    )
    sort: Identifiers = Field(
        default=(),
        description="The columns that rows are ordered by, one or a list. Left out, it is the `key`.",
        examples=[["name", "guid"]],
    )
    empty: Empty = Field(
        default=Empty.HEADER,
        description="What is written if there are no rows: an empty `file`, one with its `header`, "
        "or none at all: `skip`.",
        examples=["skip"],
    )
    split_rows: Rows | None = Field(
        default=None,
        description="How many rows a file has at most; the name then needs `{part}`.",
        examples=[100000],
    )
    quoting: Quoting = Field(
        default=Quoting.MINIMAL,
        description="Which fields stand in quotes: as few as possible (`minimal`), those that are "
        "`text`, or `all`.",
        examples=["all"],
    )
    line_end: LineEnd = Field(
        default=LineEnd.LF, description="What ends a line: `lf` or `crlf`.", examples=["crlf"]
    )
    bom: Flag = Field(
        default=False,
        description="Whether the file begins with a byte order mark, as Excel likes it.",
        examples=[True],
    )
    watermark: Identifier | None = Field(
        default=None,
        description="A column that grows with every change of a row: only rows that are newer than "
        "at the last published export are written.",
        examples=["changed_at"],
    )
    changed_rows: Flag = Field(
        default=False,
        description="Only rows are written that are not as they were published last.",
        examples=[True],
    )


class PublishModel(Options):
    """What becomes of the files of an export."""

    schedule: Schedule | None = Field(
        default=None,
        description="When the exports run by themselves, where the group imports as well. Left out, "
        "they run only when started by hand.",
        examples=["0 6 * * *"],
    )
    zip: FileNames | None = Field(
        default=None,
        description="Name of a zip that takes all files of a run; as for `file`.",
        examples=["catalogue-{date:%Y%m%d}-{run}.zip"],
    )
    to: Targets = Field(
        default=(),
        description="Where finished files are copied to, one or a list: a path, a URL (`s3://`, "
        "`sftp://` …) without a password, or the name of an Airflow connection.",
        examples=["s3://partner-feeds/catalogue"],
    )
    keep_days: Days = Field(
        default=30, description="How long the files are kept for download.", examples=[7]
    )
    params: Params = Field(
        default={},
        description="What a person may set for a run, by name with the usual value. `${name}` in "
        "filters and queries stands for it.",
        examples=[{"shop": "SHOP10"}],
    )
