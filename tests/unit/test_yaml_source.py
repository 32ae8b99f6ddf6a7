"""YAML is read as people mean it: its traps are problems with a line."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impex.config import load_group, load_groups
from impex.config.yaml_source import DEPTH_LIMIT, SIZE_LIMIT
from impex.domain.errors import ConfigError
from impex.domain.group import Group
from tests.unit.group_files import BRANDS, faults, load

TRAPS = {
    "title: A\ntitle: B\n": "2: `title` is written twice; the first is in line 1. Keep one of them.",
    "a: &x b\n": "1: `&x` is a YAML reference; they are not supported.",
    "a: *x\n": "1: `*x` is a YAML reference; they are not supported.",
    "a: !!python/name:os.system ''\n": "1: `tag:yaml.org,2002:python/name:os.system` is a YAML tag;",
    "a: !secret b\n": "1: `!secret` is a YAML tag; they are not supported.",
    "title: A\n---\ntitle: B\n": "2: A second YAML document starts here. Put it into a file of",
    "title: a: b\n": "1: This is not valid YAML. Quote a value that contains `: `; write `:` after",
    "title: A\n\towners: b\n": "2: This is not valid YAML. Indent with blanks, not with tabs.",
    'title: A\nowners: "b\n': "2: This is not valid YAML. The quote that starts here is never closed.",
    "tags: [a\nowners: b\n": "2: This is not valid YAML. A `{` or `[` is not closed, or a comma is",
    "title: A\n owners: b\n": "2: This is not valid YAML. Quote a value that contains `: `; write `:` after",
    'title: "\\q"\n': "1: This is not valid YAML. Write a backslash inside",
    "title: *\n": "1: This is not valid YAML. Put a value that starts with *, & or ! into quotes.",
    "title: %a\n": "1: This is not valid YAML. Put a value that starts with @, ` or % into quotes;",
    "title\nowners: b\n": "2: This is not valid YAML. Quote a value that contains `: `; write `:` after",
    "tags: [a]\ntitle\nowners: b\n": "2: This is not valid YAML. Write `option: value`, with a",
    "title: 'it's'\n": "1: This is not valid YAML. Indent the options of one level alike;",
    "title: A\nowners: \x01\n": "2: The character U+0001 is not allowed. Remove it.",
    'title: "\\0"\n': "1: `title` contains a NUL character. Remove it.",
    "just words\n": "1: The file does not consist of options.",
    "- a\n": "1: The file does not consist of options.",
    "? [a, b]\n: c\n": "1: The name of an option must be a single word.",
    "[" * 5000: "1: This is not valid YAML. Too many `[` or `{` stand inside each other.",
    "- " * 30 + "a": f"1: More than {DEPTH_LIMIT} levels stand inside each other.",
    "a:\n  - b\n  -\n": "3: An entry of the list has no value.",
}


@pytest.mark.parametrize(("text", "fault"), TRAPS.items())
def test_a_trap_of_yaml_is_told_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    """What PyYAML would load silently, slowly or differently is refused."""
    assert any(found.startswith(fault) for found in faults(tmp_path, text))


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", r"brands.yaml: The file is empty. Start it with `title:`."),
        (b"# only a comment\n", r"brands.yaml: The file is empty."),
        (b"title: A\nowners: \xe4\n", r"brands.yaml:2: The file is not text in UTF-8."),
        (b"#" * (SIZE_LIMIT + 1), r"brands.yaml: The file is larger than 1 MB. Split it"),
    ],
)
def test_a_file_that_is_no_yaml_text_is_refused(tmp_path: Path, data: bytes, fault: str) -> None:
    """Emptiness, encoding and size are told before anything else."""
    path = tmp_path / "brands.yaml"
    path.write_bytes(data)

    with pytest.raises(ConfigError, match=fault):
        load_group(path)


def test_a_file_saved_on_windows_loads(tmp_path: Path) -> None:
    """A byte order mark and CR LF change nothing."""
    path = tmp_path / "brands.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + BRANDS.replace("\n", "\r\n").encode())

    assert load_group(path) == load(tmp_path, BRANDS)


def test_lines_are_those_of_the_offending_value(tmp_path: Path) -> None:
    """Also in texts of several lines and in nested lists."""
    text = """\
        description: |
          several
          lines
        tags: [a,
          "",
          b]
        descriptors: []
        """

    assert faults(tmp_path, text) == [
        "5: An entry of `tags` must not be empty.",
        "7: `descriptors` must have an entry.",
    ]


OPTIONS = [
    *("title", "owners", "tags", "layout", "descriptors", "name", "files", "table", "key", "to"),
    *("columns", "from", "type", "regex", "position", "constant", "default", "language", "lookup"),
    *("format", "schedule", "timezone", "max_rejects", "escape", "service", "after", "on_empty"),
]
SCRAPS = [
    *("shop.brand", "brands*.csv", "true", "12", "5 %", "0 0 31 2 *", "Europe", "(a", "${9}", "''"),
    *(": ", "- ", "\n", "\n  ", "\n    - ", "{", "}", "[", "]", ",", "&a ", "*a", "!!str ", "|\n"),
    *("é", "\t", "#", '"', "'", "\\0", "\u2028", "\ufeff", "%d", "@daily"),
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(st.text(), st.lists(st.sampled_from(OPTIONS + SCRAPS), max_size=60).map("".join))
)
def test_any_text_gives_a_group_or_problems(tmp_path: Path, text: str) -> None:
    """Nothing else ever comes out of a file."""
    path = tmp_path / "brands.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    (outcome,) = load_groups(tmp_path).values()

    assert isinstance(outcome, Group) or outcome.problems


VALUES = st.recursive(
    st.sampled_from([*OPTIONS, *filter(str.isprintable, SCRAPS)]) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(OPTIONS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    group=st.dictionaries(st.sampled_from(OPTIONS), VALUES, max_size=3),
    descriptor=st.dictionaries(st.sampled_from(OPTIONS), VALUES, max_size=4),
    column=st.dictionaries(st.sampled_from(OPTIONS), VALUES, max_size=4) | VALUES,
)
def test_any_options_give_a_group_or_problems(
    tmp_path: Path, group: dict[str, object], descriptor: dict[str, object], column: object
) -> None:
    """Also where the YAML is sound and the options are nonsense."""
    brands = {"name": "brands", "files": "b", "table": "shop.brand", "key": "name"}
    columns = ["name", column]
    content = group | {"descriptors": [brands | {"columns": columns} | descriptor]}
    path = tmp_path / "brands.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")

    (outcome,) = load_groups(tmp_path).values()

    assert isinstance(outcome, Group) or outcome.problems
