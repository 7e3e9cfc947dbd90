"""The parameters of questions for figures: how they are written, and what makes no sense."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from services.indicator_api.observations.asking import class_choice
from services.indicator_api.observations.question import (
    ALL,
    AreaChoice,
    ClassChoice,
    Derivation,
    Question,
)
from services.indicator_api.observations.totals import asked_totals
from services.shared.problems import FieldError, Invalid

MAXIMUM_CODES = 200
MAXIMUM_AREAS = 1_000


async def asked_areas(
    level: Annotated[
        list[str] | None,
        Query(max_length=MAXIMUM_CODES, description="Ebene, z. B. gemeinde; mehrfach möglich"),
    ] = None,
    within: Annotated[str | None, Query(description="Nur Gebiete in diesem Gebiet")] = None,
    parent: Annotated[
        str | None, Query(description="Nur Gebiete direkt unter diesem Gebiet")
    ] = None,
    set_code: Annotated[
        str | None, Query(alias="set", description="Nur die Einheiten dieses Quartiers")
    ] = None,
    area: Annotated[
        list[str] | None,
        Query(
            max_length=MAXIMUM_AREAS,
            description="Schlüssel, mehrfach möglich; ohne period die ganze Zeitreihe",
        ),
    ] = None,
    valid_on: Annotated[
        date | None, Query(description="Gebietsstand: Gebiete, die es an diesem Tag gibt")
    ] = None,
) -> AreaChoice:
    """Which areas are asked for; raises `Invalid` for places that exclude each other."""
    places = {"within": within, "parent": parent, "set": set_code}
    named = [name for name, code in places.items() if code is not None]
    if len(named) > 1:
        raise refused(
            named[1],
            "one_place",
            f"{' und '.join(named)} schließen sich aus: Nennen Sie das Gebiet nur einmal.",
        )
    return AreaChoice(
        levels=_distinct(level),
        within=within,
        parent=parent,
        set_code=set_code,
        codes=_distinct(area),
        valid_on=valid_on,
    )


async def asked_question(
    choice: Annotated[AreaChoice, Depends(asked_areas)],
    classes: Annotated[ClassChoice, Depends(class_choice)],
    indicator: Annotated[
        list[str] | None,
        Query(max_length=MAXIMUM_CODES, description="Code des Indikators; mehrfach möglich"),
    ] = None,
    measure: Annotated[
        list[str] | None,
        Query(max_length=MAXIMUM_CODES, description="Code einer Messgröße; mehrfach möglich"),
    ] = None,
    period: Annotated[
        list[str] | None,
        Query(
            max_length=MAXIMUM_CODES,
            description="Zeitraum (2022, 2022-05-15) oder Spanne (2015..2022, ..2019, 2020..); "
            "sonst der neueste; mehrfach möglich",
        ),
    ] = None,
    breakdown: Annotated[
        list[str] | None,
        Query(max_length=MAXIMUM_CODES, description="Aufgliederung, z. B. GES=GESW; * für alle"),
    ] = None,
    release: Annotated[UUID | None, Query(description="Eine bestimmte Freigabe")] = None,
    version: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="Frühere Fassung der Definition")
    ] = None,
    as_of: Annotated[
        date | None, Query(description="Kenntnisstand: was an diesem Tag freigegeben war")
    ] = None,
    derive: Annotated[
        Derivation | None,
        Query(description="Dreijahresmittel, Veränderung oder Wachstum"),
    ] = None,
    change_from: Annotated[
        str | None, Query(description="Zeitraum, seit dem verglichen wird; sonst der davor")
    ] = None,
    check_totals: Annotated[
        bool,
        Query(
            description="Sagt in notes, wo die Zahl des Gebiets (within, parent, sonst area) nicht "
            "die Summe seiner Teile ist, obwohl sie es sein müsste"
        ),
    ] = False,
) -> Question:
    """The question as it is asked; raises `Invalid` for what does not go together."""
    question = Question(
        indicators=_distinct(indicator),
        measures=_distinct(measure),
        periods=_distinct(period),
        breakdowns=_distinct(breakdown),
        release=release,
        version=version,
        as_of=as_of,
        derive=derive,
        change_from=change_from,
        classes=classes,
        choice=choice,
        checks_totals=check_totals,
    )
    _check(question)
    return question


def _check(question: Question) -> None:
    if question.version is not None and (question.measures or question.indicator in (None, ALL)):
        raise refused(
            "version",
            "version_needs_one_indicator",
            "Eine Fassung (version) gibt es nur von einem einzelnen Indikator.",
        )
    if question.change_from is not None and question.derive not in ("change", "growth"):
        raise refused(
            "change_from",
            "change_from_needs_change",
            "change_from nennt den Anfang einer Veränderung: Es geht nur mit derive=change oder "
            "derive=growth.",
        )

    if question.checks_totals and not asked_totals(question):
        raise refused(
            "check_totals",
            "check_totals_needs_place",
            "Mit der Summe der Teile verglichen wird ein Gebiet: Nennen Sie es mit within, parent "
            "oder area.",
        )


def _distinct(codes: list[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes or ()))


def refused(parameter: str, code: str, detail: str) -> Invalid:
    """The refusal of a parameter, in words."""
    return Invalid(code, detail, errors=[FieldError(parameter, code, detail)])


AskedQuestion = Annotated[Question, Depends(asked_question)]
