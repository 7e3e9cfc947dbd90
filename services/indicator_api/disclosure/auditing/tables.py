"""Tables an attacker cannot tell from the true one: the witnesses a proof of safety stands on."""

import numpy as np

from services.indicator_api.disclosure.auditing.group import Group
from services.indicator_api.disclosure.problem import VALUE_TOLERANCE, Bools, Floats, Integers


class Witnesses:
    """Whole tables that agree with everything known, and how far they reach for each cell.

    `ruled` are blocks that contain a primary cell each.
    With `keeps_all` also those that reach no further (they may do so for who knows a cell).
    `least`, `greatest`: float64[g], the reach. `base` is the first of them, the truth if known.
    """

    def __init__(
        self, group: Group, base: Floats, *, ruled: list[Integers], keeps_all: bool = False
    ) -> None:
        self._group = group
        self._ruled = ruled
        self._keeps_all = keeps_all
        self.base = base
        self.tables = [base]
        self.least, self.greatest = base.copy(), base.copy()

    def accept(self, point: Floats | None) -> Floats | None:
        """Takes a solver's point up if it is a table that agrees; the table, else None."""
        table = self._group.settled(point)
        if table is None or not self.abides(table):
            return None
        if self._keeps_all or ((table < self.least) | (table > self.greatest)).any():
            self.tables.append(table)
            np.minimum(self.least, table, out=self.least)
            np.maximum(self.greatest, table, out=self.greatest)
        return table

    def abides(self, table: Floats) -> bool:
        """Whether the rules explain what is hidden and what is shown of this table."""
        primary = self._group.primary_in(table)
        return self._group.allows(table) and all(primary[block].any() for block in self._ruled)

    def unmet(self) -> Bools:
        """The cells whose demands no witnesses show to hold yet; bool[g]."""
        group = self._group
        meets = self.greatest >= group.needs_upper - VALUE_TOLERANCE
        meets &= self.least <= group.needs_lower + VALUE_TOLERANCE
        meets &= self.greatest - self.least >= group.needs_width - VALUE_TOLERANCE
        return group.is_asked & ~meets
