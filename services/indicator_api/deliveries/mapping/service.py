"""Use cases of a delivery's mapping: look at it, try another one, have the file read by it."""

import asyncio
from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import Request
from obstore.store import ObjectStore
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.service import get_dataset
from services.indicator_api.deliveries import repository as deliveries
from services.indicator_api.deliveries import steps
from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.deliveries.mapping import repository
from services.indicator_api.deliveries.mapping.about import (
    about_table,
    preview_of,
    table_of,
)
from services.indicator_api.deliveries.mapping.applying import fault_of
from services.indicator_api.deliveries.mapping.document import Mapping
from services.indicator_api.deliveries.mapping.opening import hints_of
from services.indicator_api.deliveries.mapping.proposing import Hints, propose
from services.indicator_api.deliveries.mapping.questions import questions_about
from services.indicator_api.deliveries.mapping.saved import document_named
from services.indicator_api.deliveries.mapping.schemas import (
    DeliveryMappingRead,
    MappingChoice,
    MappingPreview,
    PreviewRead,
    QuestionRead,
    RawTableRead,
)
from services.indicator_api.deliveries.opening_places import place_to_open
from services.indicator_api.deliveries.reading.damaged import told_if_broken_off
from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from services.indicator_api.deliveries.schemas import Language
from services.indicator_api.deliveries.service import find_delivery
from services.indicator_api.deliveries.spool import spooled
from services.indicator_api.deliveries.unread import refuse_deleted, refuse_unread
from services.shared.jobs import JobQueue
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid

# the parts of a mapping that say where in the file the table is
_PLACE = ("sheet", "header_rows", "skip_rows")


async def read_mapping(
    session: AsyncSession,
    objects: ObjectStore,
    principal: Principal,
    delivery_id: UUID,
    place: dict[str, Any],
    language: Language = "de",
) -> tuple[DeliveryMappingRead, int]:
    """The table of a delivery and how it is read, and the delivery's version.

    `place` may name another sheet, `header_rows` and `skip_rows`: the file is then looked at anew.
    """
    delivery = await _delivery_with_content(session, delivery_id)
    registers, hints = await _known(session, principal, delivery)
    about = await _about(objects, delivery, place, registers, hints)
    table = table_of(about)
    shown = Mapping.model_validate(about["proposal"])
    questions = [_in(language, item) for item in about["questions"]]
    # what is in force is shown as long as the same table is looked at
    if delivery["mapping"] is not None and not place:
        shown = Mapping.model_validate(delivery["mapping"])
        questions = _open_questions(shown, language)
    document = DeliveryMappingRead(
        table=RawTableRead.model_validate(about["table"]),
        mapping=delivery["mapping"],
        mapping_name=delivery["mapping_name"],
        proposal=Mapping.model_validate(about["proposal"]),
        is_complete=not shown.missing(),
        questions=questions,
        preview=PreviewRead.model_validate(preview_of(table, shown, registers)),
    )
    return document, delivery["row_version"]


async def preview_mapping(
    session: AsyncSession,
    objects: ObjectStore,
    principal: Principal,
    delivery_id: UUID,
    draft: Mapping,
    language: Language = "de",
) -> MappingPreview:
    """What a mapping would make of the delivery's first rows; nothing is changed."""
    delivery = await _delivery_with_content(session, delivery_id)
    registers, hints = await _known(session, principal, delivery)
    about = await _about(objects, delivery, _place_of(draft), registers, hints)
    table = table_of(about)
    _refuse_unfit(table.names, draft, is_draft=True)
    return MappingPreview(
        is_complete=not draft.missing(),
        questions=_open_questions(draft, language),
        preview=PreviewRead.model_validate(preview_of(table, draft, registers)),
    )


async def choose_mapping(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    delivery_id: UUID,
    request: Request,
    choice: MappingChoice,
) -> None:
    """Have the file read another way: it is checked again.

    Raises `NotFound` for a name under which nothing is saved, `Invalid` for a mapping that does
    not fit, as far as that is known before the file is read.
    """
    document = choice.document
    if document is None:
        document = Mapping.model_validate(await document_named(session, str(choice.name)))
    delivery = await find_delivery(session, delivery_id)
    about = delivery["understood"].get("mapping")
    if about is not None and _is_same_place(about, _place_of(document)):
        _refuse_unfit(tuple(about["table"]["names"]), document)
    await steps.remap(
        session,
        jobs,
        principal,
        delivery_id,
        request,
        mapping=document.model_dump(mode="json"),
        mapping_name=choice.name,
    )


def _open_questions(mapping: Mapping, language: Language) -> list[QuestionRead]:
    return [_in(language, asdict(question)) for question in questions_about(mapping)]


def _in(language: Language, question: dict[str, Any]) -> QuestionRead:
    """A question in a language; those kept before there was English are told in German."""
    english = question.get("detail_en") if language == "en" else None
    return QuestionRead(field=question["field"], detail=english or question["detail"])


def _refuse_unfit(names: tuple[str, ...], mapping: Mapping, *, is_draft: bool = False) -> None:
    """Raise `Invalid` if a mapping cannot be used for a table with these columns."""
    fault = fault_of(names, mapping, may_be_incomplete=is_draft)
    if fault is None:
        return
    raise Invalid(
        fault.code,
        f"{fault.kind.title}. {fault.detail()} {fault.remedy()}",
        errors=[FieldError("/document", fault.code, fault.detail())],
    )


async def _delivery_with_content(session: AsyncSession, delivery_id: UUID) -> dict[str, Any]:
    delivery = await find_delivery(session, delivery_id)
    refuse_deleted(delivery)
    refuse_unread(delivery)
    return delivery


async def _known(
    session: AsyncSession, principal: Principal, delivery: dict[str, Any]
) -> tuple[Registers, Hints]:
    dataset = await get_dataset(session, delivery["dataset"]["code"])
    registers = await deliveries.load_registers(
        session, list(principal.area_codes), dataset.area_code
    )
    known = await repository.known_before(session, dataset_id=dataset.id, mapping_name=None)
    return registers, hints_of(delivery, known)


async def _about(
    objects: ObjectStore,
    delivery: dict[str, Any],
    place: dict[str, Any],
    registers: Registers,
    hints: Hints,
) -> dict[str, Any]:
    """What was kept of the table when it was checked; the file is read only for another one."""
    about: dict[str, Any] | None = delivery["understood"].get("mapping")
    if about is not None and _is_same_place(about, place):
        return about
    wanted = {"sheet": delivery["options"].get("sheet")} | place
    async with place_to_open(delivery), spooled(objects, delivery["object_path"]) as file:
        try:
            with told_if_broken_off():
                return await asyncio.to_thread(_look, file, delivery, wanted, registers, hints)
        except UnreadableError as error:
            raise Invalid(
                error.finding.code, f"{error.finding.detail()} {error.finding.remedy()}"
            ) from None


def _look(
    file: Any, delivery: dict[str, Any], place: dict[str, Any], registers: Registers, hints: Hints
) -> dict[str, Any]:
    table = open_table(file, delivery["content_type"], delivery["filename"], **place)
    return about_table(table, propose(table, registers, hints))


def _place_of(mapping: Mapping) -> dict[str, Any]:
    place = mapping.model_dump(include=set(_PLACE))
    return {name: value for name, value in place.items() if value is not None}


def _is_same_place(about: dict[str, Any], place: dict[str, Any]) -> bool:
    return all(about["table"][name] == value for name, value in place.items())
