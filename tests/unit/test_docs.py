"""The pages for people agree with the project: links, targets, names, numbers."""

import io
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from impex.config import load_group
from impex.domain.export_run import ExportState, WriteState
from impex.domain.group import Descriptor, Group
from impex.domain.report import FileState, JobState
from impex.formats.delimited import DelimitedReader
from impex.mapping.binding import bind
from impex.mapping.compiled import CompiledMapping
from local.ports import VARIABLES, Ports
from local.postgres import OPTIONS
from tests.groups import FACTS
from tests.guides import saved

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
ARCHITECTURE = (DOCS / "architecture.md").read_text("utf-8")
CATALOGUE = (DOCS / "catalogue.md").read_text("utf-8")
OPERATIONS = (DOCS / "operations.md").read_text("utf-8")
TUTORIAL = saved("tutorial.md")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
PICTURES = sorted((DOCS / "images").iterdir())
ROOMS = sorted(path.parent.name for path in (ROOT / "plugins" / "impex").glob("*/__init__.py"))
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
ICECAT = load_group(ROOT / "config" / "groups" / "catalogue-icecat.yaml")


@pytest.fixture
def first_group(tmp_path: Path) -> Group:
    """The group of the tutorial, under the name that the tutorial gives it."""
    path = tmp_path / "my-brands.yaml"
    path.write_text(TUTORIAL["config/groups/my-brands.yaml"], "utf-8")
    return load_group(path)


def test_the_first_group_has_ten_lines() -> None:
    """A start is small: what people have to type fits into one look."""
    assert len(TUTORIAL["config/groups/my-brands.yaml"].splitlines()) == 10


def test_the_first_group_takes_the_file_beside_it(first_group: Group) -> None:
    """What people copy from the tutorial loads, and its mask matches the file that they save."""
    takers = first_group.takers("my-brands.csv")

    assert [str(descriptor.table) for descriptor in takers] == ["shop.brand"]


def test_the_first_file_has_the_fault_that_the_tutorial_tells_of(first_group: Group) -> None:
    """Two rows are good; the third is wrong on that line, with that code, in those words."""
    (descriptor,) = first_group.descriptors
    reader = DelimitedReader(io.BytesIO(TUTORIAL["my-brands.csv"].encode()), descriptor.layout)
    bound = bind(descriptor, reader.header, reader.width)

    (batch,) = reader.batches()
    mapped = CompiledMapping(descriptor, bound, FACTS, Path()).apply(batch.frame)

    (issue,) = mapped.issues
    assert (batch.read, mapped.frame.height, bound.absent) == (3, 2, ())
    assert f"line {issue.line}, `{issue.code}`, {issue.message}" in (
        DOCS / "tutorial.md"
    ).read_text("utf-8")


@pytest.mark.parametrize("page", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_make_target_that_a_page_names_exists(page: str) -> None:
    """Nobody is told to type a target that make does not know."""
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page, re.MULTILINE))

    assert named
    assert named <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    """A link names a file that is there, and a heading that this file has."""
    broken = [link for link in _links(page) if not _leads_somewhere(page, link)]

    assert broken == []


def test_every_package_of_debian_that_tests_need_is_told_to_who_changes_the_project() -> None:
    """Who is not root installs them by hand."""
    script = (ROOT / "local" / "debian.sh").read_text("utf-8")
    packages = " ".join(re.findall(r'^need \S+ "?([\w -]+)"?$', script, re.MULTILINE)).split()

    assert "pgbouncer" in packages
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [name for name in packages if f"`{name}`" not in told] == []


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_every_picture_is_shown_on_a_page(picture: Path) -> None:
    """No picture is kept that nobody sees."""
    shown = {(page.parent / link).resolve() for page in PAGES for link in _links(page)}

    assert picture in shown


@pytest.mark.parametrize(("port", "number"), asdict(Ports()).items())
def test_every_port_stands_in_operations_with_its_variable(port: str, number: int) -> None:
    """A busy port is changed without reading code."""
    (row,) = [line for line in OPERATIONS.splitlines() if line.startswith(f"| {number} |")]

    assert f"`{VARIABLES[port]}`" in row


def test_every_variable_that_the_programs_read_stands_in_operations() -> None:
    """Nobody finds out by chance what can be set."""
    places = [path for room in ("plugins", "local") for path in (ROOT / room).rglob("*.py")]
    read = {
        name
        for path in places
        for name in re.findall(r'"((?:IMPEX|ORDERS)_[A-Z_]*[A-Z])"', path.read_text("utf-8"))
    }

    between_our_processes = {"IMPEX_STACK", "IMPEX_DB_PASSWORD"}
    assert [n for n in sorted(read - between_our_processes) if f"`{n}`" not in OPERATIONS] == []


@pytest.mark.parametrize(("option", "value"), OPTIONS.items())
def test_every_setting_of_postgresql_stands_in_operations(option: str, value: str) -> None:
    """Whoever brings another server knows what this one is asked for."""
    assert f"\n| `{option}={value}` | " in OPERATIONS


def test_every_figure_about_sizing_is_on_the_page_that_it_names() -> None:
    """None is invented, and none stays when it is measured anew."""
    rows = re.findall(r"^\| .+ \| (.+) \| \[.+\]\((.+)\) \|$", OPERATIONS, re.MULTILINE)

    assert len(rows) > 5
    for figures, page in rows:
        said = (DOCS / page).read_text("utf-8")
        assert [n for n in re.findall(r"\d[\d,.]*\d|\d", figures) if n not in said] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_stands_in_the_architecture(room: str) -> None:
    """The page has a row for each package of plugins/impex."""
    assert f"\n| `{room}/` | " in ARCHITECTURE


@pytest.mark.parametrize("state", [*JobState, *FileState, *ExportState, *WriteState])
def test_every_state_stands_in_the_architecture(state: str) -> None:
    """What `runs` and `exports` show is explained."""
    assert f"`{state}`" in ARCHITECTURE


@pytest.mark.parametrize("descriptor", ICECAT.descriptors, ids=lambda descriptor: descriptor.name)
def test_every_file_of_the_catalogue_stands_on_its_page(descriptor: Descriptor) -> None:
    """The page names the file that each descriptor takes, and the table that it fills."""
    rows = [row for row in _catalogue_rows() if row[2] == descriptor.name]

    ((file, _, _, table),) = rows
    assert descriptor.takes(file)
    assert table == str(descriptor.table)


def test_the_rows_of_the_catalogue_add_up() -> None:
    """The counts of the files are those of the run that the page tells of."""
    counts = [int(row[1].replace(",", "")) for row in _catalogue_rows()]

    assert f"{len(counts)} CSV files, {sum(counts):,} rows" in CATALOGUE
    assert f"{sum(counts):,} rows read, {sum(counts):,} inserted" in CATALOGUE


def _links(page: Path) -> Iterator[str]:
    """Yield the targets of a page's links and pictures that are no addresses of the web."""
    prose = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not target.startswith(("http://", "https://")):
            yield target


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, heading = link.partition("#")
    file = (page.parent / name) if name else page
    if not file.resolve().is_relative_to(ROOT) or not file.exists():
        return False
    return not heading or heading in _headings(file)


def _headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _catalogue_rows() -> list[list[str]]:
    """Return file, rows, descriptor and table of each file on the catalogue's page."""
    lines = [line for line in CATALOGUE.splitlines() if re.match(r"\| \w+\.csv \| [\d,]+ \|", line)]
    return [line.strip("| ").split(" | ") for line in lines]
