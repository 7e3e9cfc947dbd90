"""Rules of protection over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from services.indicator_api.protection_rules import service
from services.indicator_api.protection_rules.schemas import (
    ProtectionRuleChange,
    ProtectionRuleRead,
    ProtectionRuleState,
    ProtectionRuleWrite,
)
from services.shared.auth import Requires
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import Page
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Schutzregeln")


@router.get("/datasets/{code}/protection-rules")
async def list_rules(
    code: str,
    principal: Annotated[Principal, Requires("datasets:read")],
    session: ReadSession,
) -> Page[ProtectionRuleRead]:
    """The rules of a dataset and those for all; which of them are in force."""
    return await service.list_rules(session, principal, code)


@router.post(
    "/datasets/{code}/protection-rules", status_code=201, response_model=ProtectionRuleRead
)
async def add_rule(
    code: str,
    wanted: ProtectionRuleWrite,
    request: Request,
    principal: Annotated[Principal, Requires("datasets:write")],
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Add a rule to a dataset that one's organisation holds."""

    async def act() -> Outcome:
        rule = await service.add_rule(session, principal, code, wanted)
        headers = {
            "Location": f"/v1/protection-rules/{rule.id}",
            "ETag": etag_of(rule.version),
        }
        return Outcome(201, rule.model_dump(mode="json"), headers)

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)


@router.get("/protection-rules/{rule_id}")
async def read_rule(
    rule_id: UUID,
    response: Response,
    principal: Annotated[Principal, Requires("datasets:read")],
    session: ReadSession,
) -> ProtectionRuleRead:
    """One rule; its `ETag` is needed to change it."""
    rule, version = await service.read_rule(session, principal, rule_id)
    response.headers["ETag"] = etag_of(version)
    return rule


@router.patch("/protection-rules/{rule_id}")
async def change_rule(
    rule_id: UUID,
    change: ProtectionRuleChange,
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("datasets:write")],
    session: WriteSession,
) -> ProtectionRuleRead:
    """Change a rule, or switch it off or on (`If-Match` with the ETag last read)."""
    rule, version = await service.change_rule(session, principal, rule_id, change, request)
    response.headers["ETag"] = etag_of(version)
    return rule


@router.get("/protection-rules/{rule_id}/history")
async def list_history(
    rule_id: UUID,
    principal: Annotated[Principal, Requires("datasets:read")],
    session: ReadSession,
) -> Page[ProtectionRuleState]:
    """What a rule is and was, newest first."""
    return await service.list_history(session, principal, rule_id)
