"""When how many servers of a type are free, as a plan fills up."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


class Timeline:
    """Free servers of one type over time: a step function, with one segment for each level.

    Only numbers are kept, not which server is free: intervals that never need more servers than
    there are can always be shared out among them afterwards, in the order of their starts. What is
    full for long is one segment however many tasks fill it, so that a search passes it in one step.

    Parameters
    ----------
    servers : int
        All of them are free at first.
    """

    def __init__(self, servers: int) -> None:
        self._time = [0]
        self._free = [servers]

    def earliest(self, after: int, duration: int, units: int) -> int:
        """Return the first cycle from `after` on at which `units` are free for a duration."""
        time, free = self._time, self._free
        start = after
        for place in range(bisect_right(time, after) - 1, len(time)):
            if time[place] >= start + duration:
                break
            if free[place] < units:  # never the last segment: there all servers are free
                start = time[place + 1]
        return start

    def free_for_good(self, units: int) -> int:
        """Return the first cycle from which on `units` are always free."""
        place = len(self._time) - 1
        while place >= 0 and self._free[place] >= units:
            place -= 1
        return self._time[place + 1]

    def hold(self, start: int, end: int, units: int) -> None:
        """Take `units` from one cycle up to another."""
        free = self._free
        first, last = self._cut(start), self._cut(end)
        for place in range(first, last):
            free[place] -= units
        self._join(last)
        self._join(first)

    def give_back(self, start: int, end: int, units: int) -> None:
        """Undo `hold`."""
        self.hold(start, end, -units)

    def _cut(self, time: int) -> int:
        """Begin a segment at a time, if none does, and return its place."""
        place = bisect_left(self._time, time)
        if place == len(self._time) or self._time[place] != time:
            self._time.insert(place, time)
            self._free.insert(place, self._free[place - 1])
        return place

    def _join(self, place: int) -> None:
        """Join a segment with the one before, if their levels are equal."""
        if place > 0 and self._free[place] == self._free[place - 1]:
            del self._time[place], self._free[place]
