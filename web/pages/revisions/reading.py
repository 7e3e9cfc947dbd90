"""What the page of changes reads: the list itself, and what can be chosen from."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from web.clients.base import ServiceProblem
from web.clients.indicator_types import Area, Dataset, Indicator, Listing, Measure
from web.clients.revisions import RevisionClient, RevisionPage
from web.pages.revisions.address import RevisionAddress
from web.panels import Panel, panel
from web.visit import Visit

ROWS = 50
_MOST_AREAS = 8
_KEY = re.compile(r"(?=.*\d)\S+")
"""A key has a digit and no blank; „Stadt 3“ is a name."""
_FIELDS = {
    "dataset": "datenbestand",
    "indicator": "indikator",
    "area": "gebiet",
    "period": "zeitraum",
}
_FIELDS_BY_CODE = {
    "dataset_unknown": "datenbestand",
    "indicator_unknown": "indikator",
    "period_unreadable": "zeitraum",
}


@dataclass(frozen=True, slots=True)
class Found:
    """The list, or what was wrong with the question; `areas` where a name fits several."""

    page: RevisionPage | None = None
    errors: dict[str, str] = field(default_factory=dict)
    areas: tuple[Area, ...] = ()
    status: int = 200


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen from; each may fail without taking the list with it."""

    indicators: Panel[Listing[Indicator]]
    datasets: Panel[Listing[Dataset]] | None
    measures: Panel[Listing[Measure]]

    def dataset_options(self) -> list[tuple[str, str]]:
        """Code and title of the datasets that are listed or that indicators name, by title."""
        listed = self.datasets.value.items if self.datasets and self.datasets.value else ()
        shown = self.indicators.value.items if self.indicators.value else ()
        titles = {item.code: item.title for indicator in shown for item in indicator.datasets}
        titles |= {item.code: item.title for item in listed}
        return sorted(titles.items(), key=lambda option: option[1])

    def indicator_options(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Code and name of the indicators, by dimension."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for item in self.indicators.value.items if self.indicators.value else ():
            label = item.dimension.label if item.dimension else "Weitere"
            groups.setdefault(label, []).append((item.code, item.name))
        return list(groups.items())

    def units(self) -> dict[str, str]:
        """Unit by code of the measure."""
        known = self.measures.value.items if self.measures.value else ()
        return {item.code: item.unit for item in known}

    def fictional_datasets(self) -> frozenset[str]:
        """Codes of the datasets that hold invented figures."""
        known = self.datasets.value.items if self.datasets and self.datasets.value else ()
        shown: Sequence[Indicator] = self.indicators.value.items if self.indicators.value else ()
        return frozenset(item.code for item in known if item.is_fictional) | frozenset(
            part.dataset for item in shown for part in item.coverage if part.is_fictional
        )


async def read_choices(visit: Visit) -> Choices:
    """Read what the form offers; datasets only for who may list them."""
    indicators, measures, datasets = await asyncio.gather(
        panel(visit.indicator.indicators(), "Die Indikatoren zur Auswahl"),
        panel(visit.indicator.measures(), "Die Einheiten der Messgrößen"),
        panel(visit.indicator.datasets(), "Die Datenbestände zur Auswahl")
        if visit.may("datasets:read")
        else _none(),
    )
    return Choices(indicators, datasets, measures)


async def _none() -> None:
    return None


async def read_revisions(visit: Visit, address: RevisionAddress) -> Found:
    """Read one page of changes; a question that cannot be answered is said at its field."""
    area, found = await find_area(visit, address)
    if found is not None:
        return found
    client = RevisionClient(visit.services.indicator, visit.access)
    try:
        page = await client.revisions(address.asked(area), limit=ROWS, cursor=address.cursor)
    except ServiceProblem as problem:
        if problem.status not in (404, 422):
            raise
        return Found(errors=_errors(problem), status=problem.status)
    return Found(page)


async def find_area(visit: Visit, address: RevisionAddress) -> tuple[str, Found | None]:
    """The key that was meant: a key as it is, a name by the register."""
    words = address.area
    if not words or _KEY.fullmatch(words):
        return words, None
    areas = (await visit.indicator.areas(q=words, limit=_MOST_AREAS)).items
    same = [item for item in areas if words in (item.code, item.name)]
    fitting = same or list(areas)
    if len(fitting) == 1:
        return fitting[0].code, None
    if not fitting:
        message = f"Ein Gebiet „{words}“ steht nicht im Verzeichnis."
        return "", Found(errors={"gebiet": message}, status=422)
    message = f"„{words}“ trifft auf mehrere Gebiete zu. Welches meinen Sie?"
    return "", Found(errors={"gebiet": message}, areas=tuple(fitting), status=422)


def _errors(problem: ServiceProblem) -> dict[str, str]:
    named = {_FIELDS.get(name, ""): text for name, text in problem.errors_by_field().items()}
    if named:
        return named
    return {_FIELDS_BY_CODE.get(problem.code, ""): problem.detail or problem.title}
