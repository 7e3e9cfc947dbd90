"""Periods as people write them in heads and cells of their tables."""

import re
from typing import Literal

from services.indicator_api.deliveries.mapping.words import is_total
from services.indicator_api.periods.rules import parse_period

_MONTHS = (
    "januar", "februar", "märz", "april", "mai", "juni", "juli",
    "august", "september", "oktober", "november", "dezember",
)  # fmt: skip
_MONTH_WORDS = {name: number for number, name in enumerate(_MONTHS, start=1)}
_MONTH_WORDS |= {name[:3]: number for name, number in _MONTH_WORDS.items()}
_MONTH_WORDS |= {"maerz": 3, "mrz": 3, "jänner": 1, "sept": 9}
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_MONTH = "|".join(sorted(_MONTH_WORDS, key=len, reverse=True))
_BETWEEN = r"[\s./_-]*"
# The first that is found counts: the more is said, the further up it stands.
_FORMS = (
    re.compile(r"(?<!\d)(?P<iso>(?:19|20)\d{2}-\d{2}-\d{2})(?:[ T]00:00(:00)?)?(?!\d)"),
    re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})\.\s?(?P<number>\d{{1,2}})\.\s?{_YEAR}(?!\d)"),
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})\.\s?(?P<word>{_MONTH})\.?\s{_YEAR}(?!\d)", re.IGNORECASE
    ),
    re.compile(rf"(?<!\d){_YEAR}\s?/\s?(?P<next>(?:20)?\d{{2}})(?!\d)"),
    re.compile(rf"(?<!\d){_YEAR}{_BETWEEN}(?P<kind>[QH]){_BETWEEN}(?P<part>[1-4])(?!\d)", re.I),
    re.compile(
        rf"(?<!\w)(?P<kind>Q|H)(?:uartal|albjahr)?{_BETWEEN}(?P<part>[1-4]){_BETWEEN}{_YEAR}(?!\d)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<!\d)(?P<part>[1-4])\.?\s?(?P<kind>Q|H)(?:uartal|albjahr)?{_BETWEEN}{_YEAR}(?!\d)",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<![^\W\d_])(?P<word>{_MONTH})\.?{_BETWEEN}{_YEAR}(?!\d)", re.IGNORECASE),
    re.compile(rf"(?<!\d)(?<!\d\.)(?P<number>0?[1-9]|1[0-2])[./]{_YEAR}(?!\d)"),
    re.compile(rf"(?<!\d){_YEAR}-(?P<number>0[1-9]|1[0-2])(?!\d)"),
    re.compile(rf"(?<!\d)(?<!\d\.){_YEAR}(?:\.0)?(?!\d)"),
)
_PLAIN_YEAR = re.compile(r"\d{4}")
_MONTH_NUMBER = re.compile(r"0?[1-9]|1[0-2]")
_ROMAN = ("i", "ii", "iii", "iv")
_QUARTER = re.compile(
    r"(?:q|quartal|qu\.?|vierteljahr|vj\.?)?\s*(?:(?P<number>[1-4])(?:\.0)?|(?P<roman>iv|i{1,3}))"
    r"\.?\s*(?:q|quartal|qu\.?|vierteljahr|vj\.?)?"
)
# What stands beside a period and says no more than that it is one.
_FILLERS = re.compile(
    r"\b(?:stand|jahr|im jahr|schuljahr|am|zum|per|stichtag|anfang|ende)\b:?|[()\[\]]",
    re.IGNORECASE,
)


def period_in(text: str) -> tuple[str, str] | None:
    """The code of the one period in a text, and what else it says; None if it names none.

    „Einwohner 31.12.2022“ gives `2022-12-31` and „Einwohner“, „Schuljahr 2022/23“ gives
    `2022/23` and nothing.
    """
    if not any(sign.isdigit() for sign in text):
        return None
    plain = parse_period(text)
    if plain is not None:
        return plain.code, ""
    for form in _FORMS:
        match = form.search(text)
        if match is None:
            continue
        period = parse_period(_written(match.groupdict()))
        if period is None:
            continue
        rest = f"{text[: match.start()]} {text[match.end() :]}"
        if any(other.search(rest) for other in _FORMS):
            return None
        return period.code, _tidy(rest)
    return None


def canonical_period(text: str) -> str:
    """The period's code where a text says nothing but a period, else the text as it is."""
    found = period_in(text)
    return text if found is None or found[1] else found[0]


def period_of_parts(year: str, part: str, kind: Literal["month", "quarter"]) -> str:
    """The code of a month or quarter whose year stands in another column.

    Nothing, or a total, beside the year means all of it. What cannot be read comes back as both
    texts behind one another.
    """
    found = period_in(year)
    code = found[0] if found is not None and not found[1] else ""
    if not _PLAIN_YEAR.fullmatch(code):
        return f"{year} {part}".strip()
    if not part or is_total(part):
        return code
    number = part_number(part, kind)
    if number is None:
        return f"{year} {part}"
    return f"{code}-{number:02}" if kind == "month" else f"{code}-Q{number}"


def part_number(text: str, kind: Literal["month", "quarter"]) -> int | None:
    """Which month (1 to 12) or quarter (1 to 4) a text names: „März“, „03“, „3. Quartal“, „III“."""
    folded = text.strip().lower()
    if kind == "month":
        folded = folded.removesuffix(".").removesuffix(".0")
        if folded in _MONTH_WORDS:
            return _MONTH_WORDS[folded]
        return int(folded) if _MONTH_NUMBER.fullmatch(folded) else None
    match = _QUARTER.fullmatch(folded)
    if match is None:
        return None
    return int(match["number"]) if match["number"] else _ROMAN.index(match["roman"]) + 1


def _written(parts: dict[str, str | None]) -> str:
    if parts.get("iso"):
        return str(parts["iso"])
    year = parts["year"]
    month = parts.get("number") or ""
    if word := parts.get("word"):
        month = str(_MONTH_WORDS[word.lower()])
    if day := parts.get("day"):
        return f"{int(day):02}.{int(month):02}.{year}"
    if parts.get("next"):
        return f"{year}/{parts['next']}"
    if kind := parts.get("kind"):
        return f"{year}-{kind.upper()}{parts['part']}"
    return f"{year}-{int(month):02}" if month else f"{year}"


def _tidy(rest: str) -> str:
    rest = _FILLERS.sub(" ", rest)
    return " ".join(rest.split()).strip(" /-–—,;:.|_")
