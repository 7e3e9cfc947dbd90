"""What a release hides so that nobody can be recognised in it."""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.disclosure.certificate import (
    FORMAT,
    fingerprint,
    released_sha256,
    solver,
)
from services.indicator_api.disclosure.collecting.assembling import Wishes
from services.indicator_api.disclosure.collecting.demands import Rules
from services.indicator_api.disclosure.problem import (
    DisclosureError,
    InfeasibleError,
    NotProvenError,
)
from services.indicator_api.disclosure.service import protect_dataset
from services.indicator_api.disclosure.settling import Order, Outcome
from services.indicator_api.jobs import JobContext
from services.indicator_api.protection_rules.kinds import describe
from services.indicator_api.protection_rules.rules import parameters_for
from services.indicator_api.releases import planned_cells, repository
from services.indicator_api.releases.reasons import CODES
from services.shared.principal import Principal

LIMITS = (
    "Geprüft wird als Angriff: mit allen Summen über Gebiete, Gruppen und Zeiträume, mit Nennern, "
    "mit früheren Freigaben und denen anderer Leserschaften, soweit Ihre Stelle sie sehen darf. "
    "Nicht geprüft wird, was außerhalb dieser Plattform veröffentlicht ist."
)
_NUMBERS = {code: number for number, code in CODES.items()}
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Protection:
    """What protecting a release came to.

    `rules`: `{"code", "text", "hidden"}` each; `limits`: what was not checked, in words;
    `refusals`: `{"code", "detail", "remedy"}` each, none if it may go out; `certificate` and the
    SHA-256 of the planned cells, where there is one.
    """

    rules: list[dict[str, Any]]
    limits: str
    refusals: list[dict[str, str]] = field(default_factory=list)
    certificate: dict[str, Any] | None = None
    certificate_sha256: str | None = None
    released_sha256: str | None = None


async def protect_release(
    context: JobContext, principal: Principal, release: dict[str, Any]
) -> Protection:
    """Decide what a release hides, and write it to `release_hidden_cell` and its plan.

    `release`: its row as `repository.find` gives it, with the rules in force in `rules`. Nothing
    of it was written before; whatever facts change meanwhile make the release stale.
    """
    if release["method"] != "suppress":
        return Protection([], LIMITS, [_UNPROVEN_ROUNDING])
    hidden: Counter[str] = Counter()
    outcomes: list[Outcome] = []
    refusals: list[dict[str, str]] = []
    if any(rule["is_active"] for rule in release["rules"]):
        async with context.database.read_session(principal) as session:
            order = await _order(session, release)
        sessions = partial(context.database.read_session, principal)
        try:
            async for batch in protect_dataset(sessions, release["dataset_id"], order):
                found = batch.outcome
                counted = found.hidden.group_by("reason").len()
                hidden.update(dict(counted.rows()))
                async with context.database.write_session(principal) as session:
                    await planned_cells.hide(session, release["id"], _numbered(found.hidden))
                    progress = {
                        "label": "Der Schutz wird berechnet und angegriffen",
                        "done": batch.done,
                        "total": batch.total,
                    }
                    await repository.update(session, release["id"], {"progress": progress})
                found.hidden = found.hidden.clear()
                outcomes.append(found)
        except DisclosureError as error:
            refusals.append(_refusal(error))
    async with context.database.write_session(principal) as session:
        refusals += await _broken(session, outcomes)
        await planned_cells.plan_facts(session, release)
        cells_sha256 = await released_sha256(session, planned_cells.plan_query(release["id"]))
    rules = _told(release["rules"], hidden)
    if refusals:
        return Protection(rules, LIMITS, refusals)
    certificate = _certificate(release, outcomes, hidden) | {"released_sha256": cells_sha256}
    return Protection(rules, LIMITS, [], certificate, fingerprint(certificate), cells_sha256)


async def _order(session: AsyncSession, release: dict[str, Any]) -> Order:
    chosen = await planned_cells.ids_in_scope(session, release)
    units = await planned_cells.measures_of_units(session, release["rules"])
    rules = Rules(partial(parameters_for, release["rules"]), units)
    return Order(release["audience"], rules, Wishes(**chosen))


def _numbered(hidden: pl.DataFrame) -> pl.DataFrame:
    return hidden.with_columns(pl.col("reason").replace_strict(_NUMBERS, return_dtype=pl.Int16))


def _told(rules: list[dict[str, Any]], hidden: Counter[str]) -> list[dict[str, Any]]:
    """Each kind of rule in words and how many cells it hides, then what protects those."""
    general = [rule for rule in rules if rule["is_active"] and rule["measure"] is None]
    told = [
        {
            "code": rule["kind"],
            "text": describe(rule["kind"], rule["parameters"]),
            "hidden": hidden[rule["kind"]],
        }
        for rule in general
    ]
    if hidden["secondary"]:
        text = "Verborgen, weil sich sonst andere verborgene Werte errechnen ließen."
        told.append({"code": "secondary", "text": text, "hidden": hidden["secondary"]})
    return told


async def _broken(session: AsyncSession, outcomes: list[Outcome]) -> list[dict[str, str]]:
    """Totals that are not what their parts give: figures that do not add up prove nothing."""
    broken = [item for outcome in outcomes for item in outcome.broken]
    if not broken:
        return []
    named = await planned_cells.named(session, [keys for _, keys in broken[:_MOST_NAMED]])
    examples = "; ".join(
        f"{name}: {found.value:g}, die Teile ergeben {found.together:g} "
        f"({found.together - found.value:+g})"
        for name, (found, _) in zip(named, broken, strict=False)
    )
    return [
        {
            "code": "relation_broken",
            "detail": f"{len(broken)} Summen sind nicht, was ihre Teile ergeben: {examples}.",
            "remedy": "Korrigieren Sie die Zahlen mit einer neuen Lieferung, oder geben Sie am "
            "Datenbestand an, wie sich seine Zahlen aufaddieren.",
        }
    ]


def _refusal(error: DisclosureError) -> dict[str, str]:
    if isinstance(error, InfeasibleError):
        return {
            "code": "cannot_be_protected",
            "detail": f"{len(error.cells)} Zahlen ließen sich auch dann errechnen oder zu eng "
            "eingrenzen, wenn alles andere verborgen würde.",
            "remedy": "Geben Sie größere Gebiete frei, fassen Sie Gruppen oder Jahre zusammen, "
            "oder lassen Sie die betroffene Messgröße aus.",
        }
    if isinstance(error, NotProvenError):
        return {
            "code": "not_proven",
            "detail": f"Für {len(error.cells)} Zahlen ließ sich in der vorgesehenen Zeit nicht "
            "beweisen, dass sie geschützt sind. Deshalb wird nichts freigegeben.",
            "remedy": "Geben Sie weniger auf einmal frei: einzelne Messgrößen, Jahre oder Ebenen.",
        }
    return {
        "code": "relation_broken",
        "detail": f"Zahlen widersprechen einander: {error}.",
        "remedy": "Korrigieren Sie die Zahlen mit einer neuen Lieferung.",
    }


def _certificate(
    release: dict[str, Any], outcomes: list[Outcome], hidden: Counter[str]
) -> dict[str, Any]:
    """What every reader may know: not what was lost, as that depends on what is hidden."""
    relations: Counter[str] = Counter()
    for outcome in outcomes:
        relations.update(outcome.relations)
    return {
        "format": FORMAT,
        "release": str(release["id"]),
        "dataset": release["dataset_code"],
        "audience": release["audience"],
        "rules": [
            {name: rule[name] for name in ("kind", "measure", "parameters", "source_text")}
            for rule in release["rules"]
            if rule["is_active"]
        ],
        "readers": sorted({"+".join(readers) for item in outcomes for readers in item.readers}),
        "relations": dict(relations),
        "solver": solver(),
        "cells": sum(outcome.cells for outcome in outcomes),
        "hidden": hidden.total(),
    }


_UNPROVEN_ROUNDING = {
    "code": "rounding_unproven",
    "detail": "Ob gerundete Zahlen genug schützen, lässt sich hier nicht nachweisen.",
    "remedy": "Bereiten Sie die Freigabe mit Sperren statt Runden vor.",
}
