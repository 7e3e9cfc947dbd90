"""What is to be written beside the rows of a sender's own file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Language = Literal["de", "en"]
_SEVERITIES = ("error", "warning", "note")
_WORDS = {
    "de": {"error": "Fehler", "warning": "Hinweis zu bestätigen", "note": "Anmerkung"},
    "en": {"error": "error", "warning": "to be confirmed", "note": "note"},
}
_WHOLE = {"de": "Zur ganzen Datei: ", "en": "On the file as a whole: "}
_IN_COLUMN = {"de": "Spalte „{}“: ", "en": "Column “{}”: "}
# Spreadsheets take a text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Remark:
    """The texts of the three status columns of a row."""

    status: str = ""
    finding: str = ""
    remedy: str = ""

    @property
    def texts(self) -> tuple[str, str, str]:
        """The texts in the order of the columns, none of them a formula."""
        return harmless(self.status), harmless(self.finding), harmless(self.remedy)


NOTHING = Remark()


@dataclass(frozen=True, slots=True)
class Remarks:
    """The remarks of a file by row; `of_file` are those about none, for the first row of data."""

    by_row: Mapping[int, Remark] = field(default_factory=dict)
    of_file: tuple[Mapping[str, Any], ...] = ()
    findings: tuple[Mapping[str, Any], ...] = ()
    language: Language = "de"

    def of(self, row: int, first_row: int, head_row: int) -> Remark:
        """What is said of a row; of the first row of data also what is said of the file."""
        if row != first_row:
            return self.by_row.get(row, NOTHING)
        about = [item for item in self.findings if item["row"] in (row, None)]
        # the head has no room: its own names stand there
        about += [item for item in self.findings if item["row"] in range(head_row, first_row)]
        return _remark(about, self.language) if about else NOTHING


def remarks_of(findings: Iterable[Mapping[str, Any]], language: Language) -> Remarks:
    """The remarks made of findings with `row`, `column`, `severity`, `detail` and `remedy`."""
    found = tuple(findings)
    rows: dict[int, list[Mapping[str, Any]]] = {}
    for item in found:
        if item["row"] is not None:
            rows.setdefault(item["row"], []).append(item)
    return Remarks(
        {row: _remark(items, language) for row, items in rows.items()},
        tuple(item for item in found if item["row"] is None),
        found,
        language,
    )


def _remark(items: list[Mapping[str, Any]], language: Language) -> Remark:
    ordered = sorted(items, key=lambda item: _SEVERITIES.index(item["severity"]))
    details = dict.fromkeys(_placed(item, language) for item in ordered)
    remedies = dict.fromkeys(item["remedy"] for item in ordered if item["remedy"])
    return Remark(
        _WORDS[language][ordered[0]["severity"]], " | ".join(details), " | ".join(remedies)
    )


def _placed(item: Mapping[str, Any], language: Language) -> str:
    """The text with where it belongs: of a wide row several cells may be meant."""
    place = ""
    if item["row"] is None:
        place = _WHOLE[language]
    elif item["column"]:
        place = _IN_COLUMN[language].format(item["column"])
    return f"{place}{item['detail']}"


def harmless(text: str) -> str:
    """The text, such that no spreadsheet takes it for a formula or breaks the row."""
    one_line = " ".join(text.split())
    return f"'{one_line}" if one_line.startswith(_FORMULA) else one_line
