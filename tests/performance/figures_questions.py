"""What people ask of a world of figures: maps, series, profiles and sums, each in many variants."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.performance.figures_cells import MUNICIPAL_MEASURES
from tests.performance.figures_shape import Shape
from tests.performance.figures_world import FiguresWorld

VARIANTS = 60
_FIRST_LIMIT = 6_000


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of question; `paths` ask it of other areas, periods and indicators each time.

    `goal` is the least share of the bare application's rate that the platform reaches.
    """

    name: str
    paths: list[str]
    requests: int
    goal: float | None = None

    @property
    def first(self) -> list[str]:
        """Each variant once: what the bare application has the statements of."""
        return self.asked(0, len(self.paths))

    def asked(self, turn: int, count: int) -> list[str]:
        """`count` paths, none of which is the same as one of another turn.

        Limits differ by which no answer is cut, so that none is remembered from another request.
        """
        turns = [self.paths[number % len(self.paths)] for number in range(count)]
        if not turns[0].startswith("/v1/observations"):
            return turns
        first = _FIRST_LIMIT + turn * count
        return [f"{path}&limit={first + number}" for number, path in enumerate(turns)]


def questions(world: FiguresWorld, shape: Shape) -> list[Question]:
    """The questions; the same in every world of the same areas and periods."""
    chance = random.Random(shape.seed)  # noqa: S311 - a choice, no secret
    whole, deep = _indicators(world)
    towns = _codes(world, "gemeinde")
    quarters = _codes(world, "quartier")
    sets = _codes(world, "sozialraum")
    municipal = world.filled.measures[-MUNICIPAL_MEASURES:]

    def variants(pattern: str, **choices: Sequence[object]) -> list[str]:
        """Different ways to fill the pattern, chosen at random."""
        every = [
            pattern.format(**dict(zip(choices, values, strict=True)))
            for values in itertools.product(*choices.values())
        ]
        return chance.sample(every, min(VARIANTS, len(every)))

    years = shape.periods
    places = towns + quarters
    ask = "/v1/observations?indicator={indicator}"
    return [
        Question(
            "map of 396 municipalities",
            variants(f"{ask}&period={{year}}&level=gemeinde", indicator=whole, year=years),
            300,
            0.7,
        ),
        Question(
            "map of 5,000 Quartiere",
            variants(f"{ask}&period={{year}}&level=quartier", indicator=deep, year=years),
            60,
        ),
        Question(
            "tile",
            variants(
                "/v1/tiles/{indicator}/{year}/8/132/85.mvt?level=gemeinde",
                indicator=whole,
                year=years,
            ),
            200,
        ),
        Question(
            "series of one place",
            variants(f"{ask}&area={{area}}", indicator=deep, area=places),
            300,
        ),
        Question("area profile", variants("/v1/areas/{area}/profile", area=places), 30),
        Question(
            "sums of Kreise from municipalities",
            variants(
                "/v1/observations?measure={measure}&period={year}&level=kreis",
                measure=municipal,
                year=years,
            ),
            200,
        ),
        Question(
            "figure of a set of Quartiere",
            variants(f"{ask}&period={{year}}&area={{area}}", indicator=deep, year=years, area=sets),
            300,
        ),
    ]


def _codes(world: FiguresWorld, kind: str) -> list[str]:
    rows = world.database.execute(
        "SELECT code FROM indicator.area WHERE kind = %s AND valid_to IS NULL ORDER BY code", kind
    )
    return [str(code) for (code,) in rows]


def _indicators(world: FiguresWorld) -> tuple[list[str], list[str]]:
    """Rates whose parts stand for all official areas, and those that stand for Quartiere too."""
    rows = world.database.execute(
        """
        SELECT i.code, bool_and('quartier' = ANY(kinds.found))
        FROM indicator.indicator AS i
        CROSS JOIN LATERAL (
            VALUES (i.numerator_measure_id, i.numerator_breakdown_id),
                (i.denominator_measure_id, i.denominator_breakdown_id)
        ) AS part (measure_id, breakdown_id)
        CROSS JOIN LATERAL (
            SELECT array_agg(DISTINCT s.kind) AS found FROM indicator.released_slice AS s
            WHERE s.measure_id = part.measure_id AND s.breakdown_id = part.breakdown_id
        ) AS kinds
        WHERE i.is_current AND i.kind = 'rate' AND i.denominator_measure_id IS NOT NULL
        GROUP BY i.code HAVING bool_and('kreis' = ANY(COALESCE(kinds.found, '{}')))
        ORDER BY i.code
        """
    )
    return [str(code) for code, _ in rows], [str(code) for code, is_deep in rows if is_deep]
