"""Use cases of changes: record one, list them, tell an area's history."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_changes import repository
from services.indicator_api.area_changes.borders import share_borders
from services.indicator_api.area_changes.going_over import check_not_gone
from services.indicator_api.area_changes.repository import StoredLink, Version
from services.indicator_api.area_changes.rules import (
    KIND_LABELS,
    Link,
    completed,
    faults_of,
    unweighed_splits,
)
from services.indicator_api.area_changes.schemas import (
    AreaOpening,
    EventRead,
    EventWrite,
    History,
    HistoryEntry,
)
from services.indicator_api.areas.importing import refresh_lineage
from services.indicator_api.areas.rules import cycle_in, fold
from services.indicator_api.areas.service import (
    area_detail,
    kinds_of_areas,
    lock_register,
    today,
)
from services.shared import audit
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Forbidden, Invalid, NotFound

_KEEPS_ROW = "rename"
_MUNICIPALITY = "gemeinde"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an event asks of the register.

    `before`: the version of each source on the eve; `after`: the version of each target that is
    there on the day; `opened`: the areas named anew, by key.
    """

    event: EventWrite
    links: list[Link]
    before: dict[str, Version]
    after: dict[str, Version]
    opened: dict[str, AreaOpening]

    @property
    def continuing(self) -> list[str]:
        """Keys that are source and target: they go on in a new version."""
        targets = {link.target for link in self.links}
        return [code for code in self.before if code in targets]

    @property
    def ending(self) -> list[Version]:
        """Versions that end with the event."""
        going_on = set(self.continuing)
        return [item for code, item in self.before.items() if code not in going_on]

    @property
    def beginning(self) -> list[str]:
        """Keys that begin with the event."""
        targets = dict.fromkeys(link.target for link in self.links if link.target is not None)
        return [code for code in targets if code not in self.before]


async def record_event(
    session: AsyncSession, principal: Principal, wanted: EventWrite
) -> EventRead:
    """Record a change and open and close the validity of its areas.

    Raises `Invalid` where shares, keys or days are wrong, `Conflict` where the register says
    otherwise, `Forbidden` for areas that are another's.
    """
    await lock_register(session)
    links = [
        Link(item.source, item.target, item.weight_residents, item.weight_area)
        for item in wanted.links
    ]
    links = completed(await _weighed(session, links, wanted.effective_on))
    _refuse([(fault.link, fault.code, fault.detail) for fault in faults_of(wanted.kind, links)])
    plan = await _planned(session, wanted, links)
    await _check_parents(session, plan)
    await _check_rights(session, principal, plan)
    await check_not_gone(session, plan.before, links)
    stored = await _apply(session, principal, plan)
    head = wanted.model_dump(exclude={"links", "opens"}) | {
        "is_day_known": True,
        "is_derived": False,
        "organisation_id": principal.organisation_id,
    }
    (event_id,) = await repository.add_events(session, [head])
    await repository.add_links(session, [(event_id, item) for item in stored])
    await refresh_lineage(session)
    await repository.rebuild_compositions(session)
    await audit.record(
        session, "indicator", principal, "area_event.recorded", "area_event", str(event_id)
    )
    return await read_event(session, event_id)


async def _weighed(session: AsyncSession, links: list[Link], day: date) -> list[Link]:
    """The links with shares by residents from the directories, where an area was divided
    without any being given and a directory knows all parts."""
    weighed = list(links)
    for source, targets in unweighed_splits(links).items():
        residents = await repository.residents_after(session, targets, day)
        total = sum(residents.values())
        weighed = [
            replace(link, residents=residents[link.target] / total)
            if link.source == source and link.target in residents
            else link
            for link in weighed
        ]
    return weighed


def _refuse(faults: list[tuple[int | None, str, str]]) -> None:
    if faults:
        raise Invalid(
            faults[0][1],
            " ".join(dict.fromkeys(detail for _, _, detail in faults)),
            errors=[
                FieldError("/links" if place is None else f"/links/{place}", code, detail)
                for place, code, detail in faults
            ],
        )


async def _planned(session: AsyncSession, wanted: EventWrite, links: list[Link]) -> _Plan:
    day = wanted.effective_on
    sources = dict.fromkeys(link.source for link in links if link.source is not None)
    targets = dict.fromkeys(link.target for link in links if link.target is not None)
    versions = await repository.versions_of(session, [*sources, *targets])
    before = {
        item.code: item
        for item in versions
        if item.code in sources
        and (item.valid_from is None or item.valid_from < day)
        and (item.valid_to is None or item.valid_to >= day)
    }
    after = {item.code: item for item in versions if item.code in targets and item.holds_on(day)}
    opened = {item.code: item for item in wanted.opens}
    known = {item.code for item in versions}
    faults: list[tuple[int | None, str, str]] = []
    for place, link in enumerate(links):
        if link.source is not None and link.source not in before:
            faults.append((place, *_missing(link.source, known, day)))
        if link.target is not None and link.target not in {**after, **opened, **before}:
            faults.append((place, *_missing(link.target, known, day)))
    faults += _opening_faults(wanted, opened, targets, known)
    _refuse(faults)
    plan = _Plan(wanted, links, before, after, opened)
    _check_days(plan)
    return plan


def _missing(code: str, known: set[str], day: date) -> tuple[str, str]:
    if code in known:
        return "area_not_valid", f"{code} gilt zum {day:%d.%m.%Y} nicht."
    return "area_unknown", f"Das Gebiet „{code}“ steht nicht im Verzeichnis."


def _opening_faults(
    wanted: EventWrite, opened: dict[str, AreaOpening], targets: dict[str, None], known: set[str]
) -> list[tuple[int | None, str, str]]:
    faults: list[tuple[int | None, str, str]] = []
    if len(opened) < len(wanted.opens):
        faults.append((None, "duplicate", "Ein Schlüssel steht mehrfach unter „opens“."))
    for code, item in opened.items():
        if code not in targets:
            faults.append((None, "not_a_target", f"{code} steht in keiner Verknüpfung als „to“."))
        elif code not in known and (item.kind is None or item.name is None):
            faults.append((None, "opening_incomplete", f"Für {code} fehlen Ebene oder Name."))
    for needed, kind, words in (
        ("name", "rename", "Name"),
        ("parent", "parent_change", "Gebiet darüber"),
    ):
        if wanted.kind == kind:
            faults += [
                (None, f"{needed}_missing", f"Für {code} fehlt unter „opens“: {words}.")
                for code in targets
                if code not in opened or getattr(opened[code], needed) is None
            ]
    return faults


def _check_days(plan: _Plan) -> None:
    day = plan.event.effective_on
    for version in plan.ending:
        if version.valid_to is not None and version.valid_to != day:
            raise Conflict(
                "area_ends_otherwise",
                f"{version.code} endet laut Verzeichnis am {version.valid_to:%d.%m.%Y}, nicht am "
                f"{day:%d.%m.%Y}.",
            )
    for code in plan.beginning:
        begun = plan.after.get(code)
        if begun is not None and begun.valid_from not in (None, day):
            raise Conflict(
                "area_exists_before",
                f"{code} gilt schon seit dem {begun.valid_from:%d.%m.%Y}. Geht etwas in ein "
                "Gebiet über, das es vorher gab, so steht auch dieses unter „from“.",
            )


async def _check_parents(session: AsyncSession, plan: _Plan) -> None:
    named = {item.code: item.parent for item in plan.opened.values() if item.parent is not None}
    if not named:
        return
    above = await repository.parents_above(session, list(named.values()))
    unknown = [code for code in named.values() if code not in above and code not in plan.opened]
    if unknown:
        _refuse(
            [(None, "parent_unknown", f"Das Gebiet darüber „{code}“ fehlt.") for code in unknown]
        )
    cycle = cycle_in({**above, **named})
    if cycle is not None:
        chain = " in ".join([*cycle, cycle[0]])
        _refuse([(None, "parent_cycle", f"Diese Gebiete lägen im Kreis: {chain}.")])


async def _check_rights(session: AsyncSession, principal: Principal, plan: _Plan) -> None:
    if principal.has("areas:write"):
        return
    touched = [*plan.before.values(), *plan.after.values()]
    is_own = all(item.holder_organisation_id == principal.organisation_id for item in touched)
    # what is opened lies in the municipality: own keys begin with its key
    new = [code for code in plan.opened if code not in plan.after and code not in plan.before]
    is_near = all(any(code.startswith(root) for root in principal.area_codes) for code in new)
    if not (is_own and is_near):
        raise Forbidden(
            "area_not_yours",
            "Mit diesem Recht werden nur Änderungen an eigenen Gebieten verzeichnet; das amtliche "
            "Verzeichnis führt die Verwaltung der Plattform.",
        )
    ranks = await kinds_of_areas(session)
    _refuse(_own_opening_faults(plan, new, ranks))
    # the code begins with the municipality's key: the place in the tree lies in it as well
    above = dict.fromkeys(item.parent for item in plan.opened.values() if item.parent is not None)
    existing = [code for code in above if code not in new]
    covered = await repository.covered_areas(session, existing, plan.event.effective_on)
    ended = {item.code for item in plan.ending}
    elsewhere = [code for code in existing if code not in covered or code in ended]
    if elsewhere:
        raise Forbidden(
            "area_not_yours",
            "Eigene Gebiete liegen in den Gebieten, für die Sie handeln, und unter einem, das zum "
            f"{plan.event.effective_on:%d.%m.%Y} gilt; nicht so: {', '.join(elsewhere)}.",
        )


def _own_opening_faults(
    plan: _Plan, new: list[str], ranks: dict[str, int]
) -> list[tuple[int | None, str, str]]:
    """What only the official register may say of an area, and what own areas need."""
    faults: list[tuple[int | None, str, str]] = [
        (None, "ars_official", f"{code}: Einen Regionalschlüssel haben nur amtliche Gebiete.")
        for code, item in plan.opened.items()
        if item.ars is not None
    ]
    for code in new:
        item = plan.opened[code]
        rank = ranks.get(str(item.kind))
        if rank is not None and rank <= ranks[_MUNICIPALITY]:
            faults.append(
                (None, "kind_not_below", f"{code}: Eigene Gebiete liegen unterhalb der Gemeinde.")
            )
        if item.parent is None:
            faults.append((None, "parent_missing", f"Für {code} fehlt das Gebiet darüber."))
        elif (
            item.parent in new
            and rank is not None
            and ranks.get(str(plan.opened[item.parent].kind), 0) >= rank
        ):
            faults.append(
                (
                    None,
                    "parent_not_above",
                    f"{item.parent} liegt nicht auf höherer Ebene als {code}.",
                )
            )
    return faults


async def _apply(session: AsyncSession, principal: Principal, plan: _Plan) -> list[StoredLink]:
    day = plan.event.effective_on
    await repository.end_areas(session, [item.id for item in plan.ending], day)
    begun = [plan.after[code].id for code in plan.beginning if code in plan.after]
    await repository.begin_areas(session, begun, day)
    target_ids = {code: item.id for code, item in plan.after.items() if code not in plan.before}
    below: list[StoredLink] = []
    if plan.event.kind != _KEEPS_ROW:
        split = [
            plan.before[code].id
            for code in plan.continuing
            if plan.before[code].valid_to is None or plan.before[code].valid_to != day
        ]
        target_ids |= {
            code: plan.after[code].id
            for code in plan.continuing
            if plan.before[code].id not in split and code in plan.after
        }
        for old_id, new_id, code, name in await repository.next_versions(session, split, day):
            if old_id in split:
                target_ids[code] = new_id
            else:
                below.append(
                    StoredLink(old_id, new_id, name, name, Link(code, code, is_whole=True))
                )
    else:
        target_ids |= {code: plan.before[code].id for code in plan.continuing}
    names = await _open(session, principal, plan, target_ids)
    stored = [_stored(link, plan, target_ids, names) for link in plan.links]
    if plan.event.kind in ("merge", "key_change"):
        await share_borders(session, stored, is_key_change=plan.event.kind == "key_change")
    return stored + below


async def _open(
    session: AsyncSession, principal: Principal, plan: _Plan, target_ids: dict[str, int]
) -> dict[str, str]:
    """Add the areas that are new and change those that go on; their names from the day on."""
    ranks = await kinds_of_areas(session)
    names = {code: item.name for code, item in {**plan.before, **plan.after}.items()}
    new = [item for code, item in plan.opened.items() if code not in target_ids]
    _refuse(
        [
            (None, "kind_unknown", f"Die Ebene „{item.kind}“ gibt es nicht.")
            for item in new
            if item.kind not in ranks
        ]
    )
    holder = None if principal.has("areas:write") else principal.organisation_id
    for item in sorted(new, key=lambda one: ranks[str(one.kind)]):
        target_ids[item.code] = await repository.open_area(
            session,
            item.model_dump()
            | {
                "search_name": fold(str(item.name)),
                "valid_from": plan.event.effective_on,
                "source": plan.event.source,
                "holder": holder,
            },
        )
        names[item.code] = str(item.name)
    for code, item in plan.opened.items():
        if item not in new:
            search = None if item.name is None else fold(item.name)
            values = item.model_dump(include={"name", "parent", "ars", "area_km2"})
            await repository.change_area(
                session, target_ids[code], plan.event.effective_on, values | {"search_name": search}
            )
            names[code] = item.name or names[code]
    return names


def _stored(
    link: Link, plan: _Plan, target_ids: dict[str, int], names: dict[str, str]
) -> StoredLink:
    source = None if link.source is None else plan.before[link.source]
    return StoredLink(
        source_id=None if source is None else source.id,
        target_id=None if link.target is None else target_ids[link.target],
        source_name="" if source is None else source.name,
        target_name="" if link.target is None else names[link.target],
        link=link,
    )


async def read_event(session: AsyncSession, event_id: int) -> EventRead:
    """One change; raises `NotFound`."""
    rows = await repository.list_events(session, {"id": event_id}, None, 1)
    if not rows:
        raise NotFound("area_event_unknown", "Diese Gebietsänderung gibt es nicht.")
    return _event(rows[0])


def _event(row: dict[str, Any]) -> EventRead:
    return EventRead.model_validate(
        row | {"kind_label": KIND_LABELS[row["kind"]], "links": row["links"] or []}
    )


async def list_events(
    session: AsyncSession, conditions: dict[str, Any], cursor: str | None, limit: int
) -> Page[EventRead]:
    """One page of changes, the latest first; an empty one says why."""
    after = decode_cursor(cursor, str, int)
    if after is not None:
        try:
            date.fromisoformat(after[0])
        except ValueError:
            raise Invalid(
                "cursor_invalid", "Dieser Zeiger stammt nicht aus einer Antwort dieses Dienstes."
            ) from None
    rows = await repository.list_events(session, conditions, after, limit + 1)
    shown, has_more = cut(rows, limit)
    page = Page(items=[_event(row) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["effective_on"].isoformat(), shown[-1]["id"])
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_event",
            detail="Zu dieser Auswahl ist keine Gebietsänderung verzeichnet.",
            suggestion="Änderungen kommen mit den amtlichen Gemeindeverzeichnissen oder einzeln.",
        )
    return page


async def history_of(session: AsyncSession, code: str) -> History:
    """All changes of an area by its key; raises `NotFound` for an unknown one."""
    rows = await repository.history_of(session, code)
    if not rows:
        await area_detail(session, code, today())
        return History(items=[], detail="Zu diesem Gebiet ist keine Änderung verzeichnet.")
    return History(items=[_entry(row) for row in rows])


def _entry(row: dict[str, Any]) -> HistoryEntry:
    sources: dict[str, dict[str, Any]] = {}
    targets: dict[str, dict[str, Any]] = {}
    for link in row["links"]:
        share = {"share": link["share"], "basis": link["basis"]}
        if link["from"] is not None:
            sources.setdefault(link["from"]["code"], link["from"] | share)
        if link["to"] is not None:
            targets.setdefault(link["to"]["code"], link["to"] | share)
    return HistoryEntry.model_validate(
        row
        | {
            "kind_label": KIND_LABELS[row["kind"]],
            "from": list(sources.values()),
            "to": list(targets.values()),
        }
    )
