"""Ratios of the platform to a bare script, both measured in the same run."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(slots=True)
class Comparison:
    """One thing done by a bare script and by the platform, several times in turn.

    `bare` and `platform` are rates if `is_rate` (a ratio above 1 is good), else what it costs (a
    ratio below 1 is good): requests per second or seconds unless `unit` says otherwise. `goal`
    bounds the ratio on its bad side.
    """

    name: str
    is_rate: bool
    goal: float | None = None
    bare: list[float] = field(default_factory=list)
    platform: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unit: str = ""

    def __post_init__(self) -> None:
        self.unit = self.unit or ("requests/s" if self.is_rate else "s")

    @property
    def ratio(self) -> float:
        """Median of the platform over median of the bare script."""
        return median(self.platform) / median(self.bare)

    def to_json(self) -> dict[str, Any]:
        """The comparison with all its measurements."""
        return {
            "name": self.name,
            "unit": self.unit,
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
        sign = "≥" if item.is_rate else "≤"
        goal = "" if item.goal is None else f"{sign} {item.goal:g}"
        lines.append(
            f"| {item.name} | {_shown(median(item.bare), item.unit)} "
            f"| {_shown(median(item.platform), item.unit)} | {item.ratio:.2f} | {goal} "
            f"| {'; '.join(item.notes)} |"
        )
    return "\n".join(lines)


def _shown(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"
    return f"{value:,.0f} {unit}".replace("requests/s", "/s")


def write(path: Path, machine: dict[str, Any], comparisons: list[Comparison]) -> None:
    """Write the machine and all measurements as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine, "comparisons": [item.to_json() for item in comparisons]}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
