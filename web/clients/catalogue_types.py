"""What indicator_api answers about definitions: the catalogue and its history."""

from datetime import date

from web.clients.indicator_types import Indicator, Record


class DefinitionBreak(Record):
    """A day from which on figures do not compare with earlier ones, and why."""

    on: date
    detail: str


class ChangedField(Record):
    """A field in which a version differs from the one before."""

    field: str
    label: str


class Version(Record):
    """A version in the history of a definition."""

    version: int
    changed_on: date
    change_note: str = ""
    changed: tuple[ChangedField, ...] = ()
    is_current: bool = False


class Part(Record):
    """Numerator or denominator: the measure it is delivered as, and how that is split."""

    measure: str
    breakdown: str = ""


class CatalogueIndicator(Indicator):
    """An indicator with everything its definition says; `versions` only where one is read alone."""

    number: int | None = None
    variant: str = ""
    explanation: str = ""
    confidentiality_rule: str = ""
    denominator_basis_note: str = ""
    usual_source: str = ""
    applies_to: str = ""
    breaks: tuple[DefinitionBreak, ...] = ()
    numerator: Part | None = None
    denominator: Part | None = None
    changed_on: date | None = None
    retired_on: date | None = None
    versions: tuple[Version, ...] = ()


class Dimension(Record):
    """A dimension of the catalogue with the number of indicators in it."""

    code: str
    label: str
    indicators: int = 0
