"""A row of figures as an item of the JSON answer."""

from collections.abc import Mapping
from typing import Any

_KEPT = (
    "indicator",
    "breakdown",
    "area",
    "name",
    "kind",
    "period",
    "value",
    "status",
    "numerator",
    "denominator",
    "lower",
    "upper",
)


def item_of(cell: Mapping[str, Any]) -> dict[str, Any]:
    """The item for a row with the columns that the repository streams."""
    derivation = None
    if cell["derivation"] is not None:
        derivation = {
            "method": cell["derivation"],
            "is_estimated": cell["is_estimated"],
            "parts": cell["parts"],
            "parts_expected": cell["parts_expected"],
            "parts_kind": cell["parts_kind"],
            "detail": cell["derivation_detail"],
        }
    return {name: cell[name] for name in _KEPT} | {
        "quality": cell["quality"].split(),
        "derivation": derivation,
        # why there is no value, as far as it is known
        "detail": None if cell["value"] is not None else cell["derivation_detail"],
    }
