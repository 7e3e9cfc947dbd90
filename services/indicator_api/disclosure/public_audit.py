"""Checking a release again with nothing but what its readers have: as an attacker would."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.disclosure.auditing import audit
from services.indicator_api.disclosure.certificate import fingerprint, released_sha256
from services.indicator_api.disclosure.collecting import repository
from services.indicator_api.disclosure.collecting.assembling import Settled, Wishes, assemble
from services.indicator_api.disclosure.collecting.demands import Rules
from services.indicator_api.disclosure.collecting.knowledge import KEYS, Known, known_cells
from services.indicator_api.disclosure.collecting.reading import read_known, released_batches
from services.indicator_api.disclosure.problem import Failure
from services.indicator_api.disclosure.service import Sessions
from services.indicator_api.disclosure.settling import PUBLIC

_HIDDEN = 7


@dataclass(frozen=True, slots=True)
class Inferable:
    """A hidden cell that can be told too well: the four ids, and what stays possible."""

    keys: dict[str, int]
    least: float
    greatest: float
    demand: str


@dataclass
class PublicAudit:
    """What an attack with the released tables alone came to.

    `is_certificate_whole`, `are_cells_whole`: whether the certificate and the released cells are
    those whose hashes were stored.
    """

    cells: int = 0
    hidden: int = 0
    inferable: list[Inferable] = field(default_factory=list)
    is_certificate_whole: bool = False
    are_cells_whole: bool = False

    @property
    def is_passed(self) -> bool:
        """Whether nothing can be told too well, and nothing was exchanged."""
        return not self.inferable and self.is_certificate_whole and self.are_cells_whole


@dataclass(frozen=True, slots=True)
class ReleasedAs:
    """A release as its readers find it."""

    series_id: int
    number: int
    dataset_id: int
    audience: str
    certificate: Mapping[str, Any]
    certificate_sha256: str


async def find_released(session: AsyncSession, release_id: UUID) -> ReleasedAs | None:
    """A release with its certificate; None if the session's reader sees none, or it has none."""
    rows = await session.execute(
        text(
            "SELECT r.series_id, r.number, s.dataset_id, s.audience, r.certificate,"
            " r.certificate_sha256 FROM indicator.release AS r"
            " JOIN indicator.release_series AS s ON s.id = r.series_id"
            " WHERE r.id = :id AND r.number IS NOT NULL AND r.certificate IS NOT NULL"
        ),
        {"id": release_id},
    )
    row = rows.first()
    return None if row is None else ReleasedAs(*row)


async def audit_release(sessions: Sessions, release: ReleasedAs) -> PublicAudit:
    """Attack what a release shows, with all that its readers were ever shown beside it."""
    found = PublicAudit()
    certificate = release.certificate
    found.is_certificate_whole = fingerprint(certificate) == release.certificate_sha256
    async with sessions() as session:
        cells = repository.released_query(release.series_id, release.number)
        digest = await released_sha256(session, cells)
        found.are_cells_whole = digest == certificate["released_sha256"]
        work = await released_batches(session, release.series_id, release.number)
        rules = await _rules(session, certificate)
    seen: set[tuple[int, ...]] = set()
    for areas in work:
        async with sessions() as session:
            facts = await repository.released_facts(
                session, release.series_id, release.number, areas
            )
            known = await read_known(session, release.dataset_id, areas, facts)
        inferable = await asyncio.to_thread(_attack, known, release.audience, rules)
        found.cells += facts.height
        found.hidden += facts.filter(pl.col("status") == _HIDDEN).height
        for item in inferable:
            keys = tuple(item.keys.values())
            if keys not in seen:
                seen.add(keys)
                found.inferable.append(item)
    return found


def _attack(known: Known, audience: str, rules: Rules) -> list[Inferable]:
    readers = (audience,) if audience == PUBLIC else (audience, PUBLIC)
    cells = known_cells(known, readers)
    hidden = known.facts.filter(pl.col("status") == _HIDDEN).select(KEYS)
    found = assemble(known, cells, rules, Wishes(), Settled(hidden.clear(), hidden))
    is_hidden = found.cells["stays_hidden"].to_numpy() & (found.cells["origin"] == "own").to_numpy()
    proof = audit(found.problem, is_hidden, demands_only=True)
    return [_inferable(found.cells, failure) for failure in proof.failures]


def _inferable(cells: pl.DataFrame, failure: Failure) -> Inferable:
    row = cells.row(failure.cell, named=True)
    keys = {key: int(row[key]) for key in KEYS}
    return Inferable(keys, failure.least, failure.greatest, failure.demand)


async def _rules(session: AsyncSession, certificate: Mapping[str, Any]) -> Rules:
    """The rules that the certificate names, of measures by their ids."""
    named: list[dict[str, Any]] = list(certificate["rules"])
    codes = [rule["measure"] for rule in named if rule["measure"]]
    codes += [rule["parameters"].get("units_measure", "") for rule in named]
    ids = await repository.measure_ids(session, codes)

    def rule_for(kind: str, measure: int) -> Mapping[str, Any] | None:
        of_kind = {ids.get(rule["measure"]): rule for rule in named if rule["kind"] == kind}
        rule = of_kind.get(measure, of_kind.get(None))
        return None if rule is None else dict(rule["parameters"])

    return Rules(rule_for, ids)
