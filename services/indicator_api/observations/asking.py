"""What a drawn map and its tiles are asked by: the same parameters, so that they show the same."""

from datetime import date
from itertools import pairwise
from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.indicator_api.observations.question import (
    AreaChoice,
    ClassChoice,
    ClassMethod,
    Derivation,
    Question,
)
from services.shared.problems import FieldError, Invalid

MAXIMUM_CLASSES = 9


async def class_choice(
    classes: Annotated[
        ClassMethod, Query(description="Klassen: quantile, jenks, equal oder fixed")
    ] = "quantile",
    class_count: Annotated[
        int, Query(ge=2, le=MAXIMUM_CLASSES, description="Anzahl der Klassen")
    ] = 5,
    breaks: Annotated[
        str | None, Query(description="Innere Grenzen fester Klassen, z. B. 5,10,20")
    ] = None,
) -> ClassChoice:
    """How a map is classed; raises `Invalid` for limits that are none."""
    if (classes == "fixed") != (breaks is not None):
        detail = "Feste Klassen (classes=fixed) und ihre Grenzen (breaks) gehören zusammen."
        raise Invalid(
            "breaks_missing" if breaks is None else "breaks_not_fixed",
            detail,
            errors=[FieldError("breaks", "breaks_not_fixed", detail)],
        )
    if breaks is None:
        return ClassChoice(classes, class_count)
    try:
        limits = tuple(float(part) for part in breaks.split(","))
    except ValueError:
        limits = ()
    is_ascending = all(one < other for one, other in pairwise(limits))
    is_finite = all(abs(limit) < float("inf") for limit in limits)
    if not limits or len(limits) >= MAXIMUM_CLASSES or not is_ascending or not is_finite:
        detail = (
            "Klassengrenzen sind bis zu acht aufsteigende Zahlen mit Dezimalpunkt,"
            " durch Komma getrennt."
        )
        raise Invalid(
            "breaks_unreadable", detail, errors=[FieldError("breaks", "breaks_unreadable", detail)]
        )
    return ClassChoice(classes, len(limits) + 1, limits)


async def map_question(
    indicator: str,
    period: str,
    level: Annotated[str | None, Query(description="Ebene, z. B. gemeinde")] = None,
    within: Annotated[str | None, Query(description="Nur Gebiete in diesem Gebiet")] = None,
    breakdown: Annotated[str | None, Query(description="Aufgliederung")] = None,
    valid_on: Annotated[
        date | None, Query(description="Gebietsstand: Gebiete, die an diesem Tag bestehen")
    ] = None,
    as_of: Annotated[date | None, Query(description="Kenntnisstand dieses Tages")] = None,
    derive: Annotated[Derivation | None, Query(description="rolling3, change oder growth")] = None,
    change_from: Annotated[
        str | None, Query(description="Zeitraum, von dem aus die Veränderung zählt")
    ] = None,
    release: Annotated[UUID | None, Query(description="Eine bestimmte Freigabe")] = None,
) -> Question:
    """The question that a map answers, but for its classes."""
    return Question(
        indicators=(indicator,),
        periods=(period,),
        breakdowns=(breakdown,) if breakdown is not None else (),
        release=release,
        as_of=as_of,
        derive=derive,
        change_from=change_from,
        choice=AreaChoice(
            levels=(level,) if level is not None else (), within=within, valid_on=valid_on
        ),
    )
