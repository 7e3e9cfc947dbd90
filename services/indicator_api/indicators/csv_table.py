"""The catalogue as CSV: one header, a line a definition."""

from collections.abc import Iterable

from services.indicator_api.indicators.schemas import IndicatorRead
from services.shared.csv_file import CsvWriter, Dialect

COLUMNS = (
    "number", "variant", "code", "version", "changed_on", "dimension", "name", "short_name",
    "question", "explanation", "kind", "numerator_text", "numerator_measure",
    "numerator_breakdown", "denominator_text", "denominator_measure", "denominator_breakdown",
    "unit", "factor", "decimals", "polarity", "legal_basis", "confidentiality_rule",
    "denominator_basis_note", "usual_source", "definition_source", "applies_to",
    "smallest_level", "is_checked", "is_key_indicator", "breaks", "note", "levels", "periods",
)  # fmt: skip


def to_csv(indicators: Iterable[IndicatorRead], dialect: Dialect) -> bytes:
    """The definitions in the order given; what is unknown is an empty cell."""
    writer = CsvWriter(dialect)
    rows = [[_value(item, column) for column in COLUMNS] for item in indicators]
    return writer.head(COLUMNS) + writer.rows(rows)


def _value(item: IndicatorRead, column: str) -> object:
    role, _, field = column.partition("_")
    if role in ("numerator", "denominator") and field in ("measure", "breakdown"):
        part = getattr(item, role)
        return None if part is None else getattr(part, field)
    match column:
        case "dimension":
            return item.dimension.label
        case "breaks":
            return " | ".join(f"{entry.on}: {entry.detail}" for entry in item.breaks)
        case "levels":
            return ", ".join(level.kind for level in item.levels)
        case "periods":
            return ", ".join(period.code for period in item.periods)
        case _:
            return getattr(item, column)
