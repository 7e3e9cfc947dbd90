"""Templates on the wire."""

from typing import Self

from pydantic import BaseModel

from services.report_api.snapshots.rules import IndicatorRecord
from services.report_api.templates.rules import Template


class Level(BaseModel):
    """A kind of area."""

    kind: str
    label: str


class Parameter(BaseModel):
    """What can be chosen for a report."""

    code: str
    label: str


class TemplateRead(BaseModel):
    """A kind of report."""

    code: str
    name: str
    description: str
    levels: list[Level]
    formats: list[str]
    parameters: list[Parameter]

    @classmethod
    def of(cls, template: Template) -> Self:
        """The template as it is answered."""
        return cls(
            code=template.code,
            name=template.name,
            description=template.description,
            levels=[Level(kind=kind, label=label) for kind, label in template.levels],
            formats=list(template.formats),
            parameters=[Parameter(code=code, label=label) for code, label in template.parameters],
        )


class IndicatorChoice(BaseModel):
    """An indicator that can be chosen."""

    code: str
    name: str

    @classmethod
    def of(cls, indicator: IndicatorRecord) -> Self:
        """The indicator as a choice."""
        return cls(code=indicator.code, name=indicator.name)


class ChoicesRead(BaseModel):
    """What a report about an area can show; the defaults are taken unless others are named."""

    indicators: list[IndicatorChoice]
    map_indicators: list[IndicatorChoice]
    chart_indicators: list[IndicatorChoice]
    default_map_indicator: str | None
    default_chart_indicator: str | None
