"""One line of the result table."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value beside its reference.

    Attributes:
        name: What was measured.
        reference: The value of the reference, in the same unit.
        bar: The ratio that must not be exceeded; None for figures that only inform.
        peak_rss_mb: Peak memory of the measured process; None where it was not measured.
    """

    name: str
    value: float
    unit: str
    reference: float | None = None
    bar: float | None = None
    peak_rss_mb: float | None = None

    @property
    def ratio(self) -> float | None:
        """Value by reference: smaller is better."""
        return round(self.value / self.reference, 3) if self.reference else None


def write(figures: Sequence[Figure], path: Path) -> None:
    """Write the figures as a JSON list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    objects = [{**asdict(figure), "ratio": figure.ratio} for figure in figures]
    path.write_text(json.dumps(objects, indent=2) + "\n")


def table(figures: Sequence[Figure]) -> str:
    """Render the figures as a Markdown table."""
    lines = [
        "| what | value | reference | ratio | bar | peak RSS |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for f in figures:
        reference = f"{f.reference:.3g} {f.unit}" if f.reference is not None else ""
        ratio = f"{f.ratio:.2f}" if f.ratio is not None else ""
        bar = f"≤ {f.bar:g}" if f.bar is not None else ""
        memory = f"{f.peak_rss_mb:.0f} MB" if f.peak_rss_mb is not None else ""
        lines.append(
            f"| {f.name} | {f.value:.3g} {f.unit} | {reference} | {ratio} | {bar} | {memory} |"
        )
    return "\n".join(lines)
