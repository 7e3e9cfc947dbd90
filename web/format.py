"""German numbers and dates, by Babel. Also the Jinja filters of the same names.

A space inside a figure is a no-break space (U+00A0). What has no value gets a word of its own:
hidden („geheim“), missing („k. A.“) and nothing („–“) are never told by an empty cell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

LOCALE = "de_DE"
BERLIN = ZoneInfo("Europe/Berlin")
_MOST_PAGE_DIGITS = 6
NBSP = "\u00a0"
MISSING = f"k.{NBSP}A."
NOTHING = "–"

Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class StatusWord:
    """How a status without a value is shown (`short`) and explained (`meaning`)."""

    short: str
    meaning: str


STATUS_WORDS: dict[str, StatusWord] = {
    "nothing": StatusWord(NOTHING, "nichts vorhanden (genau null)"),
    "hidden": StatusWord("geheim", "zum Schutz einzelner Menschen nicht gezeigt"),
    "missing": StatusWord(MISSING, "keine Angabe: für dieses Gebiet liegt nichts vor"),
    "unknown": StatusWord(MISSING, "Zahlenwert unbekannt oder von der Quelle geheim gehalten"),
    "unreliable": StatusWord("unsicher", "Zahlenwert nicht sicher genug, um ihn zu zeigen"),
    "blocked": StatusWord("entfällt", "Angabe ist hier nicht sinnvoll"),
    "later": StatusWord("folgt", "Angabe fällt später an"),
    "not_available": StatusWord("nicht verfügbar", "wird für dieses Gebiet nicht erhoben"),
}


def number(value: Number | None, decimals: int = 0) -> str:
    """„1.234“ or „12,4“; None is „k. A.“. Halves are rounded away from zero."""
    if value is None:
        return MISSING
    step = Decimal(1).scaleb(-decimals)
    rounded = Decimal(str(value)).quantize(step, rounding=ROUND_HALF_UP)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    # A rounded "-0,0" would read as if something were there.
    return format_decimal(rounded + 0 if rounded else step * 0, pattern, locale=LOCALE)


def parse_number(text: str) -> float | None:
    """A number as people here write it: „1.234,5“, „12,4“, also „12.4“; None if it is none."""
    bare = text.strip().replace(NBSP, "").replace("\u202f", "")
    if "," in bare:
        bare = bare.replace(".", "").replace(",", ".")
    try:
        read = float(bare)
    except ValueError:
        return None
    return read if isfinite(read) else None


def parse_day(text: str) -> str:
    """An ISO date as it is; empty where the text is none."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""


def with_unit(value: Number | None, unit: str | None, decimals: int = 0) -> str:
    """The number and its unit, not broken apart; None is „k. A.“ without a unit."""
    if value is None:
        return MISSING
    return f"{number(value, decimals)}{NBSP}{unit}" if unit else number(value, decimals)


def count(amount: int, one: str, many: str) -> str:
    """„1 Lieferung“, „1.234 Lieferungen“, „keine Lieferungen“."""
    if amount == 0:
        return f"keine {many}"
    return f"{number(amount)}{NBSP}{one if amount == 1 else many}"


def day(value: date | datetime | str | None, *, is_long: bool = False) -> str:
    """„03.11.2025“, or „3. November 2025“; None is „–“. Times are shown for Berlin."""
    moment = _moment(value)
    if moment is None:
        return NOTHING
    if isinstance(moment, datetime) and moment.tzinfo:
        moment = moment.astimezone(BERLIN)
    return format_date(moment, "d. MMMM yyyy" if is_long else "dd.MM.yyyy", locale=LOCALE)


def moment(value: datetime | str | None) -> str:
    """„03.11.2025, 14:05 Uhr“ in Berlin; None is „–“."""
    read = _moment(value)
    if read is None:
        return NOTHING
    if not isinstance(read, datetime):
        return day(read)
    shown = format_datetime(read, "dd.MM.yyyy, HH:mm", tzinfo=BERLIN, locale=LOCALE)
    return f"{shown}{NBSP}Uhr"


def machine_time(value: date | datetime | str | None) -> str:
    """The value for the attribute `datetime` of `<time>`."""
    read = _moment(value)
    return read.isoformat() if read else ""


def _moment(value: date | datetime | str | None) -> date | datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    return value


def period(code: str | None) -> str:
    """A period's code in words: `2023`, `2023-Q2`, `2023-06`, `2023-12-31`, `2020/2023`.

    What has another form is shown as it is; None is „–“.
    """
    if not code:
        return NOTHING
    first, slash, last = code.partition("/")
    if slash:
        return f"{period(first)} bis {period(last)}"
    year, _, rest = code.partition("-")
    if rest[:1] == "Q" and rest[1:].isdigit():
        return f"{rest[1:]}. Quartal {year}"
    try:
        if len(code) == 7:
            return format_date(date.fromisoformat(f"{code}-01"), "MMMM yyyy", locale=LOCALE)
        if len(code) == 10:
            return day(code)
    except ValueError:
        return code
    return code


def file_size(size: int | None) -> str:
    """„812 Byte“, „1,4 MB“; steps of 1000."""
    if size is None:
        return MISSING
    if size < 1000:
        return f"{size}{NBSP}Byte"
    for unit, step in (("kB", 1000), ("MB", 1000**2), ("GB", 1000**3)):
        if size < step * 1000 or unit == "GB":
            return f"{number(size / step, 0 if size >= step * 100 else 1)}{NBSP}{unit}"
    raise AssertionError("unreachable: GB has no upper end")


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "with_unit": with_unit,
    "day": day,
    "moment": moment,
    "machine_time": machine_time,
    "period": period,
    "file_size": file_size,
    "counted": count,
}


def today() -> date:
    """The day it is in Germany."""
    return datetime.now(BERLIN).date()


def page_number(text: str) -> int:
    """The page that an address asks for; 1 for what is no page."""
    if not text.isdecimal() or len(text) > _MOST_PAGE_DIGITS:
        return 1
    return max(int(text), 1)
