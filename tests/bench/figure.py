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
        bar: The ratio that must not be exceeded; None for figures that only inform. To be some
            times faster than the reference is a bar below 1; 0 forbids any value but 0.
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
        return self.value / self.reference if self.reference else None

    @property
    def missed(self) -> bool:
        """Whether there is a bar and the ratio exceeds it."""
        return self.bar is not None and self.ratio is not None and self.ratio > self.bar


def write(figures: Sequence[Figure], path: Path) -> None:
    """Write the figures into a JSON list, in place of those of the same names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text()) if path.exists() else []
    by_name = {figure["name"]: figure for figure in known}
    for figure in figures:
        ratio = None if figure.ratio is None else round(figure.ratio, 6)
        by_name[figure.name] = {**asdict(figure), "ratio": ratio}
    path.write_text(json.dumps(list(by_name.values()), indent=2) + "\n")


def table(figures: Sequence[Figure]) -> str:
    """Render the figures as a Markdown table."""
    lines = [
        "| what | value | reference | ratio | bar | peak RSS |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for f in figures:
        reference = f"{_short(f.reference)} {f.unit}" if f.reference is not None else ""
        ratio = f"{f.ratio:.2f}" if f.ratio is not None else ""
        bar = f"≤ {f.bar:.3g}" if f.bar is not None else ""
        memory = f"{f.peak_rss_mb:.0f} MB" if f.peak_rss_mb is not None else ""
        lines.append(
            f"| {f.name} | {_short(f.value)} {f.unit} | {reference} | {ratio} | {bar} | {memory} |"
        )
    return "\n".join(lines)


def _short(value: float) -> str:
    """Write a number with three digits, or with all before the point if these are more."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
