"""Gathers a history: tables as the event store returned them in; rows by segment and by how they were sampled out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from outproof.core.errors import Permanent
from outproof.decide.evaluate import BREACHES
from outproof.learn.history import COST, PRICED, History, Key, Strand
from outproof.measure.cost import cost
from outproof.measure.dimension import Dimension
from outproof.measure.minutes import Minutes
from outproof.measure.percentiles import bins_of
from outproof.measure.rate_book import RateBook
from outproof.measure.sliding import IN_TIME, Ints, Minutely, Times
from outproof.store.events.reader import usage_of

CELLS_MAX = 30_000_000
"""Numbers that are held at once: a quarter of a gigabyte."""

_TIMES = ("ttft", "duration")
_BESIDE = (BREACHES, COST, PRICED)


class HistoryRows:
    """The rows of a history so far, portion by portion: call `began`, add what was read, and call `ended`."""

    def __init__(self, counters: tuple[str, ...], by: Dimension | None, rates: RateBook) -> None:
        self.counters = counters
        self._names = (*counters, *_BESIDE)
        self._by = by
        self._rates = rates
        self._rows: dict[Key, list[Minutely]] = defaultdict(list)
        self._times: dict[Key, dict[str, Times]] = defaultdict(lambda: {name: Times() for name in _TIMES})
        self._cells = 0
        self._first = 0
        self._frozen: frozenset[int] = frozenset()
        self._requests: Counter[int] = Counter()
        self._untimed: Counter[int] = Counter()
        self._all = self._unknown = 0

    @property
    def history(self) -> History:
        strands = {
            key: Strand(Minutely.joined(rows, len(self._names)), self._times.get(key, {}))
            for key, rows in self._rows.items()
        }
        known = 1 - self._unknown / self._all if self._all else None
        return History(names=self._names, strands=strands, known_ratio=known)

    def began(self, first: int, frozen: frozenset[int]) -> None:
        """A portion begins with this minute; of frozen minutes it is not known when their answers came."""
        self._first, self._frozen = first, frozen
        self._requests, self._untimed = Counter(), Counter()

    def ended(self) -> None:
        self._all += self._requests.total()
        self._unknown += sum(
            count if minute in self._frozen else min(count, self._untimed[minute])
            for minute, count in self._requests.items()
        )

    def portions(self, minutes: Minutes, requests_max: int) -> Iterator[Minutes]:
        """The minutes in runs that hold so many requests at most, where a single minute does not hold more."""
        first, size = minutes.first, 0
        for minute in range(minutes.first, minutes.last):
            if size and size + self._requests[minute] > requests_max:
                yield Minutes(first, minute)
                first, size = minute, 0
            size += self._requests[minute]
        if size:
            yield Minutes(first, minutes.last)

    def add_counts(self, table: pa.Table) -> None:
        """Counts of whole minutes, to which `part` is the way from the first."""
        if not table.num_rows:
            return
        minutes = table["part"].to_numpy().astype(np.int64) + self._first
        counts = self._columns(table)
        for minute, requests in zip(minutes.tolist(), counts[:, self._at("requests")].tolist(), strict=True):
            self._requests[minute] += requests
        if "era" in table.column_names:
            for row, each in enumerate(table.to_pylist()):
                found = cost([usage_of(each, self._rates)], self._rates) if each["calls"] else None
                if found is not None and found.estimated_nano_usd is not None:
                    counts[row, self._at(COST)] = found.estimated_nano_usd
                    counts[row, self._at(PRICED)] = each["calls"]
        for key, rows in self._keys(table, self._by.value if self._by else None):
            self._put(key, minutes[rows], IN_TIME, counts[rows])

    def add_values(self, table: pa.Table) -> None:
        """Every value of the times of whole minutes."""
        for key, rows in self._keys(table, self._by.value if self._by else None):
            for row in rows.tolist():
                for name in _TIMES:
                    found = table[name][row].values.to_numpy().astype(np.float64)
                    if len(found):
                        numbers, counts = np.unique(bins_of(found), return_counts=True)
                        minute = self._first + int(table["part"][row].as_py())
                        self._times[key][name].add(minute, IN_TIME, numbers, counts)

    def add_bins(self, table: pa.Table) -> None:
        """The sketches of whole minutes."""
        for key, rows in self._keys(table, self._by.value if self._by else None):
            for row in rows.tolist():
                self._add_bins(key, table, row, self._first + int(table["part"][row].as_py()), IN_TIME, 1)

    def add_late(self, table: pa.Table, *, with_times: bool) -> None:
        """What came late: it leaves its minute, where it was counted, and joins it again when it came."""
        if not table.num_rows:
            return
        minutes = table["minute"].to_numpy().astype(np.int64)
        came = table["came"].to_numpy().astype(np.int64)
        counts = self._columns(table)
        is_known = np.array([minute not in self._frozen for minute in minutes.tolist()])
        for key, rows in self._keys(table, "named"):
            rows = rows[is_known[rows]]
            self._put(key, minutes[rows], IN_TIME, -counts[rows])
            self._put(key, minutes[rows], came[rows], counts[rows])
            for row in rows.tolist() if with_times else ():
                self._add_bins(key, table, row, int(minutes[row]), IN_TIME, -1)
                self._add_bins(key, table, row, int(minutes[row]), int(came[row]), 1)

    def add_untimed(self, table: pa.Table) -> None:
        """How many requests came at times that nobody wrote down."""
        for minute, requests in zip(table["minute"].to_pylist(), table["requests"].to_pylist(), strict=True):
            self._untimed[minute] += requests

    def add_breaches(self, found: Iterable[tuple[int, int]]) -> None:
        """Answers that broke an invariant, each by its minute and by when it came."""
        counted = Counter(found)
        if not counted:
            return
        counts = np.zeros((len(counted), len(self._names)), dtype=np.int64)
        counts[:, self._at(BREACHES)] = list(counted.values())
        minutes, came = np.array(list(counted), dtype=np.int64).T
        self._put(Key(None), minutes, np.where(came > minutes + 1, came, IN_TIME), counts)

    def _put(self, key: Key, minutes: Ints, came: Ints | int, counts: Ints) -> None:
        self._cells += counts.size
        if self._cells > CELLS_MAX:
            raise Permanent("there is too much of it to hold at once: name a later start, or a `by` with fewer values")
        self._rows[key].append(Minutely(minutes, np.broadcast_to(came, minutes.shape), counts))

    def _add_bins(self, key: Key, table: pa.Table, row: int, minute: int, came: int, sign: int) -> None:
        for name in _TIMES:
            numbers = table[f"{name}_bin_numbers"][row].values.to_numpy().astype(np.int64)
            if len(numbers):
                counts = table[f"{name}_bin_counts"][row].values.to_numpy().astype(np.int64)
                self._times[key][name].add(minute, came, numbers, sign * counts)

    def _columns(self, table: pa.Table) -> Ints:
        own = [table[name].to_numpy().astype(np.int64) for name in self.counters]
        return np.column_stack([*own, *(np.zeros(table.num_rows, dtype=np.int64) for _ in _BESIDE)])

    def _keys(self, table: pa.Table, named: str | None) -> Iterator[tuple[Key, Ints]]:
        """The rows of each key."""
        names: Sequence[Any] = table[named].to_pylist() if named else [None] * table.num_rows
        rows: dict[Key, list[int]] = defaultdict(list)
        told = zip(names, table["ppm"].to_pylist(), table["policy"].to_pylist(), strict=True)
        for row, (name, ppm, policy) in enumerate(told):
            segment = (name or None) if self._by else None
            rows[Key(segment, ppm, policy)].append(row)
        for key, own in rows.items():
            yield key, np.array(own, dtype=np.int64)

    def _at(self, name: str) -> int:
        return self._names.index(name)
