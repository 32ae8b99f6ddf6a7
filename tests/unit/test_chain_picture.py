"""The chain as a picture: every flag that there is stands somewhere in it, once."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orders.domain.export_item import ItemState
from orders.services.chain_picture import Picture, picture
from tests.exporters import exporter

CHAIN = (
    exporter("mail", "NOTIFY"),
    exporter("release", "INITPAID", next_flag="NOTIFY"),
    exporter("other", "INITPAID", priority=5),
)
NAMES = ("mail", "release", "other", "gone", "")
FLAGS = ("INITPAID", "NOTIFY", "UNKNOWN")


def row(flag: str, name: str, state: str, items: int) -> dict[str, Any]:
    """Return a count as the tables have it."""
    return {"flag": flag, "exporter": name, "state": state, "items": items}


def counted(drawn: Picture) -> int:
    """Return how many flags a picture shows in all."""
    of_flags = [counts for stage in drawn.stages for counts in stage.flags.values()]
    of_boxes = [box.counts for stage in drawn.stages for box in stage.boxes]
    rest = [*drawn.untaken.values(), *drawn.gone.values()]
    return sum(sum(counts.values()) for counts in (*of_flags, *of_boxes, *rest))


def test_each_stage_has_its_flags_and_exporters_with_what_is_there() -> None:
    """What no exporter takes, and what exporters had that are gone, stands beside."""
    drawn = picture(
        CHAIN,
        [
            row("INITPAID", "", "waiting", 4),
            row("INITPAID", "release", "held", 2),
            row("INITPAID", "release", "exported", 7),
            row("NOTIFY", "", "unmatched", 1),
            row("UNKNOWN", "", "waiting", 3),
            row("INITPAID", "gone", "dead", 5),
        ],
    )

    assert [list(stage.flags.items()) for stage in drawn.stages] == [
        [("INITPAID", {"waiting": 4})],
        [("NOTIFY", {"unmatched": 1})],
    ]
    assert [(box.exporter.name, box.counts) for box in drawn.stages[0].boxes] == [
        ("other", {}),
        ("release", {"held": 2, "exported": 7}),
    ]
    assert drawn.untaken == {"UNKNOWN": {"waiting": 3}}
    assert drawn.gone == {"gone": {"dead": 5}}


@st.composite
def counts(draw: st.DrawFn) -> Sequence[dict[str, Any]]:
    """Return counts as the tables can have them: what waits or is unmatched has no exporter."""
    free = st.sampled_from(["waiting", "unmatched"])
    taken = st.sampled_from([s.value for s in ItemState if s.value not in ("waiting", "unmatched")])
    keys = draw(st.sets(st.tuples(st.sampled_from(FLAGS), st.sampled_from(NAMES), free, taken)))
    found = {(f, n, s if not n else t) for f, n, s, t in keys}
    return [row(*key, draw(st.integers(1, 9))) for key in sorted(found)]


@given(counts())
def test_every_flag_is_counted_once(found: Sequence[dict[str, Any]]) -> None:
    """Whatever exporters there are by now."""
    assert counted(picture(CHAIN, found)) == sum(each["items"] for each in found)
