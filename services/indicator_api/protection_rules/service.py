"""Use cases of rules of protection: read, add, change, look back; and those a release obeys."""

from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.service import get_dataset, get_own_dataset
from services.indicator_api.protection_rules import repository
from services.indicator_api.protection_rules.kinds import (
    KINDS,
    Kind,
    check_parameters,
    describe,
)
from services.indicator_api.protection_rules.rules import Snapshot, in_force
from services.indicator_api.protection_rules.schemas import (
    ProtectionRuleChange,
    ProtectionRuleRead,
    ProtectionRuleState,
    ProtectionRuleWrite,
)
from services.shared import audit
from services.shared.etags import require_match
from services.shared.ids import new_id
from services.shared.paging import Page
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Invalid, NotFound

_WRITTEN = ("kind", "measure", "parameters", "source_text", "is_active")
_KEPT = ("kind", "measure_id", "measure", "parameters", "source_text", "is_active")


async def snapshot_of(session: AsyncSession, dataset_id: int, source: str) -> Snapshot:
    """The rules in force for a dataset as a release keeps them: see `rules.parameters_for`."""
    rules = in_force(await repository.list_for(session, dataset_id), source)
    return [
        {"id": str(rule["id"]), "version": rule["row_version"]}
        | {name: rule[name] for name in _KEPT}
        for rule in rules
    ]


async def list_rules(
    session: AsyncSession, principal: Principal, code: str
) -> Page[ProtectionRuleRead]:
    """A dataset's rules and those for all, with what is in force."""
    dataset = await get_dataset(session, code)
    rows = await repository.list_for(session, dataset.id)
    holding = {rule["id"] for rule in in_force(rows, dataset.source)}
    return Page(items=[_read(row, principal, row["id"] in holding) for row in rows])


async def read_rule(
    session: AsyncSession, principal: Principal, rule_id: UUID
) -> tuple[ProtectionRuleRead, int]:
    """One rule and its version."""
    row = await _find(session, rule_id)
    return await _read_one(session, principal, row), row["row_version"]


async def add_rule(
    session: AsyncSession, principal: Principal, code: str, wanted: ProtectionRuleWrite
) -> ProtectionRuleRead:
    """Add a rule to a dataset of one's own; raises `Conflict` if it has one of this kind."""
    dataset = await get_own_dataset(session, principal, code)
    parameters = await _checked(session, wanted.kind, wanted.parameters)
    measure_id = await _measure_id(session, wanted.measure)
    rule_id = new_id()
    values = {
        "id": rule_id,
        "dataset_id": dataset.id,
        "measure_id": measure_id,
        "kind": wanted.kind,
        "parameters": parameters,
        "source_text": wanted.source_text,
        "is_active": wanted.is_active,
        "by": principal.subject_name,
        "subject": principal.subject_id,
    }
    if not await repository.add(session, values):
        existing = await repository.find_same(session, dataset.id, measure_id, wanted.kind)
        raise Conflict(
            "rule_exists",
            f"Für diese Zahlen gibt es schon eine Regel „{KINDS[wanted.kind].label}“. Ändern Sie "
            "diese.",
            rule=str(existing),
        )
    await _record(session, principal, "protection_rule.added", rule_id, list(_WRITTEN))
    return await _read_one(session, principal, await _find(session, rule_id))


async def change_rule(
    session: AsyncSession,
    principal: Principal,
    rule_id: UUID,
    change: ProtectionRuleChange,
    request: Request,
) -> tuple[ProtectionRuleRead, int]:
    """Change a rule of a dataset of one's own; drafts checked with the old one are stale then."""
    row = await _find(session, rule_id)
    if row["holder_organisation_id"] != principal.organisation_id:
        raise NotFound(
            "rule_not_yours",
            "Diese Regel gehört zu keinem Datenbestand Ihrer Organisation. Legen Sie für Ihren "
            "eine eigene an; sie geht vor.",
        )
    row = await _find(session, rule_id, is_to_change=True)
    require_match(request, row["row_version"])
    fields = change.model_dump(exclude_unset=True)
    if "parameters" in fields:
        fields["parameters"] = await _checked(session, row["kind"], fields["parameters"])
        if fields["parameters"] != row["parameters"] and "source_text" not in fields:
            detail = "Sagen Sie in „source_text“, woher die neuen Angaben kommen."
            error = FieldError("/source_text", "source_text_missing", detail)
            raise Invalid("source_text_missing", detail, errors=[error])
    changed = {name: value for name, value in fields.items() if value != row[name]}
    if changed:
        values = {name: row[name] for name in ("parameters", "source_text", "is_active")} | changed
        values |= {"by": principal.subject_name, "subject": principal.subject_id}
        await repository.change(session, rule_id, values)
        await _record(session, principal, "protection_rule.changed", rule_id, sorted(changed))
    return await read_rule(session, principal, rule_id)


async def list_history(
    session: AsyncSession, principal: Principal, rule_id: UUID
) -> Page[ProtectionRuleState]:
    """What a rule is and was, newest first."""
    row = await _find(session, rule_id)
    states = [row, *await repository.history(session, rule_id)]
    until = [None, *(state["changed_at"] for state in states[:-1])]
    is_own = row["holder_organisation_id"] == principal.organisation_id
    return Page(
        items=[
            ProtectionRuleState(
                version=state["row_version"],
                parameters=state["parameters"],
                text=describe(row["kind"], state["parameters"]),
                source_text=state["source_text"],
                is_active=state["is_active"],
                changed_by=state["changed_by"] if is_own else "",
                changed_at=state["changed_at"],
                until=end,
            )
            for state, end in zip(states, until, strict=True)
        ]
    )


def _read(row: dict[str, Any], principal: Principal, is_in_force: bool) -> ProtectionRuleRead:
    names = ("id", "dataset", "measure", "measure_name", "kind", "parameters", "source_text")
    is_own = row["holder_organisation_id"] == principal.organisation_id
    return ProtectionRuleRead(
        **{name: row[name] for name in (*names, "is_active", "changed_at")},
        label=KINDS[row["kind"]].label,
        text=describe(row["kind"], row["parameters"]),
        is_in_force=is_in_force,
        version=row["row_version"],
        changed_by=row["changed_by"] if is_own else "",
    )


async def _read_one(
    session: AsyncSession, principal: Principal, row: dict[str, Any]
) -> ProtectionRuleRead:
    if row["dataset"] is None:
        return _read(row, principal, row["is_active"])
    dataset = await get_dataset(session, row["dataset"])
    rules = in_force(await repository.list_for(session, dataset.id), dataset.source)
    return _read(row, principal, any(rule["id"] == row["id"] for rule in rules))


async def _find(
    session: AsyncSession, rule_id: UUID, *, is_to_change: bool = False
) -> dict[str, Any]:
    row = await repository.find(session, rule_id, is_to_change=is_to_change)
    if row is None:
        raise NotFound("rule_unknown", "Diese Schutzregel gibt es nicht.")
    return row


async def _checked(session: AsyncSession, kind: Kind, given: dict[str, Any]) -> dict[str, Any]:
    """The complete parameters; raises `Invalid` with each fault at its place."""
    complete, faults = check_parameters(kind, given)
    errors = [FieldError(f"/parameters/{fault.name}", fault.code, fault.detail) for fault in faults]
    units = complete.get("units_measure")
    if not errors and units is not None and not await repository.measure_ids(session, [units]):
        detail = f"Die Messgröße „{units}“ gibt es nicht."
        errors = [FieldError("/parameters/units_measure", "measure_unknown", detail)]
    if errors:
        raise Invalid(
            "parameters_invalid",
            " ".join(error.detail for error in errors),
            errors=errors,
        )
    return complete


async def _measure_id(session: AsyncSession, code: str | None) -> int | None:
    if code is None:
        return None
    found = await repository.measure_ids(session, [code])
    if code not in found:
        detail = f"Die Messgröße „{code}“ gibt es nicht."
        raise Invalid(
            "measure_unknown", detail, errors=[FieldError("/measure", "measure_unknown", detail)]
        )
    return found[code]


async def _record(
    session: AsyncSession, principal: Principal, action: str, rule_id: UUID, fields: list[str]
) -> None:
    await audit.record(session, "indicator", principal, action, "protection_rule", rule_id, fields)
