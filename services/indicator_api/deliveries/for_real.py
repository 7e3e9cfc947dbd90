"""Delivering a checked dry run from its stored file: a delivery of its own, checked again."""

from typing import Any
from uuid import UUID

import obstore
from fastapi import Request
from obstore.store import ObjectStore
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.service import get_own_dataset
from services.indicator_api.deliveries import repository, service, steps, turns
from services.indicator_api.deliveries.schemas import DeliveryRead, ForReal
from services.shared import audit
from services.shared.jobs import JobQueue
from services.shared.principal import Principal
from services.shared.problems import Gone


async def deliver_dry_run(
    session: AsyncSession,
    jobs: JobQueue,
    objects: ObjectStore,
    principal: Principal,
    request: Request,
    *,
    dry_run_id: UUID,
    delivery_id: UUID,
    object_path: str,
    wanted: ForReal,
) -> DeliveryRead:
    """Note a new delivery with the dry run's file, options and mapping, and have it processed.

    The file is copied to `object_path`: each of both deliveries has its own, and may lose it. The
    dry run stays as it is. Raises as `steps.locked` does, and `Gone` without a file.
    """
    dry_run = await steps.locked(session, dry_run_id, request, lambda state: state == "checked")
    if dry_run["content_deleted_at"] is not None:
        raise Gone("delivery_content_deleted", "Der Inhalt dieser Lieferung wurde gelöscht.")
    await get_own_dataset(session, principal, dry_run["dataset"]["code"])
    await obstore.copy_async(objects, dry_run["object_path"], object_path)
    await repository.add(
        session,
        _same_file(dry_run, principal, wanted)
        | {
            "id": delivery_id,
            "organisation_id": principal.organisation_id,
            "subject_id": principal.subject_id,
            "subject_name": principal.subject_name,
            "acting": principal.to_job(),
            "object_path": object_path,
        },
    )
    await audit.record(
        session, "indicator", principal, "delivery.received", "delivery", delivery_id
    )
    await turns.begin_checking(session, jobs, delivery_id)
    return (await service.read_delivery(session, principal, delivery_id))[0]


def _same_file(dry_run: dict[str, Any], principal: Principal, wanted: ForReal) -> dict[str, Any]:
    """What the new delivery has from the dry run."""
    options = dict(dry_run["options"])
    if wanted.confirm is not None or dry_run["subject_id"] != principal.subject_id:
        # nobody confirms in another one's name
        options["confirm"] = wanted.confirm
    # whoever made the dry run has prepared the figures: see `second_person`
    is_of_person = dry_run["subject_kind"] == "account"
    return {
        "dataset_id": dry_run["dataset_id"],
        "filename": dry_run["filename"],
        "content_type": dry_run["content_type"],
        "size_bytes": dry_run["size_bytes"],
        "sha256": bytes.fromhex(dry_run["sha256"]),
        "options": options,
        "is_dry_run": False,
        "mapping": dry_run["mapping"],
        "mapping_name": dry_run["mapping_name"],
        "mapped_by": dry_run["mapped_by"] or (dry_run["subject_id"] if is_of_person else None),
        "mapped_with_key": dry_run["mapped_with_key"]
        or (None if is_of_person else dry_run["subject_id"]),
        "dry_run_id": dry_run["id"],
    }
