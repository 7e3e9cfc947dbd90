"""What goes into a workbook to be filled in: for which areas, which measures, from the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.service import get_own_dataset
from services.indicator_api.periods.rules import Period
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid

MAXIMUM_AREAS = 20_000


@dataclass(frozen=True, slots=True)
class TemplateArea:
    """An area to be filled in."""

    code: str
    name: str
    kind_label: str


@dataclass(frozen=True, slots=True)
class TemplateMeasure:
    """A measure to be filled in; `explanation` says in sentences what is counted.

    `breakdown` is a canonical code, `breakdown_label` its words, both empty for the total.
    """

    code: str
    name: str
    unit: str
    kind: str
    breakdown: str
    breakdown_label: str
    explanation: str

    @property
    def heading(self) -> str:
        """The column's head: what is counted, and in what."""
        split = f", {self.breakdown_label}" if self.breakdown_label else ""
        return f"{self.name}{split} ({self.unit})"


@dataclass(frozen=True, slots=True)
class TemplateContents:
    """A workbook before it is written."""

    dataset_code: str
    dataset_title: str
    organisation: str
    areas: tuple[TemplateArea, ...]
    measures: tuple[TemplateMeasure, ...]
    period: Period | None


@dataclass(frozen=True, slots=True)
class TemplateWish:
    """What is asked for: by indicators and measures, at a level, within an area, for a period."""

    dataset: str
    indicators: tuple[str, ...]
    measures: tuple[str, ...]
    period: Period | None
    level: str | None
    area: str | None


async def load_contents(
    session: AsyncSession, principal: Principal, wish: TemplateWish
) -> TemplateContents:
    """What the workbook holds.

    Raises `NotFound` for a dataset that is not one's own, `Invalid` for what is not known, and
    where nothing would be left to fill in.
    """
    dataset = await get_own_dataset(session, principal, wish.dataset)
    measures = await _of_indicators(session, wish.indicators, dataset.id)
    measures += await _measures(session, wish.measures)
    if not measures:
        raise Invalid(
            "template_empty",
            "Nennen Sie mindestens einen Indikator (indicator) oder eine Messgröße (measure), "
            "für die Sie Zahlen eintragen wollen.",
            errors=[FieldError("indicator", "missing", "Es fehlt, was geliefert werden soll.")],
        )
    areas = await _areas(session, principal, dataset.area_code, wish)
    return TemplateContents(
        dataset_code=dataset.code,
        dataset_title=dataset.title,
        organisation=principal.organisation_name or "",
        areas=areas,
        measures=tuple({(item.code, item.breakdown): item for item in measures}.values()),
        period=wish.period,
    )


async def _of_indicators(
    session: AsyncSession, codes: Sequence[str], dataset_id: int
) -> list[TemplateMeasure]:
    """Numerators and denominators, but those that come from another dataset."""
    rows = await session.execute(
        text(
            """
            SELECT i.code AS indicator, i.name AS indicator_name, p.role, p.words, m.code, m.name,
                m.unit, m.kind, m.universe, m.description, b.code AS breakdown,
                CASE WHEN b.code = '' THEN '' ELSE b.label END AS breakdown_label,
                coalesce(p.dataset_id, :dataset) = :dataset AS is_of_dataset
            FROM indicator.indicator AS i
            CROSS JOIN LATERAL (VALUES
                (1, 'Zähler', i.numerator_text, i.numerator_measure_id, i.numerator_breakdown_id,
                 i.numerator_dataset_id),
                (2, 'Nenner', i.denominator_text, i.denominator_measure_id,
                 i.denominator_breakdown_id, i.denominator_dataset_id)
            ) AS p (place, role, words, measure_id, breakdown_id, dataset_id)
            JOIN indicator.measure AS m ON m.id = p.measure_id
            JOIN indicator.breakdown AS b ON b.id = p.breakdown_id
            WHERE i.is_current AND i.code = ANY(:codes)
            ORDER BY array_position(:codes, i.code), p.place
            """
        ),
        {"codes": list(codes), "dataset": dataset_id},
    )
    found = rows.all()
    _refuse_unknown("indicator", codes, {row.indicator for row in found})
    return [
        TemplateMeasure(
            row.code,
            row.name,
            row.unit,
            row.kind,
            row.breakdown,
            row.breakdown_label,
            _explained(row, f"{row.role} von „{row.indicator_name}“: {row.words}."),
        )
        for row in found
        if row.is_of_dataset
    ]


async def _measures(session: AsyncSession, codes: Sequence[str]) -> list[TemplateMeasure]:
    rows = await session.execute(
        text(
            "SELECT code, name, unit, kind, universe, description FROM indicator.measure"
            " WHERE code = ANY(:codes) ORDER BY array_position(:codes, code)"
        ),
        {"codes": list(codes)},
    )
    found = rows.all()
    _refuse_unknown("measure", codes, {row.code for row in found})
    return [
        TemplateMeasure(row.code, row.name, row.unit, row.kind, "", "", _explained(row, ""))
        for row in found
    ]


def _explained(row: object, use: str) -> str:
    """What is counted, in sentences."""
    universe = getattr(row, "universe", "")
    parts = [
        f"{getattr(row, 'name', '')}, angegeben in: {getattr(row, 'unit', '')}.",
        f"Gezählt werden: {universe}." if universe else "",
        getattr(row, "description", ""),
        use,
    ]
    return "\n".join(part for part in parts if part)


def _refuse_unknown(what: str, wanted: Sequence[str], known: set[str]) -> None:
    unknown = [code for code in wanted if code not in known]
    if unknown:
        names = ", ".join(f"„{code}“" for code in unknown)
        raise Invalid(
            f"{what}_unknown",
            f"Nicht bekannt: {names}.",
            errors=[FieldError(what, f"{what}_unknown", f"„{code}“") for code in unknown],
        )


async def _areas(
    session: AsyncSession, principal: Principal, dataset_root: str, wish: TemplateWish
) -> tuple[TemplateArea, ...]:
    """Areas of the sender's within the dataset; without a level those of the finest there is."""
    rows = await session.execute(
        text(
            """
            WITH root AS (
                SELECT array_agg(id) FILTER (WHERE code = ANY(:own)) AS own,
                    array_agg(id) FILTER (WHERE code = :dataset_root) AS dataset,
                    array_agg(id) FILTER (WHERE code = :area) AS area
                FROM indicator.area
            ), own AS (
                SELECT a.code, a.name, a.kind, k.label, k.rank
                FROM indicator.area AS a
                JOIN indicator.area_kind AS k ON k.code = a.kind
                CROSS JOIN root
                WHERE a.lineage && root.own AND a.lineage && root.dataset
                    AND (CAST(:area AS text) IS NULL OR a.lineage && root.area)
                    AND (a.valid_from IS NULL OR a.valid_from <= CAST(:day AS date))
                    AND (a.valid_to IS NULL OR a.valid_to > CAST(:day AS date))
            )
            SELECT code, name, label FROM own
            WHERE kind = coalesce(CAST(:level AS text),
                                  (SELECT kind FROM own ORDER BY rank DESC LIMIT 1))
            ORDER BY code LIMIT :limit
            """
        ),
        {
            "own": list(principal.area_codes),
            "dataset_root": dataset_root,
            "area": wish.area,
            "level": wish.level,
            "day": None if wish.period is None else wish.period.end_on,
            "limit": MAXIMUM_AREAS,
        },
    )
    areas = tuple(TemplateArea(row.code, row.name, row.label) for row in rows)
    if not areas:
        raise Invalid(
            "template_without_areas",
            "Auf dieser Ebene liegt keines Ihrer Gebiete. Nennen Sie eine andere Ebene (level) "
            "oder ein anderes Gebiet (area).",
            errors=[FieldError("level", "template_without_areas", "Kein Gebiet gefunden.")],
        )
    return areas
