"""Whether a pattern meets the demands of all hidden cells, and which cuts say why not."""

import numpy as np

from services.indicator_api.disclosure.problem import VALUE_TOLERANCE, Bools, Floats
from services.indicator_api.disclosure.suppressing.attack import Attack
from services.indicator_api.disclosure.suppressing.cuts import Cuts, dual_cut
from services.indicator_api.disclosure.suppressing.moves import Moves
from services.indicator_api.disclosure.suppressing.part import Part


class Checker:
    """Checks patterns of one part by linear programs; keeps what it learns for the next one.

    `cuts` grows by what broken demands prove, `moves` by what held ones show.
    """

    def __init__(self, part: Part, moves: Moves, cuts: Cuts, seed: int) -> None:
        self._part, self._moves, self._cuts = part, moves, cuts
        self._attack = Attack(part, seed)

    def broken(self, hidden: Bools, *, most: int | None = None) -> list[int]:
        """The cells not shown whose demands do not hold; stops after `most` of them."""
        self._attack.under(hidden.astype(np.float64))
        cells = np.flatnonzero(self._part.not_shown(hidden))
        self._move_many(hidden, cells.astype(np.int64))
        unmet = cells[self._moves.unmet(self._moves.possible(hidden), cells)]
        found: list[int] = []
        for cell in unmet:
            if most is not None and len(found) >= most:
                return found
            if not self._holds(int(cell), hidden):
                found.append(int(cell))
        if self._part.has_insider and not found:
            found = self._broken_inside(hidden, most)
        return found

    def _move_many(self, hidden: Bools, cells: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        """Moves many cells at once, this way and that, as long as it proves something."""
        part, sign = self._part, 1.0
        left, idle = len(cells) + 1, 0
        while idle < 3:
            unmet = cells[self._moves.unmet(self._moves.possible(hidden), cells)]
            if len(unmet) < 4:
                return
            idle = idle + 1 if len(unmet) > 0.9 * left else 0
            left = min(left, len(unmet))
            wanted = np.zeros(part.size)
            demand = np.maximum(part.needs_up if sign > 0 else part.needs_down, part.needs_width)
            wanted[unmet] = sign * demand[unmet]
            if idle == 2:
                wanted[unmet[1::2]] *= -1.0
            if (deviation := self._attack.push_many(wanted)) is not None:
                self._moves.add(deviation)
            sign = -sign

    def _holds(self, cell: int, hidden: Bools) -> bool:
        part, at = self._part, np.array([cell])
        possible = self._moves.possible(hidden)
        if not self._moves.unmet(possible, at)[0]:
            return True
        up, down = (float(side[0]) for side in reversed(self._moves.reach(possible, at)))
        needs_up, needs_down = float(part.needs_up[cell]), float(part.needs_down[cell])
        width = float(part.needs_width[cell])
        duals: dict[float, Floats] = {}
        reached = {1.0: up, -1.0: down}
        for sign, need in ((1.0, needs_up), (-1.0, needs_down)):
            if reached[1.0] + reached[-1.0] >= width - VALUE_TOLERANCE and reached[sign] >= need:
                continue
            deviation, dual = self._attack.push(cell, sign, max(need, width))
            if deviation is None or dual is None:
                return self._unproven(cell, hidden)
            self._moves.add(deviation)
            reached[sign] = max(reached[sign], sign * float(deviation[cell]))
            duals[sign] = dual
        for sign, need in ((1.0, needs_up), (-1.0, needs_down)):
            if reached[sign] < need - VALUE_TOLERANCE:
                return self._learn(cell, None, [(sign, duals[sign])], need, hidden)
        if reached[1.0] + reached[-1.0] < width - VALUE_TOLERANCE:
            return self._learn(cell, None, list(duals.items()), width, hidden)
        return True

    def _broken_inside(self, hidden: Bools, most: int | None) -> list[int]:
        found: list[int] = []
        for cell in np.flatnonzero(self._part.not_shown(hidden)):
            if most is not None and len(found) >= most:
                return found
            if not self._holds_inside(int(cell), hidden):
                found.append(int(cell))
        return found

    def _holds_inside(self, cell: int, hidden: Bools) -> bool:
        part = self._part
        needs_up, width = float(part.inside_up[cell]), float(part.inside_width[cell])
        while True:
            open_ = self._moves.unmet_inside(self._moves.possible(hidden), cell, hidden)
            if not open_.any():
                return True
            knower = int(np.argmax(open_))
            duals: dict[float, Floats] = {}
            reached = {1.0: 0.0, -1.0: 0.0}
            for sign in (1.0, -1.0):
                deviation, dual = self._attack.push(cell, sign, max(needs_up, width), knower)
                if deviation is None or dual is None:
                    return self._unproven(cell, hidden)
                self._moves.add(deviation)
                reached[sign] = sign * float(deviation[cell])
                duals[sign] = dual
                if reached[1.0] < needs_up - VALUE_TOLERANCE:
                    return self._learn(cell, knower, [(1.0, duals[1.0])], needs_up, hidden)
                if reached[1.0] + reached[-1.0] >= width - VALUE_TOLERANCE:
                    break
            else:
                return self._learn(cell, knower, list(duals.items()), width, hidden)

    def _learn(
        self,
        cell: int,
        kept: int | None,
        goals: list[tuple[float, Floats]],
        demand: float,
        hidden: Bools,
    ) -> bool:
        """Keeps the cut that a broken demand proves. Always False."""
        cut = dual_cut(self._part, cell, kept, goals, demand)
        shares = hidden.astype(np.float64)
        if cut is None or float(cut[0] @ shares) > cut[1] - VALUE_TOLERANCE:
            return self._unproven(cell, hidden)
        self._cuts.add(*cut)
        return False

    def _unproven(self, cell: int, hidden: Bools) -> bool:
        """Without a dual: this pattern and all within it are too little for the cell."""
        row = (self._part.may & ~hidden).astype(np.float64)
        if not self._part.is_asked[cell]:
            row[cell] = -1.0
            self._cuts.add(row, 0.0)
        else:
            self._cuts.add(row, 1.0)
        return False

    def separate(self, shares: Floats, cells: list[int]) -> int:
        """Cuts that shares of hiding (float64[g], 0 to 1) break, for some cells; how many."""
        part, before = self._part, len(self._cuts)
        self._attack.under(shares)
        for cell in cells:
            own = float(shares[cell]) if not part.is_asked[cell] else 1.0
            if own < 1e-6:
                continue
            needs = (float(part.needs_up[cell]), float(part.needs_down[cell]))
            width = float(part.needs_width[cell])
            sides = []
            for sign, need in ((1.0, needs[0]), (-1.0, needs[1])):
                deviation, dual = self._attack.push(cell, sign, max(need, width) * own)
                if deviation is None or dual is None:
                    break
                sides.append((sign, dual, sign * float(deviation[cell])))
                if sides[-1][2] < need * own - _CLEARLY:
                    self._take(shares, cell, [(sign, dual)], need)
            if len(sides) == 2 and sides[0][2] + sides[1][2] < width * own - _CLEARLY:
                self._take(shares, cell, [side[:2] for side in sides], width)
        return len(self._cuts) - before

    def _take(
        self, shares: Floats, cell: int, goals: list[tuple[float, Floats]], demand: float
    ) -> None:
        cut = dual_cut(self._part, cell, None, goals, demand)
        if cut is not None and float(cut[0] @ shares) < cut[1] - _CLEARLY:
            self._cuts.add(*cut)


_CLEARLY = 1e-3
