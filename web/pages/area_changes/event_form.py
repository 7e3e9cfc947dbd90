"""What the form of one change holds, what is wrong with it, and how the service takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from web.clients.indicator_types import Area
from web.format import parse_day, parse_number
from web.forms import field_text

KINDS = {
    "merge": "Zusammenschluss oder Eingliederung",
    "split": "Aufteilung",
    "rename": "Neuer Name",
    "key_change": "Neuer Schlüssel",
    "partial": "Teilweise Umgliederung",
}
FEWEST_ROWS, MOST_ROWS = 2, 20
HEAD = ("art", "tag", "titel", "gesetz", "quelle")
ROW = ("aus", "wird", "schluessel", "name", "einwohner", "flaeche")
_NEEDED = {
    "art": "Wählen Sie, was geschehen ist.",
    "tag": "Nennen Sie den ersten Tag des neuen Standes.",
    "titel": "Geben Sie der Änderung einen Titel.",
    "quelle": "Nennen Sie, woher Sie das wissen.",
}
_OF_SERVICE = {
    "kind": "art",
    "effective_on": "tag",
    "title": "titel",
    "legal_basis": "gesetz",
    "source": "quelle",
}
Errors = dict[str, str]


@dataclass(frozen=True, slots=True)
class EventForm:
    """The fields as they were typed: those of the change, and a row for each way."""

    head: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(HEAD, ""))
    rows: tuple[Mapping[str, str], ...] = ({}, {})

    @classmethod
    def read(cls, form: FormData, more: int = 0) -> "EventForm":
        """The form as sent; `more` adds empty rows."""
        given = field_text(form, "zeilen")
        amount = int(given) if given.isdecimal() else FEWEST_ROWS
        amount = min(max(amount + more, FEWEST_ROWS), MOST_ROWS)
        return cls(
            {name: field_text(form, name) for name in HEAD},
            tuple(
                {name: field_text(form, f"{name}-{number}") for name in ROW}
                for number in range(1, amount + 1)
            ),
        )

    @property
    def filled(self) -> list[tuple[int, Mapping[str, str]]]:
        """The rows in which something stands, with their numbers from 1."""
        return [(n, row) for n, row in enumerate(self.rows, start=1) if any(row.values())]

    def faults(self) -> Errors:
        """What can be seen to be wrong without the register, by field."""
        errors = {name: words for name, words in _NEEDED.items() if not self.head[name]}
        if self.head["tag"] and not parse_day(self.head["tag"]):
            errors["tag"] = "Schreiben Sie den Tag so: 2009-10-21."
        if not self.filled:
            errors["aus-1"] = "Wählen Sie, welches Gebiet sich ändert."
        for number, row in self.filled:
            errors |= self._row_faults(number, row)
        return errors

    def _row_faults(self, number: int, row: Mapping[str, str]) -> Errors:
        errors = {}
        if not row["aus"]:
            errors[f"aus-{number}"] = f"Weg {number}: Wählen Sie, welches Gebiet sich ändert."
        if self.head["art"] == "rename":
            if not row["name"]:
                errors[f"name-{number}"] = f"Weg {number}: Wie heißt das Gebiet künftig?"
        elif row["wird"] and row["schluessel"]:
            errors[f"schluessel-{number}"] = (
                f"Weg {number}: Wählen Sie ein Gebiet oder nennen Sie einen neuen Schlüssel."
            )
        elif not row["wird"] and not row["schluessel"]:
            errors[f"wird-{number}"] = f"Weg {number}: Was wird aus dem Gebiet?"
        elif row["schluessel"] and not row["name"] and self._is_first_named(number, row):
            errors[f"name-{number}"] = f"Weg {number}: Wie heißt das neue Gebiet?"
        for name in ("einwohner", "flaeche"):
            share = parse_number(row[name]) if row[name] else 100.0
            if share is None or not 0 < share <= 100:
                errors[f"{name}-{number}"] = f"Weg {number}: Ein Anteil liegt zwischen 0 und 100."
        return errors

    def _is_first_named(self, number: int, row: Mapping[str, str]) -> bool:
        """Whether no other row names the new area of this one."""
        others = (other for n, other in self.filled if n != number)
        return not any(o["schluessel"] == row["schluessel"] and o["name"] for o in others)

    def values(self, areas: Mapping[str, Area]) -> dict[str, Any]:
        """The body of `POST /v1/area-events`; new areas lie where those they come from lay."""
        is_rename = self.head["art"] == "rename"
        links: list[dict[str, Any]] = []
        opens: dict[str, dict[str, Any]] = {}
        for _, row in self.filled:
            code = row["aus"] if is_rename else row["wird"] or row["schluessel"]
            link: dict[str, Any] = {"from": row["aus"], "to": code}
            for name, share in (("weight_residents", "einwohner"), ("weight_area", "flaeche")):
                number = parse_number(row[share])
                if number is not None:
                    link[name] = round(number / 100, 9)
            links.append(link)
            if is_rename:
                opens[code] = {"code": code, "name": row["name"]}
            elif row["schluessel"] and (row["name"] or code not in opens):
                source = areas.get(row["aus"])
                place: dict[str, Any] = {}
                if source is not None:
                    place = {"kind": source.kind, "parent": source.parent}
                opens[code] = {"code": code, "name": row["name"], **place}
        return {
            **{name: self.head[field] for name, field in _OF_SERVICE.items()},
            "links": links,
            "opens": list(opens.values()),
        }

    def errors_of(self, errors: list[Mapping[str, Any]]) -> Errors:
        """The service's messages by field of this form; "" holds what belongs to none."""
        found: Errors = {}
        numbers = [number for number, _ in self.filled]
        for error in errors:
            name, _, rest = str(error.get("pointer") or "").lstrip("/").partition("/")
            place = rest.partition("/")[0]
            key = _OF_SERVICE.get(name, "")
            if name == "links" and place.isdecimal() and int(place) < len(numbers):
                key = f"aus-{numbers[int(place)]}"
            text = str(error.get("detail") or "")
            found[key] = f"{found[key]} {text}" if key in found else text
        return found
