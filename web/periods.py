"""Names of periods in a row: as short as they can be without becoming unclear."""

from collections.abc import Sequence
from dataclasses import dataclass

from web.format import period as period_in_words


@dataclass(frozen=True, slots=True)
class PeriodNames:
    """Names by code, and what was left out of all of them (`jeweils 31.12.`)."""

    names: dict[str, str]
    common: str = ""


def name_periods(codes: Sequence[str]) -> PeriodNames:
    """Years alone where all are the same day of different years, else the periods in full."""
    days = {code[4:] for code in codes}
    if len(codes) > 1 and len(days) == 1 and all(len(code) == 10 for code in codes):
        day = period_in_words(codes[0])[:-4]
        return PeriodNames({code: code[:4] for code in codes}, f"jeweils {day}")
    return PeriodNames({code: period_in_words(code) for code in codes})
