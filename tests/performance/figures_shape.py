"""How large a world of figures is; from it follow the figures themselves, cell by cell."""

from dataclasses import dataclass

_YEARS = 10
_LAST_YEAR = 2024

_AGES = ("ALT000B15", "ALT015B18", "ALT018B25", "ALT025B65", "ALT065UM")
_SEXES = ("GESM", "GESW")
BREAKDOWNS = (
    "",
    *(f"GES={sex}" for sex in _SEXES),
    *(f"NAT={nationality}" for nationality in ("NATA", "NATD")),
    *(f"ALT={age}" for age in _AGES),
    *(f"ALT={age}|GES={sex}" for age in _AGES for sex in _SEXES),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Numbers that a world is made from; the same numbers make the same world.

    `cells` is how many released cells there are to be at present, or a little more. All measures
    stand for the official areas, and as many of them for the Quartiere as it takes. `kreis`
    limits the municipalities to those of one Kreis.
    """

    cells: int
    quarters: int = 5_000
    years: int = _YEARS
    breakdowns: int = 1
    kreis: str | None = None
    has_geometry: bool = True
    seed: int = 20_220_515

    @classmethod
    def of_cells(cls, cells: int) -> "Shape":
        """A world of that many cells in which one question has as many answers as in any other.

        It grows by breakdowns: a map, a series and a profile of totals stay as large as they are.
        """
        breakdowns = min(max(round(cells / 1_000_000), 1), len(BREAKDOWNS))
        return cls(cells, breakdowns=breakdowns)

    @property
    def periods(self) -> list[int]:
        """The years, the oldest first."""
        return list(range(_LAST_YEAR - self.years + 1, _LAST_YEAR + 1))

    @property
    def breakdown_codes(self) -> tuple[str, ...]:
        """The breakdowns, the total first."""
        return BREAKDOWNS[: self.breakdowns]

    def measures_of_quarters(self, official_cells: int) -> int:
        """How many measures must stand for the Quartiere.

        `official_cells` is how many cells of one period and breakdown the official areas have.
        """
        slices = self.years * self.breakdowns
        missing = self.cells - slices * official_cells
        return max(-(-missing // (slices * self.quarters)), 0)
