"""Tables an attacker cannot tell from the true one: the witnesses a proof of safety stands on."""

import numpy as np

from services.indicator_api.disclosure.auditing.group import Group
from services.indicator_api.disclosure.problem import VALUE_TOLERANCE, Bools, Floats


class Witnesses:
    """Whole tables that agree with everything known, and how far they reach for each cell.

    With `keeps_all` also those that reach no further (they may do so for who knows a cell).
    `least`, `greatest`: float64[g], the reach. `base` is the first of them, the truth if known.
    """

    def __init__(
        self, group: Group, base: Floats, *, rules_known: bool, keeps_all: bool = False
    ) -> None:
        self._group = group
        self._rules_known = rules_known
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
        """Whether the rules would have hidden something of this table."""
        return not self._rules_known or bool(self._group.primary_in(table).any())

    def unmet(self) -> Bools:
        """The cells whose demands no witnesses show to hold yet; bool[g]."""
        group = self._group
        meets = self.greatest >= group.needs_upper - VALUE_TOLERANCE
        meets &= self.least <= group.needs_lower + VALUE_TOLERANCE
        meets &= self.greatest - self.least >= group.needs_width - VALUE_TOLERANCE
        return group.is_asked & ~meets
