"""What the options of a group file mean, once loaded."""

import unicodedata
from pathlib import Path

import pytest

from impex.config import lint, load_group, load_groups
from impex.domain.column import Column, ColumnType, Lookup, OnEmpty, OnMissing, Regex
from impex.domain.errors import ConfigError
from impex.domain.group import Descriptor, Group, OnDuplicate, Scope
from impex.domain.layout import Escape, Layout, Ragged
from impex.domain.policy import ErrorPolicy, Limit, OnError
from impex.domain.table import Table
from tests.groups import column
from tests.unit.group_files import BRANDS, group_text, load, load_column


def test_a_short_file_gets_sensible_defaults(tmp_path: Path) -> None:
    """Seven lines make a group; everything else has a default."""
    group = load(tmp_path, BRANDS)

    name = column("name", source="name", required=True, on_empty=OnEmpty.ERROR)
    brands = Descriptor("brands", ("brands*.csv",), Table("shop", "brand"), ("name",), (name,))
    assert group == Group("brands", (brands,), title="Brands")


def test_every_option_of_a_group_arrives(tmp_path: Path) -> None:
    """Title, description, owners, tags, schedule and time zone are those of the file."""
    group = load(
        tmp_path,
        group_text(
            group="description: |\n  For the\n  shop\nowners: [catalogue-team, anna]\ntags: [a, b]\n"
            'schedule: "0 5 * * *"\ntimezone: Europe/Berlin'
        ),
    )

    assert group.description == "For the\nshop"
    assert group.owners == ("catalogue-team", "anna")
    assert group.tags == ("a", "b")
    assert (group.schedule, group.timezone) == ("0 5 * * *", "Europe/Berlin")


def test_a_group_may_have_a_scope_and_bounds(tmp_path: Path) -> None:
    """Whose rows it is for, how many files are read at once, and in which pool of Airflow."""
    bounds = "scope: {column: shop_id, value: 0010}\nmax_parallel: 4\npool: shop db"

    group = load(tmp_path, group_text(group=bounds))

    assert group.scope == Scope("shop_id", "0010")
    assert (group.max_parallel, group.pool) == (4, "shop db")


def test_a_mask_means_a_name_however_its_letters_are_put_together(tmp_path: Path) -> None:
    """An accent of its own, as in names that are copied from a Mac, is the letter with it."""
    apart = unicodedata.normalize("NFD", "größen*.csv")

    (descriptor,) = load(tmp_path, BRANDS.replace("brands*.csv", apart)).descriptors

    assert descriptor.takes("Größen-2026.csv")


def test_every_option_of_a_descriptor_arrives(tmp_path: Path) -> None:
    """Lists and policies are those of the file."""
    text = """\
        descriptors:
          - name: names
            files: names.csv
            table: shop.name
            key: name
            columns: [name]
          - name: brands
            description: The brands
            files: [brands*.csv, marken*.csv]
            service: csv-import
            table: shop.brand
            key: [name, code]
            on_duplicate: last
            on_error: reject_file
            after: names
            columns: [name, code]
        """

    brands = load(tmp_path, text).descriptor("brands")

    assert brands.description == "The brands"
    assert brands.files == ("brands*.csv", "marken*.csv")
    assert brands.key == ("name", "code")
    assert brands.on_duplicate is OnDuplicate.LAST
    assert brands.errors == ErrorPolicy(OnError.REJECT_FILE)
    assert brands.after == ("names",)


def test_a_descriptor_changes_single_options_of_the_groups_layout(tmp_path: Path) -> None:
    """What the descriptor does not name is as in the group."""
    shared = 'layout: {delimiter: ";", escape: backslash, ragged: pad, quote: "~"}'
    own = 'layout: {delimiter: "\\t", encoding: cp1251}'

    group = load(tmp_path, group_text(descriptor=own, group=shared))

    assert group.descriptors[0].layout == Layout(
        encoding="cp1251",
        delimiter="\t",
        quote="~",
        escape=Escape.BACKSLASH,
        header=True,
        ragged=Ragged.PAD,
    )


@pytest.mark.parametrize(
    ("limit", "policy"),
    [
        ("10", ErrorPolicy(max_rejects=Limit(10))),
        ("0", ErrorPolicy(max_rejects=Limit(0))),
        ('"5 %"', ErrorPolicy(max_rejects=Limit(share=0.05))),
        ("2.5%", ErrorPolicy(max_rejects=Limit(share=0.025))),
    ],
)
def test_bad_rows_are_limited_by_number_or_share(
    tmp_path: Path, limit: str, policy: ErrorPolicy
) -> None:
    """The limit of the group holds for its descriptors."""
    group = load(tmp_path, group_text(group=f"max_rejects: {limit}"))

    assert group.descriptors[0].errors == policy


def test_a_descriptor_has_error_policies_of_its_own(tmp_path: Path) -> None:
    """They replace those of the group, one by one."""
    text = group_text(descriptor="max_rejects: 3", group="on_error: reject_rows\nmax_rejects: 5 %")

    group = load(tmp_path, text)

    assert group.descriptors[0].errors == ErrorPolicy(OnError.REJECT_ROWS, Limit(3))


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("sku", column("sku", source="sku")),
        ("{to: sku}", column("sku", source="sku")),
        ("{from: SKU Code, to: sku}", column("sku", source="SKU Code")),
        ("{position: 4, to: sku}", column("sku", position=4)),
        ("{to: sku, constant: 0123}", Column("sku", constant="0123")),
        ("{to: sku, constant: ''}", Column("sku", constant="")),
        ("{to: t, language: pt-BR}", column("t", source="t", language="pt-BR")),
        (
            "{to: r, type: integer, constant: 500, insert_only: true}",
            Column("r", constant="500", type=ColumnType.INTEGER, insert_only=True),
        ),
        (
            "{to: r, default: 1, type: decimal, scale: 2}",
            column(
                "r",
                source="r",
                type=ColumnType.DECIMAL,
                scale=2,
                default="1",
                on_empty=OnEmpty.DEFAULT,
            ),
        ),
        (
            "{to: r, required: true, trim: true, max_length: 9}",
            column("r", source="r", required=True, on_empty=OnEmpty.ERROR, trim=True, max_length=9),
        ),
        ("{to: r, on_empty: clear}", column("r", source="r", on_empty=OnEmpty.CLEAR)),
        (
            "{to: d, type: date, format: '%d.%m.%Y', default: 2026-01-31}",
            column(
                "d",
                source="d",
                type=ColumnType.DATE,
                format="%d.%m.%Y",
                default="2026-01-31",
                on_empty=OnEmpty.DEFAULT,
            ),
        ),
    ],
)
def test_a_column_says_where_a_value_comes_from_and_what_it_is(
    tmp_path: Path, written: str, column: Column
) -> None:
    """Each way of writing a column gives the column it stands for."""
    assert load_column(tmp_path, written) == column


@pytest.mark.parametrize(
    ("written", "template"),
    [
        ("regex: '^(.{0,36})'", "${1}"),
        ("regex: '[0-9]+'", "${0}"),
        ("regex: '(a)(b)', group: 2", "${2}"),
        ("regex: '(a)(b)', group: 0", "${0}"),
        ("regex: '(?P<size>[0-9]+) cm', template: 'X-${size}-${1}'", "X-${size}-${1}"),
    ],
)
def test_a_regex_takes_its_first_bracket_unless_told_otherwise(
    tmp_path: Path, written: str, template: str
) -> None:
    """Groups become templates; a pattern without brackets gives its whole match."""
    column = load_column(tmp_path, f"{{to: x, {written}}}")

    assert column.regex is not None
    assert column.regex == Regex(column.regex.pattern, template)


def test_a_lookup_takes_the_id_unless_told_otherwise(tmp_path: Path) -> None:
    """Only table and code column are needed; the word null is a policy, not nothing."""
    short = load_column(tmp_path, "{to: x, lookup: {table: shop.shop, by: code}}")
    long = load_column(
        tmp_path,
        "{to: x, lookup: {table: shop.shop, by: code, value: name, on_missing: null}}",
    )

    assert short.lookup == Lookup(Table("shop", "shop"), ("code",))
    assert long.lookup == Lookup(Table("shop", "shop"), ("code",), "name", OnMissing.NULL)


@pytest.mark.parametrize(
    "text", ["NO", "12:30:00", "0123", "1e3", "null", "~", "2026-01-31", "0x1F"]
)
def test_what_people_type_is_what_they_get(tmp_path: Path, text: str) -> None:
    """No scalar turns into a boolean, a time, a number or nothing."""
    assert load(tmp_path, group_text(group=f"owners: {text}")).owners == (text,)


def test_columns_may_share_a_target_in_different_languages(tmp_path: Path) -> None:
    """Names in staging stay unique."""
    text = (
        BRANDS + "      - {from: A, to: t, language: en}\n      - {from: B, to: t, language: de}\n"
    )

    columns = load(tmp_path, text).descriptors[0].columns

    assert [column.name for column in columns] == ["name", "t:en", "t:de"]


def test_a_lookup_into_the_own_table_is_no_cycle(tmp_path: Path) -> None:
    """The parent of a category is a category."""
    column = "{from: parent, to: parent_id, lookup: {table: shop.brand, by: name}}"

    assert load_column(tmp_path, column).lookup is not None


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    """Each file gives its group or its problems, in the order of the names."""
    load(tmp_path, BRANDS, "b")
    (tmp_path / "a.yml").write_text("title: [", "utf-8")
    (tmp_path / ".b.yaml").write_text("the leftover of an editor", "utf-8")
    (tmp_path / "notes.txt").write_text("no group", "utf-8")

    loaded = load_groups(tmp_path)

    assert list(loaded) == ["a", "b"]
    assert isinstance(loaded["a"], ConfigError)
    assert isinstance(loaded["b"], Group)


def test_a_group_name_is_used_once(tmp_path: Path) -> None:
    """Two files of one name cannot both be the group."""
    other = tmp_path / "other"
    other.mkdir()
    load(tmp_path, BRANDS)
    load(other, BRANDS)
    (tmp_path / "brands.yml").write_text(BRANDS, "utf-8")

    groups, problems = lint([tmp_path, other, other / "brands.yaml"])

    first = tmp_path / "brands.yaml"
    assert list(groups) == ["brands"]
    assert [str(problem) for problem in problems] == [
        f"{path}: The group `brands` exists already, in {first}. Rename one of them."
        for path in (tmp_path / "brands.yml", other / "brands.yaml")
    ]
    assert isinstance(load_groups(tmp_path)["brands"], ConfigError)


def test_what_cannot_be_read_is_a_problem_too(tmp_path: Path) -> None:
    """Missing files and directories are told in a sentence."""
    missing = tmp_path / "missing.yaml"

    with pytest.raises(ConfigError, match=r"missing.yaml: The file cannot be read: No such file"):
        load_group(missing)
    with pytest.raises(ConfigError, match=r"missing.yaml: The directory cannot be read: No such"):
        load_groups(missing)
    assert len(lint([missing])[1]) == 1


def test_lint_checks_the_shipped_groups_if_nothing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default is ``config/groups`` below the current directory."""
    groups = tmp_path / "config" / "groups"
    groups.mkdir(parents=True)
    load(groups, BRANDS)
    monkeypatch.chdir(tmp_path)

    assert list(lint()[0]) == ["brands"]


@pytest.mark.parametrize("name", ["Brands", "1brands", "brands_de", "b" * 64, "bränds"])
def test_a_file_name_that_cannot_name_a_group_is_refused(tmp_path: Path, name: str) -> None:
    """The name becomes the DAG's; the problem is of the file, not of a line."""
    with pytest.raises(ConfigError, match=rf"{name}.yaml: The file name `{name[:60]}"):
        load(tmp_path, BRANDS, name)
