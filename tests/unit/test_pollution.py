"""Polluted files: none loads silently wrong."""

import re
from collections import Counter

import pytest

from impex.domain.errors import FileFaultError
from tests.pollution import Polluted, Table, polluted_files
from tests.unit.read_files import read_any

SEEDS = range(4)
_KEY = re.compile(r"[0-9]+")


def load(polluted: Polluted) -> tuple[Table, bool]:
    """Load a file as strictly as a run does: layout by default, the header as agreed, keys numbers.

    Returns:
        The rows, and whether anything was told about the file or one of its lines.
    """
    try:
        file = read_any(polluted.data)
    except FileFaultError:
        return [], True
    names = file.header
    while names and not names[-1]:
        names = names[:-1]
    if names != polluted.header:
        return [], True
    rows = [list(cells[: len(names)]) for cells in file.cells if _KEY.fullmatch(cells[0])]
    return rows, bool(file.issues) or len(rows) < len(file.cells)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_polluted_file_loads_silently_wrong(seed: int) -> None:
    """What is loaded is exactly right, or the fault is told."""
    wrong = []
    for polluted in polluted_files(seed):
        rows, told = load(polluted)
        if not told and rows not in (polluted.table, polluted.rows):
            wrong.append(polluted)

    assert not wrong


@pytest.mark.parametrize("seed", SEEDS)
def test_no_pollution_moves_a_cell_into_another_column_or_row(seed: int) -> None:
    """Beside the faults that are told, every row that is loaded is one that is in the file."""
    moved = [
        (polluted, rows)
        for polluted in polluted_files(seed)
        if polluted.rows is not None
        for rows in [[row for row in load(polluted)[0] if row not in polluted.rows]]
        if rows
    ]

    assert not moved


@pytest.mark.parametrize("seed", SEEDS)
def test_harmless_pollution_keeps_nothing_out(seed: int) -> None:
    """Line ends, marks, quotes nobody needs: a careful person would not even notice."""
    refused = [
        p for p in polluted_files(seed) if p.table is not None and load(p) != (p.table, False)
    ]

    assert not refused


def test_there_are_many_files_of_many_kinds() -> None:
    """The promise is worth as much as what it was tried on."""
    files = [polluted for seed in SEEDS for polluted in polluted_files(seed)]
    kinds = Counter(re.sub(r"\d.*", "", polluted.kind) for polluted in files)

    assert len({polluted.data for polluted in files}) > 2290
    assert len(kinds) > 100
