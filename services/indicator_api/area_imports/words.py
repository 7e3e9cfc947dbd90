"""Numbers in sentences, as German readers write them."""

from collections.abc import Sequence

from babel.numbers import format_decimal

# a number and its unit stay on one line
NBSP = "\u00a0"


def square_metres(value: float) -> str:
    """An area with its unit: „4,7 m²“, „12.500 m²“, „3,24 km²“."""
    if value >= 1_000_000:
        return f"{format_decimal(value / 1e6, format='#,##0.00', locale='de_DE')}{NBSP}km²"
    pattern = "#,##0.0" if value < 100 else "#,##0"
    return f"{format_decimal(value, format=pattern, locale='de_DE')}{NBSP}m²"


def exact_metres(value: float) -> str:
    """An area to a tenth of a square metre, whatever its size: „3.046.374,7 m²“."""
    return f"{format_decimal(value, format='#,##0.0', locale='de_DE')}{NBSP}m²"


def percent(share: float) -> str:
    """A share of one: „46,4 %“; what would be rounded to nothing is „unter 0,1 %“."""
    if 0 < share < 0.0005:
        return f"unter 0,1{NBSP}%"
    return f"{format_decimal(share * 100, format='#,##0.0', locale='de_DE')}{NBSP}%"


def counted(number: int, singular: str, plural: str) -> str:
    """A number with its noun: „1 Gebiet“, „1.204 Gebiete“."""
    return f"{format_decimal(number, locale='de_DE')}{NBSP}{singular if number == 1 else plural}"


def listed(words: Sequence[object], most: int = 5) -> str:
    """The first of many: „1, 4 und 9“, „1, 2, 3, 4, 5 und 12 weitere“."""
    shown = [str(word) for word in words[:most]]
    rest = len(words) - len(shown)
    if rest:
        return f"{', '.join(shown)} und {rest} weitere"
    return " und ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else ""
