"""From all directories taken so far: the register's rows, their validity, and the events.

Derived anew with every directory, whatever the order in which they come: a directory between
two others divides what lay between them. What was recorded by hand stays and goes first.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_changes.borders import share_borders
from services.indicator_api.area_changes.comparing import Comparison, DerivedEvent
from services.indicator_api.area_changes.reading import Directory, Entry
from services.indicator_api.area_changes.reforms import reforms
from services.indicator_api.area_changes.repository import (
    StoredLink,
    add_events,
    add_links,
    rebuild_compositions,
)
from services.indicator_api.area_changes.rules import Link
from services.indicator_api.areas.importing import refresh_lineage
from services.indicator_api.areas.rules import fold, periods_overlap

_EXACT = ("key_change", "merge", "rename", "parent_change")


@dataclass(slots=True)
class Run:
    """A key in consecutive directories, from number `first` to number `last`.

    `begins`/`ends`: half-open validity; None is not known from directories. `area_id`: the row
    of the register it stands for.
    """

    code: str
    first: int
    last: int
    entry: Entry
    begins: date | None = None
    ends: date | None = None
    area_id: int | None = None


@dataclass(slots=True)
class Derivation:
    """All directories in order of their day, what changed between them, and the runs of keys."""

    directories: list[Directory]
    changes: list[list[DerivedEvent]] = field(default_factory=list)
    runs: dict[str, list[Run]] = field(default_factory=dict)
    # of each directory, by key
    names: list[dict[str, str]] = field(default_factory=list)

    def run_at(self, code: str, number: int) -> Run:
        """The run of a key that directory `number` is part of."""
        return next(run for run in self.runs[code] if run.first <= number <= run.last)


def derivation_of(directories: Sequence[Directory]) -> Derivation:
    """Runs and events of directories given in any order; no input or output."""
    ordered = sorted(directories, key=lambda item: item.stands_on)
    result = Derivation(ordered)
    result.names = [{entry.code: entry.name for entry in item.entries} for item in ordered]
    for number, directory in enumerate(ordered):
        for entry in directory.entries:
            runs = result.runs.setdefault(entry.code, [])
            if runs and runs[-1].last == number - 1:
                runs[-1].last, runs[-1].entry = number, entry
            else:
                runs.append(Run(entry.code, number, number, entry))
    for number in range(len(ordered) - 1):
        events = Comparison(ordered[number], ordered[number + 1], reforms()).events()
        result.changes.append(events)
        for event in events:
            if event.kind in ("rename", "parent_change"):
                continue
            for old, new in event.links:
                if old is not None:
                    result.run_at(old, number).ends = event.effective_on
                if new is not None:
                    result.run_at(new, number + 1).begins = event.effective_on
    return result


async def derive(session: AsyncSession, attribution: str) -> dict[str, int]:
    """Bring register and events in line with all directories; counts of what was written."""
    derivation = derivation_of(await _directories(session))
    await session.execute(text("SET LOCAL statement_timeout = '10min'"))
    await session.execute(
        text(
            "DELETE FROM indicator.area_event_link WHERE event_id IN"
            " (SELECT e.id FROM indicator.area_event AS e WHERE e.is_derived)"
        )
    )
    await session.execute(text("DELETE FROM indicator.area_event WHERE is_derived"))
    added = await _write_areas(session, derivation, attribution)
    events, links = await _write_events(session, derivation)
    await refresh_lineage(session)
    await rebuild_compositions(session)
    return {"areas_added": added, "events": events, "links": links}


async def _directories(session: AsyncSession) -> list[Directory]:
    rows = await session.execute(
        text(
            """
            SELECT d.stands_on, e.code, e.ars, e.kind, e.name, e.parent, e.area_km2, e.residents
            FROM indicator.area_directory AS d
            JOIN indicator.area_directory_entry AS e ON e.directory_id = d.id
            WHERE d.state = 'accepted'
            """
        )
    )
    entries: dict[date, list[Entry]] = defaultdict(list)
    for stands_on, *columns in rows:
        entries[stands_on].append(Entry(*columns))
    return [Directory(day, tuple(items), ()) for day, items in entries.items()]


async def _write_areas(session: AsyncSession, derivation: Derivation, attribution: str) -> int:
    """Match runs with rows of the register, set what they know of validity, add the rest."""
    rows = await session.execute(
        text(
            """
            SELECT a.id, a.code, a.valid_from, a.valid_to, COALESCE(b.begins, false) AS begins,
                COALESCE(b.ends, false) AS ends
            FROM indicator.area AS a
            LEFT JOIN indicator.area_directory_bound AS b ON b.area_id = a.id
            WHERE a.code = ANY(:codes)
            ORDER BY a.valid_from NULLS FIRST
            """
        ),
        {"codes": list(derivation.runs)},
    )
    registered: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        registered[row.code].append(row)
    bounds: list[tuple[int, date | None, date | None, bool, bool]] = []
    missing: list[Run] = []
    for code, runs in derivation.runs.items():
        versions = list(registered[code])
        for run in runs:
            fitting = _fitting(run, versions, is_last=run is runs[-1])
            if not fitting:
                missing.append(run)
                continue
            run.area_id = fitting[-1].id
            versions = [row for row in versions if row not in fitting]
            bounds += _bounds(run, fitting)
    await _set_bounds(session, bounds)
    await _add_areas(session, derivation, missing, attribution)
    return len(missing)


def _fitting(run: Run, versions: list[Any], *, is_last: bool) -> list[Any]:
    """The rows a run stands for: what overlaps it, and its own of an earlier derivation."""
    span = (run.begins, run.ends)
    fitting = [
        row
        for row in versions
        if periods_overlap(
            span,
            (None if row.begins else row.valid_from, None if row.ends else row.valid_to),
        )
    ]
    # rows are older first; the next run of the same key takes the next row
    return fitting if is_last else fitting[:1]


def _bounds(run: Run, rows: list[Any]) -> list[tuple[int, date | None, date | None, bool, bool]]:
    """(id, from, to, begins, ends) of rows whose ends follow from directories."""
    changed = []
    for row in rows:
        begins, ends = row.begins, row.ends
        valid_from, valid_to = row.valid_from, row.valid_to
        if row is rows[0] and (valid_from is None or begins) and valid_from != run.begins:
            valid_from, begins = run.begins, run.begins is not None
        if row is rows[-1] and (valid_to is None or ends) and valid_to != run.ends:
            valid_to, ends = run.ends, run.ends is not None
        if (valid_from, valid_to) != (row.valid_from, row.valid_to):
            changed.append((row.id, valid_from, valid_to, begins, ends))
    return changed


async def _set_bounds(
    session: AsyncSession, bounds: list[tuple[int, date | None, date | None, bool, bool]]
) -> None:
    if not bounds:
        return
    columns = dict(
        zip(("ids", "froms", "tos", "begins", "ends"), zip(*bounds, strict=True), strict=True)
    )
    values = {name: list(column) for name, column in columns.items()}
    source = """
        unnest(CAST(:ids AS integer[]), CAST(:froms AS date[]), CAST(:tos AS date[]),
            CAST(:begins AS boolean[]), CAST(:ends AS boolean[]))
            AS b (id, valid_from, valid_to, begins, ends)
    """
    await session.execute(
        text(
            f"""
            UPDATE indicator.area AS a SET valid_from = b.valid_from, valid_to = b.valid_to
            FROM {source} WHERE a.id = b.id
            """
        ),
        values,
    )
    await session.execute(
        text(
            f"""
            INSERT INTO indicator.area_directory_bound (area_id, begins, ends)
            SELECT b.id, b.begins, b.ends FROM {source}
            ON CONFLICT (area_id) DO UPDATE SET begins = excluded.begins, ends = excluded.ends
            """
        ),
        values,
    )


_ADD = text(
    """
    WITH added AS (
        INSERT INTO indicator.area (code, ars, kind, name, search_name, parent_id, valid_from,
            valid_to, area_km2, source, attribution)
        SELECT e.code, e.ars, e.kind, e.name, e.search_name, e.parent_id, e.valid_from,
            e.valid_to, e.area_km2, e.source, :attribution
        FROM unnest(
            CAST(:codes AS text[]), CAST(:arss AS text[]), CAST(:kinds AS text[]),
            CAST(:names AS text[]), CAST(:search_names AS text[]), CAST(:parents AS integer[]),
            CAST(:froms AS date[]), CAST(:tos AS date[]), CAST(:areas AS double precision[]),
            CAST(:sources AS text[])
        ) AS e (code, ars, kind, name, search_name, parent_id, valid_from, valid_to, area_km2,
            source)
        RETURNING id, code, valid_from, valid_to
    ), bound AS (
        INSERT INTO indicator.area_directory_bound (area_id, begins, ends)
        SELECT id, valid_from IS NOT NULL, valid_to IS NOT NULL FROM added
    )
    SELECT id, code, valid_from FROM added
    """
)


async def _add_areas(
    session: AsyncSession, derivation: Derivation, missing: list[Run], attribution: str
) -> None:
    """Add rows level by level: a parent must stand before its children look it up."""
    for kind in ("bund", "land", "regierungsbezirk", "kreis", "gemeinde"):
        runs = [run for run in missing if run.entry.kind == kind]
        if not runs:
            continue
        rows = await session.execute(
            _ADD,
            {
                "attribution": attribution,
                "codes": [run.code for run in runs],
                "arss": [run.entry.ars for run in runs],
                "kinds": [run.entry.kind for run in runs],
                "names": [run.entry.name for run in runs],
                "search_names": [fold(run.entry.name) for run in runs],
                "parents": [_parent_id(derivation, run) for run in runs],
                "froms": [run.begins for run in runs],
                "tos": [run.ends for run in runs],
                "areas": [run.entry.area_km2 for run in runs],
                "sources": [
                    f"Gemeindeverzeichnis, Gebietsstand {_stand(derivation, run):%d.%m.%Y}"
                    for run in runs
                ],
            },
        )
        ids = {(row.code, row.valid_from): row.id for row in rows}
        for run in runs:
            run.area_id = ids[run.code, run.begins]


def _stand(derivation: Derivation, run: Run) -> date:
    return derivation.directories[run.last].stands_on


def _parent_id(derivation: Derivation, run: Run) -> int | None:
    if run.entry.parent is None:
        return None
    return derivation.run_at(run.entry.parent, run.last).area_id


async def _write_events(session: AsyncSession, derivation: Derivation) -> tuple[int, int]:
    """Write the events that were not recorded by hand; how many, with how many links."""
    rows = await session.execute(
        text("SELECT from_area_id, to_area_id FROM indicator.area_event_link")
    )
    recorded = {(row.from_area_id, row.to_area_id) for row in rows}
    left = {source for source, _ in recorded if source is not None}
    reached = {target for _, target in recorded if target is not None}
    heads: list[dict[str, Any]] = []
    groups: list[list[StoredLink]] = []
    for number, changes in enumerate(derivation.changes):
        for event in changes:
            links = [
                link
                for link in (_link(derivation, number, event, pair) for pair in event.links)
                if (link.source_id, link.target_id) not in recorded
                and not (link.target_id is None and link.source_id in left)
                and not (link.source_id is None and link.target_id in reached)
            ]
            if links:
                heads.append(_head(event))
                groups.append(links)
    if heads:
        ids = await add_events(session, heads)
        pairs = [(id_, link) for id_, links in zip(ids, groups, strict=True) for link in links]
        await add_links(session, pairs)
        for kind in ("key_change", "merge"):
            exact = [
                link
                for head, links in zip(heads, groups, strict=True)
                if head["kind"] == kind
                for link in links
            ]
            await share_borders(session, exact, is_key_change=kind == "key_change")
    return len(heads), sum(len(links) for links in groups)


def _head(event: DerivedEvent) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "effective_on": event.effective_on,
        "is_day_known": event.is_day_known,
        "title": event.title,
        "legal_basis": event.legal_basis,
        "source": event.source,
        "note": event.note,
        "is_derived": True,
        "organisation_id": None,
    }


def _link(
    derivation: Derivation, number: int, event: DerivedEvent, pair: tuple[str | None, str | None]
) -> StoredLink:
    old, new = pair
    before = None if old is None else derivation.run_at(old, number)
    after = None if new is None else derivation.run_at(new, number + 1)
    names = [
        "" if code is None else derivation.names[place][code]
        for code, place in ((old, number), (new, number + 1))
    ]
    return StoredLink(
        source_id=None if before is None else before.area_id,
        target_id=None if after is None else after.area_id,
        source_name=names[0],
        target_name=names[1],
        link=Link(old, new, is_whole=event.kind in _EXACT),
    )
