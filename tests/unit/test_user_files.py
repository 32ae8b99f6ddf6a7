"""A group that names a function is checked against the files of functions; nothing is run."""

from pathlib import Path

import pytest

from impex.config import load_group
from impex.domain.errors import ConfigError
from tests.unit.group_files import group_text

PRICES = """
from math import floor
from functools import partial

raise SystemExit("nobody runs this")

def net(cells):
    return cells

rounded = partial(floor)
"""


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """A directory with groups and, beside it, one with functions."""
    (tmp_path / "groups").mkdir()
    (tmp_path / "transforms").mkdir()
    (tmp_path / "transforms" / "prices.py").write_text(PRICES, "utf-8")
    return tmp_path


def fault(places: Path, name: str) -> str:
    """Return the only problem of a group with a column that names the function; empty if none."""
    path = places / "groups" / "brands.yaml"
    path.write_text(group_text(column=f"{{to: x, transform: '{name}'}}"), "utf-8")
    try:
        load_group(path)
    except ConfigError as error:
        (problem,) = error.problems
        assert problem.where == f"{path}:9"
        return f"{problem.what} {problem.hint}"
    return ""


@pytest.mark.parametrize("function", ["net", "rounded", "floor"])
def test_a_function_is_what_a_file_defines_or_imports(places: Path, function: str) -> None:
    """It is found by reading the file, not by running it."""
    assert fault(places, f"prices.py:{function}") == ""


def test_a_function_that_is_not_there_is_told_with_the_nearest_name(places: Path) -> None:
    """Most faults are slips."""
    assert fault(places, "prices.py:nett") == (
        "`prices.py` does not define `nett`. Did you mean `net`? "
        "Possible: floor, partial, net, rounded."
    )


def test_a_file_that_is_not_there_is_told_with_the_nearest_name(places: Path) -> None:
    """And with the place where it should be."""
    assert fault(places, "price.py:net") == (
        f"There is no file `price.py` in {places / 'transforms'}. "
        "Did you mean `prices.py`? Possible: prices.py."
    )


@pytest.mark.parametrize("content", [b"def f(:\n", b"\xff\n", b"\0"])
def test_a_file_that_is_not_python_is_told(places: Path, content: bytes) -> None:
    """Whatever else it is."""
    (places / "transforms" / "broken.py").write_bytes(content)

    assert fault(places, "broken.py:f").startswith("`broken.py` is no Python file that can be read")


def test_a_descriptor_may_name_a_function_over_rows(places: Path) -> None:
    """It is checked in the same way."""
    path = places / "groups" / "brands.yaml"
    path.write_text(group_text(descriptor="transform: prices.py:net"), "utf-8")

    assert load_group(path).descriptors[0].transform == "prices.py:net"
