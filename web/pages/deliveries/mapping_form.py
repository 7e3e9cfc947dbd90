"""The form that gives each column of a table its meaning, and the document it stands for.

Fields of the column at place `n` are named `rolle-n`, `messgroesse-n` and so on; what stands in
the document without a field (rows to keep, digits of keys) goes through the form unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from web.clients.delivery_mapping_types import MappedTable

Document = dict[str, Any]

ROLES = (
    ("", "nicht verwenden"),
    ("area", "Gebiet (Schlüssel oder Name)"),
    ("period", "Zeitraum oder Jahr"),
    ("part", "Monat oder Quartal zum Jahr"),
    ("value", "Werte"),
    ("measure", "Messgröße (je Zeile)"),
    ("breakdown", "Aufgliederung (Geschlecht, Alter …)"),
    ("status", "Zeichen zum Wert"),
    ("quality", "Qualität"),
)
FACTORS = (
    ("1", "wie sie dastehen"),
    ("1000", "in Tausend"),
    ("1000000", "in Millionen"),
    ("0.01", "in Hundertstel"),
)
PARTS = (("month", "Monat"), ("quarter", "Quartal"))
AREA_TEXTS = (("", "Schlüssel oder eigene Nummern"), ("name", "Namen von Gebieten"))
_SINGLE = {
    "area": "das Gebiet",
    "period": "den Zeitraum",
    "part": "Monat oder Quartal",
    "measure": "die Messgröße",
}
_MOST_CODES_SHOWN = 500
_EXAMPLES = 3
_EXAMPLE_CHARACTERS = 40
_FIELD_OF_PART = {
    "area": "gebiet_fest",
    "period": "zeit_fest",
    "measure": "messgroesse_fest",
    "values": "rolle-0",
    "breakdowns": "rolle-0",
}


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """One column: what it holds, and what is said of it so far.

    `codes` and `totals` are lines of text; `codes` is None where there are too many to show.
    """

    place: int
    name: str
    examples: str
    role: str = ""
    measure: str = ""
    period: str = ""
    breakdown: str = ""
    factor: str = "1"
    variable: str = ""
    totals: str = ""
    codes: str | None = ""
    prefix: str = ""
    by_name: str = ""
    part: str = ""


def field_of(question_field: str) -> str:
    """The form's field that answers a question about a part of the document."""
    return _FIELD_OF_PART.get(question_field.lstrip("/").partition("/")[0], "rolle-0")


def columns_of(mapped: MappedTable, document: Document) -> list[ColumnChoice]:
    """Each column of the table with what the document says of it."""
    said = _said_by_column(document)
    return [
        ColumnChoice(
            place=place,
            name=name,
            examples=_examples(mapped, place),
            **said.get(name, {}),
        )
        for place, name in enumerate(mapped.table.names)
    ]


def _examples(mapped: MappedTable, place: int) -> str:
    texts = [row[place] for row in mapped.table.rows if place < len(row) and row[place]]
    return ", ".join(text[:_EXAMPLE_CHARACTERS] for text in list(dict.fromkeys(texts))[:_EXAMPLES])


def _said_by_column(document: Document) -> dict[str, dict[str, Any]]:
    said: dict[str, dict[str, Any]] = {}
    for role in ("status", "quality", "area", "period", "measure"):
        source = document.get(role) or {}
        if source.get("column"):
            said[source["column"]] = {
                "role": role,
                "codes": _lines(source.get("codes") or {}),
                "prefix": source.get("prefix") or "",
                "by_name": "name" if source.get("by_name") else "",
            }
        if part := source.get("part"):
            said[part["column"]] = {"role": "part", "part": part["kind"]}
    for item in document.get("breakdowns") or ():
        said[item["column"]] = {
            "role": "breakdown",
            "variable": item["variable"],
            "codes": _lines(item.get("codes") or {}),
            "totals": ", ".join(item.get("totals") or ()),
        }
    factors = document.get("unit_factor") or {}
    fixed = (document.get("measure") or {}).get("fixed")
    for item in document.get("values") or ():
        measure = item.get("measure") or ""
        said[item["column"]] = {
            "role": "value",
            "measure": measure,
            "period": item.get("period") or "",
            "breakdown": "|".join(f"{k}={v}" for k, v in (item.get("breakdown") or {}).items()),
            "factor": f"{factors.get(measure or fixed, 1):g}".replace("1e+06", "1000000"),
        }
    return said


def _lines(codes: Mapping[str, str]) -> str | None:
    if len(codes) > _MOST_CODES_SHOWN:
        return None
    return "\n".join(f"{text} = {code}" for text, code in codes.items())


def place_of(document: Document, mapped: MappedTable) -> dict[str, str]:
    """Where in the file the table is, if the form says another place than is shown; else empty."""
    table = mapped.table
    shown = {
        "sheet": table.sheet,
        "header_rows": table.header_rows,
        "skip_rows": table.skip_rows,
    }
    if all(document.get(key) in (None, value) for key, value in shown.items()):
        return {}
    wanted = {key: document.get(key, value) for key, value in shown.items()}
    return {key: str(value) for key, value in wanted.items() if value is not None}


def document_of(
    fields: Mapping[str, str], names: tuple[str, ...], before: Document
) -> tuple[Document, dict[str, str]]:
    """The document that the form stands for, and what is wrong by field."""
    return _Reading(fields, names, before).document()


class _Reading:
    def __init__(self, fields: Mapping[str, str], names: tuple[str, ...], before: Document) -> None:
        self._fields = fields
        self._names = names
        self._before = before
        self._said = _said_by_column(before)
        self.errors: dict[str, str] = {}

    def document(self) -> tuple[Document, dict[str, str]]:
        document: Document = {
            key: self._before[key]
            for key in ("sheet", "header_rows", "skip_rows", "only", "empty")
            if self._before.get(key) is not None
        }
        document |= self._rows_above()
        places = self._places_by_role()
        for role, fixed in (
            ("area", "gebiet_fest"),
            ("period", "zeit_fest"),
            ("measure", "messgroesse_fest"),
        ):
            source = self._source(role, places.get(role, []), self._text(fixed))
            if source is not None:
                document[role] = source
        if places.get("part"):
            self._add_part(document.get("period"), places["part"][0])
        for role in ("status", "quality"):
            if places.get(role):
                document[role] = {"column": self._names[places[role][0]]}
        document["values"] = [self._value(place) for place in places.get("value", [])]
        document["breakdowns"] = [self._breakdown(place) for place in places.get("breakdown", [])]
        document["unit_factor"] = self._factors(places.get("value", []))
        document["left_out"] = [self._names[place] for place in places.get("", [])]
        return document, self.errors

    def _text(self, name: str) -> str:
        return self._fields.get(name, "").strip()

    def _rows_above(self) -> Document:
        found: Document = {}
        for key, name, least in (("header_rows", "kopfzeilen", 1), ("skip_rows", "davor", 0)):
            text = self._text(name)
            if text.isdecimal() and len(text) < 4 and int(text) >= least:
                found[key] = int(text)
            elif text:
                self.errors[name] = "Geben Sie eine Zahl an, zum Beispiel 1."
        if self._text("blatt"):
            found["sheet"] = self._text("blatt")
        return found

    def _places_by_role(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place in range(len(self._names)):
            role = self._text(f"rolle-{place}")
            if role in _SINGLE and role in places:
                self.errors[f"rolle-{place}"] = (
                    f"Zwei Spalten nennen {_SINGLE[role]}: „{self._names[places[role][0]]}“ und "
                    f"„{self._names[place]}“. Wählen Sie eine davon."
                )
            places.setdefault(role, []).append(place)
        return places

    def _source(self, role: str, places: list[int], fixed: str) -> Document | None:
        if not places:
            return {"fixed": fixed} if fixed else None
        place = places[0]
        name = self._names[place]
        before = self._before.get(role) or {}
        kept = {"digits": before["digits"]} if _is_own(before, name, "digits") else {}
        source: Document = {"column": name, **kept, "codes": self._codes(place, role)}
        if role == "area" and self._text(f"nennt-{place}") == "name":
            kind = {"kind": before["kind"]} if _is_own(before, name, "kind") else {}
            return source | kind | {"by_name": True}
        if role == "area" and self._text(f"voranstellen-{place}"):
            source["prefix"] = self._text(f"voranstellen-{place}")
        return source

    def _add_part(self, period: Document | None, place: int) -> None:
        """Say of the column of years in which column its month or quarter stands."""
        if period is None or "column" not in period:
            self.errors[f"rolle-{place}"] = (
                f"„{self._names[place]}“ sagt nur den Teil des Jahres. Wählen Sie auch die Spalte "
                "mit dem Jahr, als „Zeitraum oder Jahr“."
            )
            return
        chosen = self._text(f"teil-{place}")
        kind = chosen if chosen in dict(PARTS) else _likely_part(self._names[place])
        period["part"] = {"column": self._names[place], "kind": kind}

    def _codes(self, place: int, role: str) -> dict[str, str]:
        """The codes written line by line; too many to be shown, they stay as they were."""
        field = f"codes-{place}"
        if field not in self._fields:
            return self._codes_before(role, self._names[place])
        codes = {}
        for line in self._fields[field].splitlines():
            text, sign, code = line.rpartition(" = ") if " = " in line else line.rpartition("=")
            if not line.strip():
                continue
            if not sign or not code.strip():
                self.errors[field] = f"„{line.strip()}“: Schreiben Sie „Text = Schlüssel“."
                continue
            codes[text.strip()] = code.strip()
        return codes

    def _codes_before(self, role: str, name: str) -> dict[str, str]:
        parts = self._before.get("breakdowns") or []
        sources = parts if role == "breakdown" else [self._before.get(role) or {}]
        for source in sources:
            if source.get("column") == name:
                return dict(source.get("codes") or {})
        return {}

    def _value(self, place: int) -> Document:
        value: Document = {"column": self._names[place]}
        for key, name in (("measure", "messgroesse"), ("period", "zeit")):
            if self._text(f"{name}-{place}"):
                value[key] = self._text(f"{name}-{place}")
        breakdown = {}
        for part in filter(None, self._text(f"gliederung-{place}").split("|")):
            variable, sign, code = part.partition("=")
            if sign and variable.strip() and code.strip():
                breakdown[variable.strip()] = code.strip()
            else:
                self.errors[f"gliederung-{place}"] = (
                    f"„{part}“: Schreiben Sie MERKMAL=AUSPRÄGUNG, zum Beispiel GES=GESW."
                )
        return value | ({"breakdown": breakdown} if breakdown else {})

    def _breakdown(self, place: int) -> Document:
        variable = self._text(f"merkmal-{place}")
        if not variable:
            # a role that was just chosen: its head is the best name for the time being
            variable = self._names[place][:200]
        totals = [text.strip() for text in self._text(f"gesamt-{place}").split(",")]
        return {
            "column": self._names[place],
            "variable": variable,
            "codes": self._codes(place, "breakdown"),
            "totals": [text for text in totals if text],
        }

    def _factors(self, places: list[int]) -> dict[str, float]:
        factors = {}
        for place in places:
            measure = self._text(f"messgroesse-{place}") or self._text("messgroesse_fest")
            factor = self._text(f"einheit-{place}")
            if measure and factor in {value for value, _ in FACTORS} and factor != "1":
                factors[measure] = float(factor)
        return factors


def _likely_part(name: str) -> str:
    """What a column just called the part of a year is, by its head."""
    folded = name.lower()
    return "quarter" if "quart" in folded or "viertel" in folded else "month"


def _is_own(source: Document, name: str, key: str) -> bool:
    return source.get("column") == name and source.get(key) is not None
