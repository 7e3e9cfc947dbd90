"""German numbers, names and small words of a report; numbers by Babel.

A space inside a figure is a no-break space (U+00A0). What has no value gets a word of its own,
never an empty place.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from services.report_api.figures.rules import Figure, Status
from services.report_api.snapshots.rules import AreaRecord, IndicatorRecord, PeriodRecord

LOCALE = "de_DE"
BERLIN = ZoneInfo("Europe/Berlin")
NBSP = "\u00a0"
MISSING = f"k.{NBSP}A."
STATUS_WORDS: dict[Status, str] = {
    Status.NOTHING: "–",
    Status.HIDDEN: "geheim",
    Status.UNKNOWN: MISSING,
    Status.UNRELIABLE: "unsicher",
    Status.BLOCKED: "entfällt",
    Status.LATER: "folgt",
    Status.NOT_AVAILABLE: MISSING,
}
STATUS_MEANINGS: dict[Status, str] = {
    Status.HIDDEN: "zum Schutz einzelner Menschen nicht gezeigt",
    Status.UNKNOWN: "Zahlenwert unbekannt oder von der Quelle geheim gehalten",
    Status.UNRELIABLE: "Zahlenwert nicht sicher genug, um ihn zu zeigen",
    Status.BLOCKED: "Angabe ist hier nicht sinnvoll",
    Status.LATER: "Angabe fällt später an",
    Status.NOT_AVAILABLE: "für dieses Gebiet liegt nichts vor",
}
QUALITY_WORDS: dict[int, str] = {
    1: "eingeschränkt aussagekräftig",
    2: "vorläufig",
    4: "geschätzt",
    8: "berichtigt",
}
POLARITY_WORDS: dict[str, str] = {
    "worse": "Je höher der Wert, desto ungünstiger die Lage.",
    "better": "Je höher der Wert, desto günstiger die Lage.",
    "context": "Der Wert beschreibt und wertet nicht.",
}
KIND_PLURALS: dict[str, str] = {
    "kreis": "Kreise und kreisfreie Städte",
    "gemeinde": "Gemeinden",
    "quartier": "Quartiere",
}


def number(value: float, decimals: int) -> str:
    """„1.234“ or „12,4“; halves are rounded away from zero."""
    step = Decimal(1).scaleb(-decimals)
    rounded = Decimal(str(value)).quantize(step, rounding=ROUND_HALF_UP)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    # a rounded "-0,0" would read as if something were there
    return format_decimal(rounded if rounded else step * 0, pattern, locale=LOCALE)


def with_unit(value: float, unit: str, decimals: int) -> str:
    """The number and its unit, not broken apart."""
    return f"{number(value, decimals)}{NBSP}{unit}" if unit else number(value, decimals)


def value_in_words(indicator: IndicatorRecord, figure: Figure, *, has_unit: bool = True) -> str:
    """The figure as it is shown, or the word for why there is none."""
    if figure.value is None or figure.status is Status.NOTHING:
        return STATUS_WORDS.get(figure.status, MISSING)
    return with_unit(figure.value, indicator.unit if has_unit else "", indicator.decimals)


def interval_in_words(indicator: IndicatorRecord, figure: Figure, *, has_unit: bool = True) -> str:
    """„11,8 bis 13,1 %“; empty where none is known."""
    if figure.lower is None or figure.upper is None:
        return ""
    unit = indicator.unit if has_unit else ""
    upper = with_unit(figure.upper, unit, indicator.decimals)
    return f"{number(figure.lower, indicator.decimals)} bis {upper}"


def quality_in_words(figure: Figure) -> str:
    """„vorläufig, geschätzt“; empty where there is nothing to say."""
    return ", ".join(word for bit, word in QUALITY_WORDS.items() if figure.quality & bit)


def counted(amount: int, one: str, many: str) -> str:
    """„1 Quartier“, „12 Quartiere“."""
    return f"{number(amount, 0)}{NBSP}{one if amount == 1 else many}"


def joined(parts: Sequence[str], last: str = "und") -> str:
    """„a, b und c“."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def day(value: str | date | datetime) -> str:
    """„03.11.2025“; an instant is shown for Berlin."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        moment = moment.astimezone(BERLIN)
    return format_date(moment, "dd.MM.yyyy", locale=LOCALE)


def short_name(area: AreaRecord) -> str:
    """The name without the designation behind the comma: „Aachen“, not „Aachen, Stadt“."""
    return " ".join(area.name.partition(", ")[0].split())


def place(area: AreaRecord) -> str:
    """Where: „in Aachen“, „im Kreis Heinsberg“, „im Quartier Altstadt“."""
    name = short_name(area)
    if area.kind == "quartier":
        return f"im Quartier {name}"
    if area.kind == "regierungsbezirk":
        return f"im {name}"
    if area.kind == "kreis":
        return _place_of_kreis(area, name)
    return f"in {name}"


def _place_of_kreis(area: AreaRecord, name: str) -> str:
    if name.startswith(("Städteregion ", "Region ")):
        return f"in der {name}"
    if name.startswith(("Kreis ", "Landkreis ", "Rhein-Kreis ")):
        return f"im {name}"
    if name.endswith("er Kreis"):
        # an adjective: Märkischer Kreis, im Märkischen Kreis
        return f"im {name[: -len('er Kreis')]}en Kreis"
    if name.lower().endswith("kreis"):
        return f"im {name}"
    return f"in {name}"


def areas_of_map(within: AreaRecord, level: str) -> str:
    """„Gemeinden im Kreis Heinsberg“."""
    return f"{KIND_PLURALS[level]} {place(within)}"


def short_periods(periods: Sequence[PeriodRecord]) -> tuple[tuple[str, ...], str]:
    """Labels for an axis, and what they leave out (`jeweils 31.12.`).

    Years alone where all are the same day of different years, or whole years.
    """
    days = {item.end_on[5:] for item in periods if item.start_on == item.end_on}
    years = tuple(item.end_on[:4] for item in periods)
    is_each_a_day = all(item.start_on == item.end_on for item in periods)
    if len(set(years)) == len(years):
        if is_each_a_day and len(days) == 1:
            month, _, day_of_month = days.pop().partition("-")
            return years, f"jeweils {day_of_month}.{month}."
        if all(item.start_on[5:] == "01-01" and item.end_on[5:] == "12-31" for item in periods):
            return years, ""
    return tuple(item.label for item in periods), ""
