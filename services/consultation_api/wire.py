"""Wire types that several parts of advice share."""

import unicodedata
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from services.consultation_api.identity.inputs import AreaCodes, Input, Line

LONGEST_TEXT = 20_000
MAXIMUM_TOPICS = 20
MAXIMUM_AREAS = 100
_LAYOUT = frozenset("\n\r\t")
_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 12, 31)


def _prose(value: str) -> str:
    if not value.strip():
        raise ValueError("Hier wird Text erwartet.")
    if any(
        unicodedata.category(character) == "Cc" and character not in _LAYOUT for character in value
    ):
        raise ValueError("Steuerzeichen sind hier nicht erlaubt.")
    return value


def _prose_or_nothing(value: str) -> str:
    return _prose(value) if value.strip() else ""


def _one_line(value: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError("Steuerzeichen und Zeilenumbrüche sind hier nicht erlaubt.")
    return value


def _plausible(day: date) -> date:
    if not _EARLIEST <= day <= _LATEST:
        raise ValueError(f"Das Datum liegt nicht zwischen {_EARLIEST} und {_LATEST}.")
    return day


def _without_repeats(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


# Kept as typed, line breaks and angle brackets included: showing it as text is the reader's part.
Prose = Annotated[str, StringConstraints(min_length=1), AfterValidator(_prose)]
LongProse = Annotated[Prose, StringConstraints(max_length=LONGEST_TEXT)]
OptionalProse = Annotated[
    str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_prose_or_nothing)
]
OptionalLine = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_one_line)
]
PlausibleDate = Annotated[date, AfterValidator(_plausible)]
Reason = Annotated[Prose, StringConstraints(max_length=2000)]
ShortLine = Annotated[Line, StringConstraints(max_length=120)]
TopicCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
TopicCodes = Annotated[
    list[TopicCode], Field(max_length=MAXIMUM_TOPICS), AfterValidator(_without_repeats)
]
PlanningAreas = Annotated[AreaCodes, Field(min_length=1, max_length=MAXIMUM_AREAS)]


class Coded(BaseModel):
    """A stable code for programs, and its German label for people."""

    code: str
    label: str


class OrganisationName(BaseModel):
    """An organisation as the other side sees it."""

    id: UUID
    name: str
    short_name: str


class Change(Input):
    """A body of which only what is given is changed; null only where `nullable` says so."""

    @classmethod
    def nullable(cls) -> frozenset[str]:
        """The fields that may be emptied by null."""
        return frozenset()

    @model_validator(mode="after")
    def _no_null(self) -> Self:
        for field in self.model_fields_set - self.nullable():
            if getattr(self, field) is None:
                raise ValueError(f"„{field}“ kann nicht leer sein. Lassen Sie es weg.")
        return self
