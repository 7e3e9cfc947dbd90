"""Which released cells answer a question: the definition, the releases, the periods."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.releases.rules import AUDIENCES
from services.shared.problems import Gone, NotFound

_AUDIENCE_ORDER = {audience: order for order, audience in enumerate(AUDIENCES)}


@dataclass(frozen=True, slots=True)
class PartDefinition:
    """A numerator or denominator: which measure, split how, from which dataset (any if None)."""

    measure_id: int
    breakdown_id: int
    dataset_id: int | None


@dataclass(frozen=True, slots=True)
class FigureDefinition:
    """What is computed: value = numerator / denominator * factor."""

    code: str
    name: str
    unit: str
    kind: str
    decimals: int
    polarity: str
    question: str
    factor: float
    numerator: PartDefinition
    denominator: PartDefinition | None
    takes_nearest_denominator: bool
    version: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Released cells of one measure, period and breakdown in one series.

    `version` rises when the release changes: cells of it may be blocked later.
    `shows_blocked`: for the holder, who asks for the very release that was withdrawn.
    """

    series_id: int
    number: int
    version: int
    period_id: int
    period: str
    end_on: date
    kinds: frozenset[str] = frozenset()
    shows_blocked: bool = False


@dataclass(frozen=True, slots=True)
class SourceRead:
    """A dataset behind the figures, at the release they were read from."""

    dataset: str
    title: str
    publisher: str
    attribution: str
    licence: str
    is_fictional: bool
    is_sample: bool
    additivity: str
    denominator_basis: str | None
    role: str
    period: str
    release: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FigurePlan:
    """All that is needed to read the figures of one period (or of all, for a series).

    `pairs` gives, for each numerator slice, the denominator slice that it meets (None without
    a denominator).
    """

    definition: FigureDefinition
    pairs: tuple[tuple[Slice, Slice | None], ...]
    is_sample: bool
    sources: tuple[SourceRead, ...] = field(default=())
    # of the area register: names, levels and borders change with it
    area_version: int = 0

    @property
    def key(self) -> str:
        """Changes whenever the figures may: the definition, the areas, the releases read."""
        definition = self.definition
        parts = [definition.code, str(definition.version), definition.kind, repr(definition.factor)]
        parts += [_part_mark(definition.numerator), _part_mark(definition.denominator)]
        parts += [str(self.area_version), str(self.is_sample)]
        for numerator, denominator in self.pairs:
            parts += [_mark(numerator), _mark(denominator)]
        return "/".join(parts)


def _part_mark(part: PartDefinition | None) -> str:
    return "-" if part is None else f"{part.measure_id}.{part.breakdown_id}"


def _mark(item: Slice | None) -> str:
    if item is None:
        return "-"
    mark = f"{item.series_id}.{item.number}.{item.version}.{item.period_id}"
    return f"{mark}!" if item.shows_blocked else mark


_SLICES = text(
    """
    SELECT l.series_id, l.period_id, p.code AS period, p.end_on, s.dataset_id, s.audience,
        s.current_number, r.row_version, array_agg(l.kind) AS kinds
    FROM indicator.released_slice AS l
    JOIN indicator.release_series AS s ON s.id = l.series_id
    JOIN indicator.release AS r ON r.series_id = s.id AND r.number = s.current_number
    JOIN indicator.period AS p ON p.id = l.period_id
    WHERE l.measure_id = :measure AND l.breakdown_id = :breakdown
        AND (CAST(:dataset AS integer) IS NULL OR s.dataset_id = :dataset)
    GROUP BY l.series_id, l.period_id, p.code, p.end_on, s.dataset_id, s.audience,
        s.current_number, r.row_version
    """
)
_SLICES_OF_RELEASE = text(
    """
    SELECT c.series_id, c.period_id, p.code AS period, p.end_on, s.dataset_id, s.audience,
        CAST(:number AS integer) AS current_number, CAST(:version AS integer) AS row_version,
        array_agg(DISTINCT a.kind) AS kinds
    FROM indicator.released_cell AS c
    JOIN indicator.area AS a ON a.id = c.area_id
    JOIN indicator.release_series AS s ON s.id = c.series_id
    JOIN indicator.period AS p ON p.id = c.period_id
    WHERE c.measure_id = :measure AND c.breakdown_id = :breakdown AND c.series_id = :series
        AND c.released_from <= :number AND c.released_to > :number
    GROUP BY c.series_id, c.period_id, p.code, p.end_on, s.dataset_id, s.audience
    """
)


@dataclass(frozen=True, slots=True)
class PinnedRelease:
    """A release that a reader asks for by its id, in place of the present one."""

    series_id: int
    dataset_id: int
    number: int
    version: int
    shows_blocked: bool


async def pin_release(
    session: AsyncSession, release_id: UUID, organisation_id: UUID | None
) -> PinnedRelease:
    """The release with this id; raises `NotFound`, or `Gone` if withdrawn for disclosure."""
    rows = await session.execute(
        text(
            "SELECT r.series_id, s.dataset_id, r.number, r.row_version, r.withdrawn_reason,"
            " s.holder_organisation_id FROM indicator.release AS r"
            " JOIN indicator.release_series AS s ON s.id = r.series_id"
            " WHERE r.id = :id AND r.number IS NOT NULL"
        ),
        {"id": release_id},
    )
    row = rows.first()
    if row is None:
        raise NotFound("release_unknown", "Diese Freigabe gibt es nicht.")
    is_disclosing = row.withdrawn_reason == "disclosure"
    if is_disclosing and row.holder_organisation_id != organisation_id:
        raise Gone(
            "release_withdrawn", "Diese Freigabe wurde zum Schutz der Betroffenen zurückgezogen."
        )
    return PinnedRelease(
        row.series_id, row.dataset_id, row.number, row.row_version, shows_blocked=is_disclosing
    )


async def slices_of(
    session: AsyncSession, part: PartDefinition, pinned: PinnedRelease | None
) -> list[Slice]:
    """The slices of a part: of each dataset the narrowest audience's release, newest first."""
    values: dict[str, Any] = {"measure": part.measure_id, "breakdown": part.breakdown_id}
    if pinned is not None and part.dataset_id in (None, pinned.dataset_id):
        rows = await session.execute(
            _SLICES_OF_RELEASE,
            values
            | {"series": pinned.series_id, "number": pinned.number, "version": pinned.version},
        )
        found = list(rows)
        is_now = False
    else:
        found = list(await session.execute(_SLICES, values | {"dataset": part.dataset_id}))
        is_now = True
    narrowest: dict[int, int] = {}
    for row in found:
        order = _AUDIENCE_ORDER[row.audience]
        narrowest[row.dataset_id] = min(order, narrowest.get(row.dataset_id, order))
    slices = [
        Slice(
            row.series_id,
            row.current_number,
            row.row_version,
            row.period_id,
            row.period,
            row.end_on,
            frozenset(row.kinds),
            shows_blocked=pinned is not None and not is_now and pinned.shows_blocked,
        )
        for row in found
        if is_now is False or _AUDIENCE_ORDER[row.audience] == narrowest[row.dataset_id]
    ]
    return sorted(slices, key=lambda item: (item.end_on, item.period_id), reverse=True)


def meet(
    numerators: Sequence[Slice], denominators: Sequence[Slice], *, takes_nearest: bool
) -> list[tuple[Slice, Slice]]:
    """Each numerator slice with every denominator of its period, or of the nearest date.

    There are several where several datasets hold the denominator, each for other areas.
    """
    pairs = []
    for numerator in numerators:
        if takes_nearest:
            day = numerator.end_on
            nearest = min((abs((item.end_on - day).days) for item in denominators), default=0)
            meeting = [item for item in denominators if abs((item.end_on - day).days) == nearest]
        else:
            meeting = [item for item in denominators if item.period_id == numerator.period_id]
        pairs += [(numerator, item) for item in meeting]
    return pairs


async def read_sources(
    session: AsyncSession, pairs: Sequence[tuple[Slice, Slice | None]]
) -> tuple[tuple[SourceRead, ...], int]:
    """The datasets behind the pairs, numerator first, each with its release and its date.

    Also the version of the area register (0 without pairs).
    """
    wanted: dict[tuple[int, int, str], int] = {}
    for numerator, denominator in pairs:
        for role, item in (("numerator", numerator), ("denominator", denominator)):
            if item is not None:
                wanted.setdefault((item.series_id, item.number, role), item.period_id)
    if not wanted:
        return (), 0
    result = await session.execute(
        text(
            """
            SELECT (SELECT indicator.area_register_version()) AS area_version,
                w.role, d.code, d.title, d.publisher, d.attribution, d.licence,
                d.is_fictional, d.is_sample, d.additivity, d.denominator_basis,
                p.code AS period, r.id AS release_id, r.number, r.published_at
            FROM unnest(CAST(:series AS integer[]), CAST(:numbers AS integer[]),
                        CAST(:periods AS integer[]), CAST(:roles AS text[]))
                WITH ORDINALITY AS w (series_id, number, period_id, role, place)
            JOIN indicator.release_series AS s ON s.id = w.series_id
            JOIN indicator.dataset AS d ON d.id = s.dataset_id
            JOIN indicator.period AS p ON p.id = w.period_id
            JOIN indicator.release AS r ON r.series_id = s.id AND r.number = w.number
            ORDER BY w.role DESC, w.place
            """
        ),
        {
            "series": [key[0] for key in wanted],
            "numbers": [key[1] for key in wanted],
            "periods": list(wanted.values()),
            "roles": [key[2] for key in wanted],
        },
    )
    rows = result.all()
    sources = tuple(
        SourceRead(
            dataset=row.code,
            title=row.title,
            publisher=row.publisher,
            attribution=row.attribution,
            licence=row.licence,
            is_fictional=row.is_fictional,
            is_sample=row.is_sample,
            additivity=row.additivity,
            denominator_basis=row.denominator_basis,
            role=row.role,
            period=row.period,
            release={
                "id": str(row.release_id),
                "number": row.number,
                "published_at": row.published_at,
            },
        )
        for row in rows
    )
    return sources, max((row.area_version for row in rows), default=0)
