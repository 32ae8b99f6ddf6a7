"""The options of a group file: the one place that names, types and describes them.

The loader validates with these models, editors get the JSON Schema made from them, and
``docs/groups.md`` repeats their descriptions (a test compares). Rules between options are in
``impex.config.column_rules`` and ``impex.config.group_rules``.
"""

from typing import Any

from pydantic import Field

from impex.config.column_models import ColumnModel
from impex.config.export_models import ExportModel, PublishModel
from impex.config.fields import (
    Connection,
    Count,
    Days,
    Flag,
    Identifier,
    Identifiers,
    Line,
    Masks,
    Name,
    Names,
    Owners,
    RejectLimit,
    Schedule,
    Selection,
    Service,
    Settings,
    Size,
    TableName,
    Tag,
    Tags,
    Text,
    TimeZone,
    Transform,
    Words,
)
from impex.config.layout_models import LayoutModel
from impex.config.options import Options
from impex.domain.export import Direction
from impex.domain.group import (
    DEFAULT_POOL,
    Atomic,
    Mode,
    OnAbsent,
    OnDuplicate,
    Ready,
    UnknownColumns,
)
from impex.domain.policy import OnError

_COLUMNS: Any = Field(
    min_length=1,
    description="The columns; others of the file or the table are left alone.",
    examples=[["sku", "name"]],
)
_DESCRIPTORS: Any = Field(
    min_length=1,
    description="What each kind of file in a package means.",
    examples=[
        [
            {
                "name": "brands",
                "files": "brands*.csv",
                "table": "shop.brand",
                "key": "name",
                "columns": ["name"],
            }
        ]
    ],
)


class DescriptorOutline(Options):
    """A descriptor whose columns are not looked at yet."""

    name: Name = Field(description="Short name, used in reports.", examples=["brands"])
    description: Text = Field(
        default="", description="What the descriptor is for.", examples=["Brands of the shop"]
    )
    direction: Direction | None = Field(
        default=None,
        description="Which way the rows go: `import`, which is usual, `export`, or `both`.",
        examples=["both"],
    )
    files: Masks = Field(
        default=(),
        description="Masks of the files it imports, one or a list. `*` stands for any text, `?` "
        "for one character; upper and lower case are the same.",
        examples=["brands*.csv"],
    )
    export: ExportModel | None = Field(
        default=None,
        description="Which rows are exported, and how.",
        examples=[{"file": "brands-{run}.csv"}],
    )
    service: Service | None = Field(
        default=None,
        description="Direction and format in one word: `csv-import`, `xml-import`, `json-import`, "
        "`csv-export`, `xml-export`, `json-export` or `xlsx-export`.",
        examples=["csv-import"],
    )
    table: TableName | None = Field(
        default=None, description="The table, with its schema.", examples=["shop.brand"]
    )
    key: Identifiers = Field(
        default=(),
        description="The columns of the table that identify a row, one or a list.",
        examples=[["sku_id", "currency"]],
    )
    on_duplicate: OnDuplicate = Field(
        default=OnDuplicate.ERROR,
        description="What happens to rows of one file with the same key: they are an `error`, "
        "only the `first` counts, or only the `last`.",
        examples=["last"],
    )
    on_error: OnError | None = Field(
        default=None,
        description="What one bad row keeps out, as for the group. Left out, it is as the group says.",
        examples=["reject_file"],
    )
    max_rejects: RejectLimit | None = Field(
        default=None,
        description="How many bad rows a file may have, as a number or a share; with more it is "
        "rejected. Left out, it is as the group says.",
        examples=["5 %"],
    )
    mode: Mode = Field(
        default=Mode.MERGE,
        description="What the rows do: `merge` inserts and updates, `insert_only` and "
        "`update_only` do one of them, `delete` deletes the rows named, `replace` makes the "
        "table what the file says.",
        examples=["update_only"],
    )
    on_absent: OnAbsent = Field(
        default=OnAbsent.IGNORE,
        description="What happens to rows of the table that the file does not have: `ignore` "
        "them, `deactivate` or `delete` them.",
        examples=["deactivate"],
    )
    inactive: Settings = Field(
        default={},
        description="Columns and what deactivating a row makes of them.",
        examples=[{"active": "false"}],
    )
    scope: Settings = Field(
        default={},
        description="Columns and what they hold in the rows that a full file speaks for; others "
        "are never absent.",
        examples=[{"shop_code": "SHOP10"}],
    )
    max_absent: RejectLimit = Field(
        default="5 %",
        description="How many rows may be absent, as a number or a share of the scope; with more "
        "the file is rejected before anything is changed.",
        examples=["20 %"],
    )
    only: Selection = Field(
        default={},
        description="Header names and what their cells must be, one or a list; `*` stands for any "
        "text, `?` for one character. Other rows are skipped, for other descriptors of the file.",
        examples=[{"locale": "de"}],
    )
    unknown_columns: UnknownColumns = Field(
        default=UnknownColumns.WARN,
        description="What happens to columns of the file that the descriptor does not name: "
        "`ignore` them, `warn` in the report, or `reject` the file.",
        examples=["reject"],
    )
    ignore_columns: Words = Field(
        default=(),
        description="Header names that are known and not imported, one or a list; `*` stands for "
        "any text.",
        examples=[["Meta *", "Thumbnail"]],
    )
    transform: Transform | None = Field(
        default=None,
        description="A Python function of a file in `config/transforms`; it gets the rows as a "
        "pandas DataFrame with the header names and returns them changed.",
        examples=["offers.py:clean"],
    )
    after: Names = Field(
        default=(),
        description="Descriptors that must be done before, beside those that the lookups need.",
        examples=[["brands"]],
    )
    layout: LayoutModel | None = Field(
        default=None,
        description="How its files are written, where they differ from the group's `layout`.",
        examples=[{"delimiter": ","}],
    )
    columns: tuple[Any, ...] = _COLUMNS


class DescriptorModel(DescriptorOutline):
    """One kind of file: which files, how they are laid out, what they map to."""

    columns: tuple[ColumnModel, ...] = _COLUMNS


class ScopeModel(Options):
    """The rows of a group."""

    column: Identifier = Field(
        description="A column that every table of the group has.", examples=["shop_code"]
    )
    value: Line = Field(
        description="What it holds in the rows of the group; where the column has a `lookup`, the "
        "code that is looked up, as in the file.",
        examples=["SHOP10"],
    )


class ArrivalModel(Options):
    """The way of packages into the inbox."""

    ready: Ready = Field(
        default=Ready.RENAME,
        description="How the sender tells that a file is whole: it is written under another name "
        "and given its own at the end (`rename`), an empty file with its name and `.done` "
        "follows (`marker`), a file with its name and `.manifest` follows, which holds its "
        "sha256 (`manifest`), or it does not change any more (`stable`).",
        examples=["marker"],
    )
    on_arrival: Flag = Field(
        default=False,
        description="Whether a package that is whole starts a run by itself.",
        examples=[True],
    )
    stable_seconds: Count = Field(
        default=60,
        description="With `ready: stable`: for how many seconds a file must not have changed.",
        examples=[300],
    )
    max_size: Size | None = Field(
        default=None,
        description="Larger packages are refused. Left out, 2 GB.",
        examples=["500 MB"],
    )


class RetentionModel(Options):
    """How many days things are kept."""

    archive_days: Days = Field(
        default=90, description="Packages that were imported.", examples=[30]
    )
    failed_days: Days = Field(
        default=365, description="Packages that were refused or failed.", examples=[90]
    )
    history_days: Days = Field(
        default=400, description="Reject files, issues and changes.", examples=[1000]
    )


class GroupOutline(Options):
    """A group whose descriptors are not looked at yet."""

    title: Line = Field(default="", description="Name that people see.", examples=["Brands"])
    description: Text = Field(
        default="", description="What the group is for.", examples=["Brands from the ERP"]
    )
    owners: Owners = Field(
        default=("merchant-operations",),
        description="Who answers for it: people or teams, one or a list.",
        examples=[["catalogue-team", "anna"]],
    )
    tags: Tags = Field(
        default=(), description="Words to find it by in Airflow.", examples=[["catalogue"]]
    )
    schedule: Schedule | None = Field(
        default=None,
        description="When it runs by itself, as five cron fields or a word such as `@hourly`. "
        "Left out, it runs only when started by hand.",
        examples=["0 5 * * *"],
    )
    timezone: TimeZone = Field(
        default="UTC", description="Time zone of the schedule.", examples=["Europe/Berlin"]
    )
    connection: Connection | None = Field(
        default=None,
        description="Airflow connection of the database that holds the tables. Left out, it is "
        "the one that also holds the reports.",
        examples=["shop_db"],
    )
    scope: ScopeModel | None = Field(
        default=None,
        description="The rows that the group is for; it does not touch any other.",
        examples=[{"column": "shop_code", "value": "SHOP10"}],
    )
    atomic: Atomic = Field(
        default=Atomic.FILE,
        description="What becomes visible at once: each `file`, or the whole `group`.",
        examples=["group"],
    )
    arrival: ArrivalModel = Field(
        default_factory=ArrivalModel,
        description="How packages come in.",
        examples=[{"on_arrival": True}],
    )
    retention: RetentionModel = Field(
        default_factory=RetentionModel,
        description="When what is done is removed.",
        examples=[{"archive_days": 30}],
    )
    publish: PublishModel = Field(
        default_factory=PublishModel,
        description="What becomes of the files of its exports.",
        examples=[{"to": "s3://partner-feeds/catalogue"}],
    )
    max_parallel: Count | None = Field(
        default=None,
        description="How many files of a run are read at once. Left out, as many as Airflow lets.",
        examples=[4],
    )
    pool: Tag = Field(
        default=DEFAULT_POOL,
        description="Airflow pool of the tasks that read files and write tables; it must exist.",
        examples=["shop_db"],
    )
    dag: Flag = Field(
        default=True,
        description="Whether Airflow has DAGs of it. `false` leaves its exports to exporters of "
        "orders.",
        examples=[False],
    )
    layout: LayoutModel = Field(
        default_factory=LayoutModel,
        description="How the files are written; a descriptor may change single options.",
        examples=[{"delimiter": ";"}],
    )
    on_error: OnError = Field(
        default=OnError.REJECT_ROWS,
        description="What one bad row keeps out: only itself (`reject_rows`), its file "
        "(`reject_file`) or the whole package (`reject_package`).",
        examples=["reject_package"],
    )
    max_rejects: RejectLimit | None = Field(
        default=None,
        description="How many bad rows a file may have, as a number or a share; with more it is "
        "rejected. Left out, any number is allowed.",
        examples=[10],
    )
    descriptors: tuple[Any, ...] = _DESCRIPTORS


class GroupModel(GroupOutline):
    """A data group: one file, one DAG."""

    descriptors: tuple[DescriptorModel, ...] = _DESCRIPTORS
