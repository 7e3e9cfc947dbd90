"""Observations as CSV: UTF-8, one header, keys as text, no footnotes in cells."""

import csv
import io
from typing import Any

from services.indicator_api.observations.plan import FigurePlan

COLUMNS = (
    "area",
    "name",
    "level",
    "period",
    "value",
    "status",
    "quality",
    "numerator",
    "denominator",
    "lower",
    "upper",
    "unit",
    "source",
    "release",
    "is_fictional",
)


def to_csv(plan: FigurePlan, rows: list[dict[str, Any]]) -> bytes:
    """The figures as CSV with a decimal point; the source and its release stand in each row."""
    source = "; ".join(dict.fromkeys(item.attribution for item in plan.sources))
    release = "; ".join(
        dict.fromkeys(f"{item.dataset} {item.release['number']}" for item in plan.sources)
    )
    is_fictional = str(any(item.is_fictional for item in plan.sources)).lower()
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(
            [
                row["area"],
                row["name"],
                row["kind"],
                row["period"],
                _number(row["value"]),
                row["status"],
                row["quality"],
                _number(row["numerator"]),
                _number(row["denominator"]),
                _number(row["lower"]),
                _number(row["upper"]),
                plan.definition.unit,
                source,
                release,
                is_fictional,
            ]
        )
    return text.getvalue().encode()


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
