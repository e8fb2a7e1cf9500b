"""How times lie, from what the store returned: values and bins of the parts of a window in, a distribution each out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from outproof.measure.estimates import CERTAIN_PPM
from outproof.measure.percentiles import Distribution, SketchSum, values

_NAMES = ("ttft", "duration")
_Values = dict[Any, list[tuple[float, NDArray[np.float64]]]]
"""By part: the values, with the probability that they had of being kept."""


@dataclass(frozen=True, slots=True)
class Distributions:
    """Of the times to first token, and of total times. None: not one is known."""

    ttft: Distribution | None = None
    duration: Distribution | None = None


def distributions(
    raw: pa.Table, rolled: Sequence[Mapping[str, Any]], *, is_exact: bool, keys: Sequence[str] = ()
) -> dict[Any, Distributions]:
    """One for each part: of every value where `raw` holds them all, else of bins of `raw` and those of `rolled`.

    A part is told by the column `part`; with `keys` by the tuple of those, where an empty text is None.
    """
    by_name: dict[str, dict[Any, Distribution]] = {}
    for name in _NAMES:
        found = _values(raw, name, keys)
        by_name[name] = _exact(found) if is_exact else _sketched(found, rolled, name, keys)
    parts = by_name["ttft"].keys() | by_name["duration"].keys()
    return {part: Distributions(by_name["ttft"].get(part), by_name["duration"].get(part)) for part in parts}


def _exact(found: _Values) -> dict[Any, Distribution]:
    whole = {part: values(own) for part, own in found.items()}
    return {part: each for part, each in whole.items() if each is not None}


def _sketched(
    found: _Values, rolled: Iterable[Mapping[str, Any]], name: str, keys: Sequence[str]
) -> dict[Any, Distribution]:
    sums: dict[Any, SketchSum] = defaultdict(SketchSum)
    for row in rolled:
        part = tuple(row[key] or None for key in keys) if keys else row["part"]
        sums[part].add(row["ppm"] / CERTAIN_PPM, row[f"{name}_bin_numbers"], row[f"{name}_bin_counts"])
    for part, own in found.items():
        for probability, array in own:
            sums[part].add_values(probability, array)
    whole = {part: each.sketch() for part, each in sums.items()}
    return {part: each for part, each in whole.items() if each is not None}


def _values(raw: pa.Table, name: str, keys: Sequence[str]) -> _Values:
    found: _Values = defaultdict(list)
    lists = raw[name].combine_chunks()
    parts = key_tuples(raw, keys) if keys else raw["part"].to_pylist()
    for at, (part, ppm) in enumerate(zip(parts, raw["ppm"].to_pylist(), strict=True)):
        found[part].append((ppm / CERTAIN_PPM, lists[at].values.to_numpy().astype(np.float64)))
    return found


def key_tuples(table: pa.Table, keys: Sequence[str]) -> list[tuple[str | None, ...]]:
    """The values of these columns, row by row; an empty text is None: it does not say."""
    columns = [[value or None for value in table[key].to_pylist()] for key in keys]
    return list(zip(*columns, strict=True)) if columns else [()] * table.num_rows
