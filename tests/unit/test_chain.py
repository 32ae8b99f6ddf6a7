"""Exporters in sequence: who works after whom, and who takes what."""

from graphlib import CycleError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impex.cli.running import DONE, MISUSED
from local.settings import REPOSITORY
from orders.cli.commands import main
from orders.domain.chain import choose, loop_of, stages
from orders.domain.diagrams import chain_diagram
from orders.domain.exporter import Approval, Exporter
from tests.exporters import exporter, only, subject, written

FLAGS = ("INITPAID", "A", "B", "C", "D")
SUPPLIERS = ("S1", "S2", "S3")


@st.composite
def made(draw: st.DrawFn) -> list[Exporter]:
    """Return exporters of few flags, often in each other's way."""
    count = draw(st.integers(0, 7))
    return [
        exporter(
            f"e{number}",
            draw(st.sampled_from(FLAGS)),
            next_flag=draw(st.sampled_from(("", "", *FLAGS))),
            priority=draw(st.integers(1, 3)),
            enabled=draw(st.booleans()),
            when=only(supplier=tuple(draw(st.sets(st.sampled_from(SUPPLIERS))))),
        )
        for number in range(count)
    ]


@given(made())
def test_exporters_work_after_all_that_raise_their_flag_or_a_loop_is_told(
    exporters: list[Exporter],
) -> None:
    """Every hop of a chain is done in one run."""
    loops = [loop for each in exporters if (loop := loop_of(each, exporters))]
    if loops:
        with pytest.raises(CycleError, match="cycle"):
            stages(exporters)
        return

    found = stages(exporters)

    place = {each.name: number for number, stage in enumerate(found) for each in stage}
    assert sorted(place) == sorted(each.name for each in exporters)
    assert all(found)
    for each in exporters:
        before = [place[e.name] for e in exporters if e.next_flag == each.flag]
        assert place[each.name] == max(before, default=-1) + 1


@given(made())
def test_a_loop_leads_from_an_exporter_back_to_it(exporters: list[Exporter]) -> None:
    """Hop by hop, and no exporter twice."""
    for each in exporters:
        loop = loop_of(each, exporters)
        if loop:
            following = [*loop[1:], loop[0]]
            assert loop[0] is each
            assert all(a.next_flag == b.flag for a, b in zip(loop, following, strict=True))
            assert len({hop.name for hop in loop}) == len(loop)


@given(made(), st.sampled_from(FLAGS), st.sampled_from(SUPPLIERS))
def test_the_first_by_priority_whose_conditions_hold_takes_a_flag(
    exporters: list[Exporter], flag: str, supplier: str
) -> None:
    """Nobody else does; if there is none, each that could have says why not."""
    possible = [e for e in exporters if e.flag == flag]
    willing = [e for e in possible if e.enabled and supplier in (e.when.supplier or SUPPLIERS)]

    chosen = choose(exporters, flag, subject(supplier=supplier))

    if willing:
        best = min(e.priority for e in willing)
        assert chosen == next(e for e in willing if e.priority == best)
    else:
        assert isinstance(chosen, dict)
        assert chosen.keys() == {e.name for e in possible}
        assert all(chosen.values())


def test_a_flag_that_nobody_takes_has_the_reasons_of_all() -> None:
    """A person sees at once which condition is not met."""
    exporters = [
        exporter("last", priority=200, enabled=False),
        exporter("first", when=only(shop=("S2",), country=("AT",))),
        exporter("other", "DELIVERY"),
    ]

    assert choose(exporters, "INITPAID", subject()) == {
        "first": ["shop S1 is none of S2", "country DE is none of AT"],
        "last": ["it is disabled"],
    }
    assert choose(exporters, "CANCELLED", subject()) == {}


def test_a_picture_marks_gates_and_what_is_disabled() -> None:
    """Flags that nobody takes stand alone."""
    picture = chain_diagram(
        [
            exporter("the-gate", next_flag="NEXT", approval=Approval()),
            exporter("off", "NEXT", enabled=False, priority=7),
        ]
    )

    lines = [line.strip() for line in picture.splitlines()]
    assert 'exporter_the_gate{{"the-gate: manual"}}' in lines
    assert 'exporter_off["off: manual, disabled"]:::disabled' in lines
    assert "flag_NEXT -->|7| exporter_off" in lines
    assert 'flag_RETURNED(["⚑ RETURNED"])' in lines


def test_the_picture_in_the_documentation_is_that_of_the_shipped_exporters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The page shows the chain as it is."""
    assert main(["chain", "--diagram"]) == DONE
    page = Path(REPOSITORY / "docs" / "exporters.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{capsys.readouterr().out}```" in page


def test_the_command_lists_exporters_by_stage(capsys: pytest.CaptureFixture[str]) -> None:
    """Who works after whom, and what is disabled."""
    assert main(["chain"]) == DONE

    listed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["1", "INITPAID", "100", "manual-release"] in [words[:4] for words in listed]
    assert ["2", "EMAILNOTIFY", "100", "supplier-mails"] in [words[:4] for words in listed]


def test_the_command_draws_nothing_while_something_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody knows then who takes what."""
    monkeypatch.setenv("ORDERS_EXPORTERS", str(written(tmp_path, bad="flag: INITPAID\n")))

    assert main(["chain"]) == MISUSED
    assert "`target` is missing." in capsys.readouterr().err
