"""Reading indicators with what of them is released."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.indicator_api.areas.models import AreaKind
from services.indicator_api.datasets.models import Dataset
from services.indicator_api.indicators.models import Breakdown, Indicator
from services.indicator_api.measures.models import Measure

# What is released to the caller of each indicator: a level, a period, a dataset and its number
# of areas, where both parts meet. `{condition}` says of which indicators.
_SLICES = """
        SELECT i.id AS indicator_id, n.kind, n.period_id, s.dataset_id, n.cells,
            d.dataset_id AS denominator_dataset_id
        FROM indicator.indicator AS i
        JOIN indicator.released_slice AS n
            ON n.measure_id = i.numerator_measure_id
            AND n.breakdown_id = i.numerator_breakdown_id
        JOIN indicator.release_series AS s
            ON s.id = n.series_id
            AND (i.numerator_dataset_id IS NULL OR s.dataset_id = i.numerator_dataset_id)
        LEFT JOIN LATERAL (
            SELECT ds.dataset_id
            FROM indicator.released_slice AS dn
            JOIN indicator.release_series AS ds ON ds.id = dn.series_id
            WHERE dn.measure_id = i.denominator_measure_id
                AND dn.breakdown_id = i.denominator_breakdown_id
                AND dn.kind = n.kind
                AND (i.denominator_dataset_id IS NULL OR ds.dataset_id = i.denominator_dataset_id)
                AND (i.denominator_period_rule = 'nearest' OR dn.period_id = n.period_id)
            LIMIT 1
        ) AS d ON true
        JOIN indicator.area_kind AS l ON l.code = n.kind
        LEFT JOIN indicator.area_kind AS smallest ON smallest.code = i.smallest_level
        WHERE {condition}
            AND (i.denominator_measure_id IS NULL OR d.dataset_id IS NOT NULL)
            -- official tables list a few areas below their level, such as Aachen among the Kreise
            AND (smallest.rank IS NULL OR l.rank <= smallest.rank)
"""
_HAS_FIGURES = (
    "(indicator.indicator.id IN (SELECT x.indicator_id FROM ("
    f"{_SLICES.format(condition='i.is_current')}) AS x))"
)
_AVAILABLE = text(
    f"""
    WITH slices AS ({_SLICES.format(condition="i.id = ANY(:ids)")})
    SELECT indicator_id,
        (SELECT jsonb_agg(jsonb_build_object('kind', l.kind, 'label', k.plural, 'areas', l.areas)
            ORDER BY k.rank)
         FROM (SELECT kind, sum(areas)::integer AS areas FROM (
                   SELECT kind, dataset_id, max(cells) AS areas FROM slices AS x
                   WHERE x.indicator_id = s.indicator_id GROUP BY kind, dataset_id) AS by_dataset
               GROUP BY kind) AS l
         JOIN indicator.area_kind AS k ON k.code = l.kind) AS levels,
        (SELECT jsonb_agg(jsonb_build_object('code', p.code, 'label', p.label)
            ORDER BY p.end_on DESC, p.id DESC)
         FROM indicator.period AS p
         WHERE p.id IN (SELECT x.period_id FROM slices AS x
                        WHERE x.indicator_id = s.indicator_id)) AS periods,
        (SELECT jsonb_agg(jsonb_build_object('code', d.code, 'title', d.title,
            'publisher', d.publisher, 'attribution', d.attribution, 'licence', d.licence,
            'is_fictional', d.is_fictional, 'is_sample', d.is_sample) ORDER BY d.code)
         FROM indicator.dataset AS d
         WHERE d.id IN (
            SELECT unnest(ARRAY[x.dataset_id, x.denominator_dataset_id]) FROM slices AS x
            WHERE x.indicator_id = s.indicator_id)) AS datasets,
        (SELECT jsonb_agg(jsonb_build_object('dataset', d.code, 'is_fictional', d.is_fictional,
            'level', c.kind, 'period', p.code, 'areas', c.areas)
            ORDER BY d.code, k.rank, p.end_on, p.id)
         FROM (SELECT dataset_id, kind, period_id, max(cells) AS areas FROM slices AS x
               WHERE x.indicator_id = s.indicator_id GROUP BY dataset_id, kind, period_id) AS c
         JOIN indicator.dataset AS d ON d.id = c.dataset_id
         JOIN indicator.period AS p ON p.id = c.period_id
         JOIN indicator.area_kind AS k ON k.code = c.kind) AS coverage
    FROM slices AS s GROUP BY indicator_id
    """
)


@dataclass(frozen=True, slots=True)
class IndicatorFilter:
    """Which definitions to list; None asks nothing. `words` must all stand in the texts.

    `level` keeps those that are made down to it: a definition without a smallest level is none.
    """

    dimension: str | None = None
    words: tuple[str, ...] = ()
    is_checked: bool | None = None
    is_key_indicator: bool | None = None
    is_retired: bool = False
    level: str | None = None
    has_figures: bool | None = None


_NUMERATOR, _DENOMINATOR = aliased(Measure), aliased(Measure)
_NUMERATOR_SPLIT, _DENOMINATOR_SPLIT = aliased(Breakdown), aliased(Breakdown)
_NUMERATOR_DATASET, _DENOMINATOR_DATASET = aliased(Dataset), aliased(Dataset)
_SEARCHED = func.lower(
    func.concat_ws(
        " ",
        Indicator.code,
        Indicator.number,
        Indicator.name,
        Indicator.short_name,
        Indicator.question,
        Indicator.explanation,
        Indicator.numerator_text,
        Indicator.denominator_text,
        Indicator.dimension_label,
        Indicator.usual_source,
        Indicator.legal_basis,
    )
)
# an `Indicator` and the codes of its parts, see `definitions`
DefinitionRow = Row[Indicator, str, str, str, str, str, str]


def definitions() -> Select[Indicator, str, str, str, str, str, str]:
    """Versions of definitions with the codes of their parts.

    Rows hold `Indicator` and, for `numerator` and `denominator`, `…_measure`, `…_breakdown` and
    `…_dataset`.
    """
    return (
        select(
            Indicator,
            _NUMERATOR.code.label("numerator_measure"),
            _NUMERATOR_SPLIT.code.label("numerator_breakdown"),
            _NUMERATOR_DATASET.code.label("numerator_dataset"),
            _DENOMINATOR.code.label("denominator_measure"),
            _DENOMINATOR_SPLIT.code.label("denominator_breakdown"),
            _DENOMINATOR_DATASET.code.label("denominator_dataset"),
        )
        .join(_NUMERATOR, _NUMERATOR.id == Indicator.numerator_measure_id)
        .join(_NUMERATOR_SPLIT, _NUMERATOR_SPLIT.id == Indicator.numerator_breakdown_id)
        .outerjoin(_NUMERATOR_DATASET, _NUMERATOR_DATASET.id == Indicator.numerator_dataset_id)
        .outerjoin(_DENOMINATOR, _DENOMINATOR.id == Indicator.denominator_measure_id)
        .outerjoin(_DENOMINATOR_SPLIT, _DENOMINATOR_SPLIT.id == Indicator.denominator_breakdown_id)
        .outerjoin(
            _DENOMINATOR_DATASET, _DENOMINATOR_DATASET.id == Indicator.denominator_dataset_id
        )
    )


async def list_indicators(
    session: AsyncSession,
    wanted: IndicatorFilter,
    *,
    after: tuple[int, str] | None = None,
    limit: int | None = None,
) -> list[DefinitionRow]:
    """Up to `limit` current definitions in the order of the catalogue, all without a limit."""
    query = definitions().where(Indicator.is_current, *_conditions(wanted))
    if after is not None:
        query = query.where(
            (Indicator.position > after[0])
            | ((Indicator.position == after[0]) & (Indicator.code > after[1]))
        )
    query = query.order_by(Indicator.position, Indicator.code).limit(limit)
    return list((await session.execute(query)).all())


def _conditions(wanted: IndicatorFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        Indicator.retired_on.is_not(None) if wanted.is_retired else Indicator.retired_on.is_(None)
    ]
    if wanted.dimension is not None:
        found.append(Indicator.dimension_code == wanted.dimension)
    found += [_SEARCHED.contains(word.lower(), autoescape=True) for word in wanted.words]
    if wanted.is_checked is not None:
        found.append(Indicator.is_checked == wanted.is_checked)
    if wanted.is_key_indicator is not None:
        found.append(Indicator.is_key_indicator == wanted.is_key_indicator)
    if wanted.level is not None:
        smallest, asked = aliased(AreaKind), aliased(AreaKind)
        reaches = (
            select(smallest.code)
            .join(asked, asked.rank <= smallest.rank)
            .where(smallest.code == Indicator.smallest_level, asked.code == wanted.level)
        )
        found.append(reaches.exists())
    if wanted.has_figures is not None:
        found.append(literal_column(_HAS_FIGURES) == wanted.has_figures)
    return found


async def dimensions(session: AsyncSession) -> list[tuple[str, str, int]]:
    """Code, label and number of definitions of each dimension, in the order of the catalogue."""
    query = (
        select(Indicator.dimension_code, func.min(Indicator.dimension_label), func.count())
        .where(Indicator.is_current, Indicator.retired_on.is_(None))
        .group_by(Indicator.dimension_code)
        .order_by(func.min(Indicator.position), Indicator.dimension_code)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(query)]


async def find_indicator(session: AsyncSession, code: str) -> Indicator | None:
    """The current definition with this code, or None."""
    indicator: Indicator | None = await session.scalar(
        select(Indicator).where(Indicator.code == code, Indicator.is_current)
    )
    return indicator


async def versions_of(session: AsyncSession, code: str) -> list[DefinitionRow]:
    """All versions of a definition with the codes of their parts, the newest first."""
    query = definitions().where(Indicator.code == code).order_by(Indicator.version.desc())
    return list((await session.execute(query)).all())


async def availability(session: AsyncSession, ids: list[int]) -> dict[int, dict[str, Any]]:
    """By indicator id what is released to the caller: levels, periods, datasets, coverage."""
    rows = await session.execute(_AVAILABLE, {"ids": ids})
    return {
        row["indicator_id"]: {
            key: row[key] or [] for key in ("levels", "periods", "datasets", "coverage")
        }
        for row in rows.mappings()
    }
