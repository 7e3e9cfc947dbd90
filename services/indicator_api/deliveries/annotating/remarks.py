"""What is to be written beside the rows of a sender's own file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.further_findings import FurtherFile

Language = Literal["de", "en"]
_SEVERITIES = ("error", "warning", "note")
_WORDS = {
    "de": {"error": "Fehler", "warning": "Hinweis zu bestätigen", "note": "Anmerkung"},
    "en": {"error": "error", "warning": "to be confirmed", "note": "note"},
}
_WHOLE = {"de": "Zur ganzen Datei: ", "en": "On the file as a whole: "}
_IN_COLUMN = {"de": "Spalte „{}“: ", "en": "Column “{}”: "}
_ROWS_PER_WINDOW = 20_000
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


class Remarks:
    """The remarks of a file by row, meant to be asked for in the order of the rows.

    `findings` are those stored one by one, with `row`, `column`, `severity`, `code`, `detail` and
    `remedy`; `further` holds all others about rows, of which there may be millions: they are read
    some rows at a time.
    """

    def __init__(
        self,
        findings: Iterable[Mapping[str, Any]],
        language: Language,
        further: FurtherFile | None = None,
    ) -> None:
        self.language = language
        self._further = further
        self._of_file: list[Mapping[str, Any]] = []
        self._by_row: dict[int, list[Mapping[str, Any]]] = {}
        for item in findings:
            if item["row"] is None:
                self._of_file.append(item)
            else:
                self._by_row.setdefault(item["row"], []).append(item)
        self._window = range(0)
        self._in_window: dict[int, list[Mapping[str, Any]]] = {}

    def of(self, row: int, first_row: int, head_row: int) -> Remark:
        """What is said of a row; of the first row of data also what is said of the file."""
        about = self._about(row)
        if row == first_row:
            # the head has no room: its own names stand there
            of_head = [item for line in range(head_row, first_row) for item in self._about(line)]
            about = [*self._of_file, *about, *of_head]
        return _remark(about, self.language) if about else NOTHING

    def rows(self) -> Iterator[int]:
        """The rows that something is said of, in their order."""
        last = max(self._by_row, default=0)
        if self._further is not None:
            last = max(last, self._further.last_row)
        for start in range(0, last + 1, _ROWS_PER_WINDOW):
            window = range(start, start + _ROWS_PER_WINDOW)
            own = (row for row in self._by_row if row in window)
            yield from sorted({*own, *self._of_window(window)})

    def in_order(self) -> Iterator[Mapping[str, Any]]:
        """All findings: those about the file, then row by row."""
        yield from self._of_file
        for row in self.rows():
            yield from self._about(row)

    def _about(self, row: int) -> list[Mapping[str, Any]]:
        if self._further is not None and row not in self._window:
            start = row - row % _ROWS_PER_WINDOW
            self._of_window(range(start, start + _ROWS_PER_WINDOW))
        stored = self._by_row.get(row)
        further = self._in_window.get(row)
        return [*(stored or ()), *(further or ())] if further else stored or []

    def _of_window(self, window: range) -> dict[int, list[Mapping[str, Any]]]:
        """The further findings of these rows, read once for all of them."""
        if self._further is not None and window != self._window:
            self._in_window = {}
            for finding in self._further.between(window.start, window.stop - 1):
                told = _told(finding, self.language)
                self._in_window.setdefault(told["row"], []).append(told)
            self._window = window
        return self._in_window


def _told(finding: Finding, language: Language) -> dict[str, Any]:
    """A further finding as the stored ones are told."""
    kind = finding.kind
    if language == "en":
        title, detail, remedy = kind.title_en, finding.detail_en(), finding.remedy_en()
    else:
        title, detail, remedy = kind.title, finding.detail(), finding.remedy()
    if not finding.value and not finding.hint and "{hint}" in kind.detail:
        # of doubts beyond the first ones the numbers are not worked out
        detail = f"{title}."
    return {
        "row": finding.row,
        "column": finding.column,
        "severity": kind.severity,
        "code": finding.code,
        "detail": detail,
        "remedy": remedy,
    }


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
