"""Use cases of templates: what there is to choose, and how the report would look now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.report_api.content.blocks import Content
from services.report_api.content.choices import Choices, choices_of
from services.report_api.content.profile import build_profile
from services.report_api.content.profile_context import ProfileContext, ReportHead
from services.report_api.content.words import BERLIN
from services.report_api.snapshots.assembling import Frozen
from services.report_api.snapshots.codec import encode, fingerprint_of
from services.report_api.snapshots.rules import IndicatorRecord, Reading
from services.report_api.snapshots.service import freeze
from services.report_api.templates.rules import TEMPLATES, Template
from services.report_api.templates.schemas import ChoicesRead, IndicatorChoice
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid, NotFound

PREVIEW_REFERENCE = "Vorschau"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is to show; None leaves the choice to the template."""

    template: str
    area: str
    map_indicator: str | None = None
    chart_indicator: str | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """A frozen snapshot with all that was chosen for it, the defaults filled in."""

    template: Template
    frozen: Frozen
    body: bytes
    fingerprint: bytes
    map_indicator: str | None
    chart_indicator: str | None


def find_template(code: str) -> Template:
    """The template with this code; raises `NotFound`."""
    template = TEMPLATES.get(code)
    if template is None:
        offered = ", ".join(TEMPLATES)
        raise NotFound(
            "template_unknown", f"Die Vorlage „{code}“ gibt es nicht. Es gibt: {offered}."
        )
    return template


async def read_choices(session: AsyncSession, template: str, area: str) -> ChoicesRead:
    """What can be chosen for an area."""
    find_template(template)
    frozen = await freeze(session, template, area)
    choices = choices_of(ProfileContext(Reading(frozen.snapshot)))
    return ChoicesRead(
        indicators=[IndicatorChoice.of(item) for item in choices.indicators],
        map_indicators=[IndicatorChoice.of(item) for item in choices.map_indicators],
        chart_indicators=[IndicatorChoice.of(item) for item in choices.chart_indicators],
        default_map_indicator=choices.default_map,
        default_chart_indicator=choices.default_chart,
    )


async def compose(session: AsyncSession, wanted: Wanted) -> Composed:
    """Freeze the figures and settle the choices; `session` must be one repeatable-read snapshot.

    Raises as `freeze` does, and `Invalid` (`indicator_unknown`) for an indicator that cannot be
    mapped or charted.
    """
    template = find_template(wanted.template)
    frozen = await freeze(session, template.code, wanted.area)
    choices = choices_of(ProfileContext(Reading(frozen.snapshot)))
    body = encode(frozen.snapshot)
    return Composed(
        template=template,
        frozen=frozen,
        body=body,
        fingerprint=fingerprint_of(body),
        map_indicator=_chosen("map_indicator", wanted.map_indicator, choices),
        chart_indicator=_chosen("chart_indicator", wanted.chart_indicator, choices),
    )


def _chosen(parameter: str, code: str | None, choices: Choices) -> str | None:
    is_map = parameter == "map_indicator"
    offered: tuple[IndicatorRecord, ...] = (
        choices.map_indicators if is_map else choices.chart_indicators
    )
    if code is None:
        return choices.default_map if is_map else choices.default_chart
    if any(item.code == code for item in offered):
        return code
    what = "der Karte" if is_map else "der Entwicklung"
    names = ", ".join(f"„{item.code}“" for item in offered) or "keine"
    detail = f"Die Kennzahl „{code}“ lässt sich hier nicht in {what} zeigen. Möglich: {names}."
    raise Invalid(
        "indicator_unknown",
        detail,
        errors=[FieldError(f"/parameters/{parameter}", "indicator_unknown", detail)],
    )


def preview_content(composed: Composed, principal: Principal) -> Content:
    """The report as it would be today; the day stands for the moment, so that it stays the same."""
    today = datetime.now(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    head = ReportHead(
        reference=PREVIEW_REFERENCE,
        publisher=principal.organisation_name,
        created_at=today,
        fingerprint=composed.fingerprint.hex(),
        map_indicator=composed.map_indicator,
        chart_indicator=composed.chart_indicator,
    )
    return build_profile(composed.frozen.snapshot, head)
