"""Opening a delivered file: by its format, by a mapping, or with what must be asked."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.mapping.about import about_table, columns_sha256
from services.indicator_api.deliveries.mapping.applying import apply_mapping
from services.indicator_api.deliveries.mapping.document import (
    AreaSource,
    Mapping,
    PeriodSource,
)
from services.indicator_api.deliveries.mapping.extending import extend
from services.indicator_api.deliveries.mapping.proposing import (
    Hints,
    Proposal,
    propose,
)
from services.indicator_api.deliveries.mapping.questions import (
    are_read_alike,
    questions_about,
    which_period_now,
)
from services.indicator_api.deliveries.mapping.repository import KnownBefore, SavedMapping
from services.indicator_api.deliveries.persons.searching import refuse_person_data
from services.indicator_api.deliveries.reading.delivered import Delivered
from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.recognising import recognise
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from services.indicator_api.deliveries.workbook import recognising as templates


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be checked, and the mapping that it is read with, if any.

    `about` is what is kept of the table for those who would map it another way; empty for a
    format that explains itself.
    """

    delivered: Delivered
    mapping: dict[str, Any] | None
    mapping_name: str | None
    about: dict[str, Any]


class MappingNeededError(Exception):
    """The file is a table whose columns somebody must explain; carries what there is to show."""

    def __init__(self, about: dict[str, Any]) -> None:
        super().__init__("a mapping is needed")
        self.about = about


def open_delivered(
    file: Path, delivery: dict[str, Any], known: KnownBefore, registers: Registers
) -> Opened:
    """The rows of a delivery.

    What was said for this delivery counts first, then what its format says by itself, then the
    mapping saved for a table with the same columns. Raises `UnreadableError` with the reason,
    `MappingNeededError`, and `PersonDataError` before anything of the table is looked at.
    """
    said = _said(delivery, known)
    options = delivery["options"]
    if said is None:
        returned = templates.find_template(file, period=options.get("period"))
        if returned is not None:
            return _as_template(file, delivery, returned, registers)
    sheet = options.get("sheet") or (said.sheet if said is not None else None)
    table = open_table(
        file,
        delivery["content_type"],
        delivery["filename"],
        sheet=sheet,
        header_rows=said.header_rows if said is not None else None,
        skip_rows=said.skip_rows if said is not None else None,
    )
    refuse_person_data(table, file)
    if said is not None:
        return _mapped(table, _completed(said, options), delivery["mapping_name"], registers)
    delivered = recognise(table, area=options.get("area"))
    if delivered is not None:
        return Opened(delivered, None, None, {})
    remembered = known.by_columns.get(columns_sha256(table.names))
    if remembered is None:
        proposal = _extended(table, known, options)
        if proposal is None:
            proposal = propose(table, registers, hints_of(delivery, known))
        raise MappingNeededError(about_table(table, proposal))
    return _as_remembered(table, remembered, options, registers)


def hints_of(delivery: dict[str, Any], known: KnownBefore) -> Hints:
    """What is known beside the table."""
    options = delivery["options"]
    return Hints(delivery["filename"], options.get("area"), options.get("period"), known.measures)


def _said(delivery: dict[str, Any], known: KnownBefore) -> Mapping | None:
    """The mapping that was given with the delivery, or named."""
    if delivery["mapping"] is not None:
        return Mapping.model_validate(delivery["mapping"])
    if delivery["mapping_name"] is None:
        return None
    if known.named is None:
        there = ", ".join(f"„{name}“" for name in known.names)
        hint = f"Gespeichert sind: {there}." if there else "Bisher ist keine gespeichert."
        raise UnreadableError(Finding("mapping_unknown", value=delivery["mapping_name"], hint=hint))
    return Mapping.model_validate(known.named.document)


def _completed(mapping: Mapping, options: dict[str, Any]) -> Mapping:
    """Area and period given with the delivery stand in for what no column says."""
    changes: dict[str, Any] = {}
    area, period = options.get("area"), options.get("period")
    if area and (mapping.area is None or mapping.area.fixed is not None):
        changes["area"] = AreaSource(fixed=area)
    if period and (mapping.period is None or mapping.period.fixed is not None):
        changes["period"] = PeriodSource(fixed=period)
    return mapping.model_copy(update=changes)


def _mapped(table: RawTable, mapping: Mapping, name: str | None, registers: Registers) -> Opened:
    proposal = Proposal(mapping)
    if mapping.missing():
        questions = tuple(questions_about(mapping))
        raise MappingNeededError(about_table(table, Proposal(mapping, questions)))
    delivered = apply_mapping(table, mapping, registers)
    known = {*mapping.columns(), *mapping.left_out}
    unread = ", ".join(f"„{column}“" for column in table.names if column not in known)
    if name is not None and unread:
        # a saved mapping meets a table that has changed: nobody may have looked at it
        note = Finding("columns_unread", value=name, hint=unread, hint_en=unread)
        delivered = replace(delivered, notes=(*delivered.notes, note))
    about = about_table(table, proposal)
    return Opened(delivered, mapping.model_dump(mode="json"), name, about)


def _as_template(
    file: Path,
    delivery: dict[str, Any],
    returned: templates.ReturnedTemplate,
    registers: Registers,
) -> Opened:
    """A workbook of ours that was filled in."""
    mapping = returned.mapping
    table = open_table(
        file,
        delivery["content_type"],
        delivery["filename"],
        sheet=mapping.sheet,
        header_rows=mapping.header_rows,
        skip_rows=mapping.skip_rows,
    )
    # a column or a sheet may have been added
    refuse_person_data(table, file)
    delivered = replace(
        apply_mapping(table, mapping, registers),
        format=templates.FORMAT,
        format_label=templates.FORMAT_LABEL,
    )
    code = delivery["dataset"]["code"]
    if returned.dataset_code != code:
        note = Finding("template_other_dataset", value=returned.dataset_code, hint=code)
        delivered = replace(delivered, notes=(*delivered.notes, note))
    return Opened(delivered, None, None, {})


def _extended(table: RawTable, known: KnownBefore, options: dict[str, Any]) -> Proposal | None:
    """The mapping of last time with the columns of further periods, to be confirmed."""
    # of several the one changed last
    for saved in reversed(known.by_columns.values()):
        extended = extend(Mapping.model_validate(saved.document), table.names)
        if extended is None:
            continue
        place = {
            "sheet": table.sheet if len(table.sheets) > 1 else None,
            "header_rows": table.header_rows,
            "skip_rows": table.skip_rows,
        }
        mapping = _completed(extended.mapping.model_copy(update=place), options)
        question = are_read_alike(saved.name, extended.columns, extended.periods)
        return Proposal(mapping, (question, *questions_about(mapping)))
    return None


def _as_remembered(
    table: RawTable, saved: SavedMapping, options: dict[str, Any], registers: Registers
) -> Opened:
    """Read as last time; a period that stood in no cell is asked for again."""
    before = Mapping.model_validate(saved.document)
    mapping = _completed(before, options)
    if before.period is not None and before.period.fixed and not options.get("period"):
        open_again = mapping.model_copy(update={"period": None})
        question = which_period_now(before.period.fixed)
        raise MappingNeededError(about_table(table, Proposal(open_again, (question,))))
    opened = _mapped(table, mapping, saved.name, registers)
    note = Finding("mapping_remembered", value=saved.name)
    delivered = replace(opened.delivered, notes=(*opened.delivered.notes, note))
    return replace(opened, delivered=delivered)
