"""Definitions as they are shown: rows of the database as wire types, and what changed in them."""

from typing import Any

from services.indicator_api.indicators.repository import DefinitionRow
from services.indicator_api.indicators.rules import LABELS, changed_fields
from services.indicator_api.indicators.schemas import (
    ChangedField,
    DenominatorPart,
    Dimension,
    IndicatorDefinition,
    IndicatorParts,
    IndicatorRead,
    IndicatorVersion,
    Part,
    VersionReference,
)

NOTHING_RELEASED: dict[str, Any] = {"levels": [], "periods": [], "datasets": [], "coverage": []}
_PLACE = ("number", "variant", "is_key_indicator")
_VERSION = ("version", "changed_on", "change_note", "origin", "is_current")


def definition_of(row: DefinitionRow) -> IndicatorParts:
    """A version's definition, without its place in the catalogue and its history."""
    indicator = row.Indicator
    values = {
        name: getattr(indicator, name)
        for name in IndicatorDefinition.model_fields
        if name != "dimension"
    }
    dimension = Dimension(code=indicator.dimension_code, label=indicator.dimension_label)
    numerator = Part(
        measure=row.numerator_measure,
        breakdown=row.numerator_breakdown,
        dataset=row.numerator_dataset,
    )
    denominator = None
    if row.denominator_measure is not None:
        denominator = DenominatorPart(
            measure=row.denominator_measure,
            breakdown=row.denominator_breakdown,
            dataset=row.denominator_dataset,
            period_rule=indicator.denominator_period_rule,
        )
    return IndicatorParts.model_validate(
        values | {"dimension": dimension, "numerator": numerator, "denominator": denominator}
    )


def compared_values(row: DefinitionRow) -> dict[str, Any]:
    """All of a version that its history compares, as plain values by the names in `LABELS`."""
    place = {name: getattr(row.Indicator, name) for name in _PLACE}
    return definition_of(row).model_dump(mode="json") | place


def as_read(row: DefinitionRow, available: dict[str, Any] | None) -> IndicatorRead:
    """The current version with what is released of it (None: nothing)."""
    indicator = row.Indicator
    names = (*_PLACE, "origin", "version", "changed_on", "change_note", "retired_on")
    more = {name: getattr(indicator, name) for name in names}
    return IndicatorRead.model_validate(
        definition_of(row).model_dump() | more | (available or NOTHING_RELEASED)
    )


def history_of(rows: list[DefinitionRow]) -> list[VersionReference]:
    """The history of a definition, newest first like `rows`."""
    values = [compared_values(row) for row in rows]
    return [
        VersionReference(
            **{name: getattr(row.Indicator, name) for name in _VERSION},
            changed=[] if before is None else _changed(before, after),
        )
        for row, after, before in zip(rows, values, [*values[1:], None], strict=True)
    ]


def as_version(row: DefinitionRow, reference: VersionReference) -> IndicatorVersion:
    """One version's definition with its place in the history."""
    return IndicatorVersion.model_validate(definition_of(row).model_dump() | reference.model_dump())


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[ChangedField]:
    return [ChangedField(field=name, label=LABELS[name]) for name in changed_fields(before, after)]
