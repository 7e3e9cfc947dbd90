"""Ratios of the platform to a bare script, both measured in the same run."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(slots=True)
class Comparison:
    """One thing done by a bare script and by the platform, several times in turn.

    `bare` and `platform` are seconds if `is_rate` is false (a ratio below 1 is good), else
    requests per second (a ratio above 1 is good). `goal` bounds the ratio on its bad side.
    """

    name: str
    is_rate: bool
    goal: float | None = None
    bare: list[float] = field(default_factory=list)
    platform: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median of the platform over median of the bare script."""
        return median(self.platform) / median(self.bare)

    def to_json(self) -> dict[str, Any]:
        """The comparison with all its measurements."""
        return {
            "name": self.name,
            "unit": "requests/s" if self.is_rate else "s",
            "ratio": round(self.ratio, 3),
            "goal": self.goal,
            "bare": [round(value, 4) for value in self.bare],
            "platform": [round(value, 4) for value in self.platform],
            "notes": self.notes,
        }


def table(comparisons: list[Comparison]) -> str:
    """The comparisons as a Markdown table."""
    lines = [
        "| Comparison | bare | platform | ratio | goal | |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for item in comparisons:
        unit = "/s" if item.is_rate else " s"
        digits = 0 if item.is_rate else 2
        sign = "≥" if item.is_rate else "≤"
        goal = "" if item.goal is None else f"{sign} {item.goal:g}"
        lines.append(
            f"| {item.name} | {median(item.bare):.{digits}f}{unit} "
            f"| {median(item.platform):.{digits}f}{unit} | {item.ratio:.2f} | {goal} "
            f"| {'; '.join(item.notes)} |"
        )
    return "\n".join(lines)


def write(path: Path, machine: dict[str, Any], comparisons: list[Comparison]) -> None:
    """Write the machine and all measurements as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine, "comparisons": [item.to_json() for item in comparisons]}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
