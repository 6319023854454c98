"""The search for little loss, compiled: which rows share which class, so that every class is large and diverse enough.

A *unit* is a set of equal rows. A *way* is one choice of a step for every quasi-identifier. Under a way a unit becomes a
*pattern*: what would be published of it. The rows of a unit may be spread over a few patterns (`SLOTS`). A pattern that
holds any row must hold `k` rows and `l` distinct values of every sensitive column; each row costs its pattern's loss.

`pattern: int32[units, ways]` numbers the patterns of all ways in one line, way after way; -1 stands for a pattern that fewer
than `k` rows could ever share. The units of pattern p are `members[first[p]:first[p + 1]]`; way w has the patterns `base[w]`
to `base[w + 1]`; `cost: float64[patterns]` is the loss of one row. State: `at, amount, paid: [units, SLOTS]` say by which
way how many rows of a unit go and what each loses there, `mass: int64[patterns]` how many rows a pattern holds.
`sensitive: int64[units, columns]` are codes; 0 is blank and never counts as a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amparo.disclosure.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Short = NDArray[np.int32]
    Losses = NDArray[np.float64]
    State = tuple[Short, Numbers, Numbers, Losses]
    Patterns = tuple[Short, Numbers, Short, Numbers, Losses]
    Rule = tuple[int, int, Numbers, Numbers, Numbers]

SLOTS = 6
MOST_SCATTERED = 4_096
LEAST_GAIN = 1e-9


@compiled()
def rows_at(unit: int, way: int, at: Short, amount: Numbers) -> int:
    """Return how many rows of a unit go by a way."""
    for slot in range(SLOTS):
        if amount[unit, slot] > 0 and at[unit, slot] == way:
            return int(amount[unit, slot])
    return 0


@compiled()
def slot_for(unit: int, way: int, at: Short, amount: Numbers) -> int:
    """Return the slot of a unit that holds its rows by a way, or else a free one, or else -1."""
    free = -1
    for slot in range(SLOTS):
        if amount[unit, slot] == 0:
            free = slot
        elif at[unit, slot] == way:
            return slot
    return free


@compiled()
def give(unit: int, way: int, rows: int, patterns: Patterns, state: State) -> None:
    """Let rows of a unit go by a way; the unit must have a slot for it."""
    at, amount, mass, paid = state
    slot, p = slot_for(unit, way, at, amount), patterns[0][unit, way]
    at[unit, slot] = way
    amount[unit, slot] += rows
    paid[unit, slot] = patterns[4][p]
    mass[p] += rows


@compiled()
def way_of(p: int, base: Numbers) -> int:
    """Return the way that a pattern belongs to."""
    return int(np.searchsorted(base, p, side="right")) - 1


@compiled()
def is_diverse(p: int, way: int, patterns: Patterns, state: State, rule: Rule) -> bool:
    """Return whether the rows that a pattern holds have `l` distinct values of every sensitive column."""
    _, first, members, _, _ = patterns
    at, amount, _, _ = state
    sensitive, seen, stamp = rule[2], rule[3], rule[4]
    for column in range(sensitive.shape[1]):
        stamp[0] += 1
        found = 0
        for m in range(first[p], first[p + 1]):
            code = sensitive[members[m], column]
            if code > 0 and seen[column, code] != stamp[0] and rows_at(members[m], way, at, amount) > 0:
                seen[column, code] = stamp[0]
                found += 1
        if found < rule[1]:
            return False
    return True


@compiled()
def is_sound(p: int, way: int, patterns: Patterns, state: State, rule: Rule) -> bool:
    """Return whether a pattern may be published: it holds no row, or enough rows that are diverse enough."""
    mass = state[2]
    if mass[p] == 0:
        return True
    return bool(mass[p] >= rule[0] and (rule[1] <= 1 or is_diverse(p, way, patterns, state, rule)))


@compiled()
def gather(weight: Numbers, order: Numbers, patterns: Patterns, state: State, rule: Rule) -> int:
    """Give every row a first pattern: the first way in `order` by which enough rows without one agree; return who is left."""
    first, members, base = patterns[1], patterns[2], patterns[3]
    left = weight.copy()
    for way in order:
        for p in range(base[way], base[way + 1]):
            rows = 0
            for m in range(first[p], first[p + 1]):
                rows += left[members[m]]
            if rows < rule[0]:
                continue
            for m in range(first[p], first[p + 1]):
                if left[members[m]] > 0:
                    give(members[m], way, left[members[m]], patterns, state)
            if is_sound(p, way, patterns, state, rule):
                for m in range(first[p], first[p + 1]):
                    left[members[m]] = 0
                continue
            for m in range(first[p], first[p + 1]):
                take_back(members[m], way, left[members[m]], patterns, state)
    return seat(left, order[-1], patterns, state, rule)


@compiled()
def take_back(unit: int, way: int, rows: int, patterns: Patterns, state: State) -> None:
    """Undo `give`."""
    if rows > 0:
        state[1][unit, slot_for(unit, way, state[0], state[1])] -= rows
        state[2][patterns[0][unit, way]] -= rows


@compiled()
def cheapest(unit: int, besides: int, patterns: Patterns, mass: Numbers) -> int:
    """Return the way to the cheapest pattern that holds rows already and that a unit may join, or -1."""
    pattern, _, _, _, cost = patterns
    best, least = -1, np.inf
    for way in range(pattern.shape[1]):
        p = pattern[unit, way]
        if p >= 0 and way != besides and mass[p] > 0 and cost[p] < least:
            best, least = way, cost[p]
    return best


@compiled()
def seat(left: Numbers, last: int, patterns: Patterns, state: State, rule: Rule) -> int:
    """Let the rows that are left join a class that exists, or else suppress them among others; return 0 if none can be."""
    base, cost, mass = patterns[3], patterns[4], state[2]
    for unit in range(len(left)):
        if left[unit] > 0:
            way = cheapest(unit, -1, patterns, mass)
            give(unit, last if way < 0 else way, left[unit], patterns, state)
    bottom = base[last]
    while not is_sound(bottom, last, patterns, state, rule):
        chosen, least = -1, np.inf
        for p in range(base[-1]):
            loss = mass[p] * (cost[bottom] - cost[p])
            if p != bottom and mass[p] > 0 and loss < least:
                chosen, least = p, loss
        if chosen < 0:
            return 0
        way = way_of(chosen, base)
        empty(chosen, way, last, patterns, state)
    return 1


@compiled()
def empty(p: int, way: int, into: int, patterns: Patterns, state: State) -> None:
    """Send all rows of a pattern by another way; by the cheapest open one where `into` is -1."""
    first, members = patterns[1], patterns[2]
    at, amount, mass, _ = state
    for m in range(first[p], first[p + 1]):
        unit = members[m]
        rows = rows_at(unit, way, at, amount)
        if rows > 0:
            to = cheapest(unit, way, patterns, mass) if into < 0 else into
            take_back(unit, way, rows, patterns, state)
            give(unit, to, rows, patterns, state)


@compiled()
def close(p: int, way: int, patterns: Patterns, state: State) -> float:
    """Empty a pattern whose rows lose less in other classes that exist; return what was gained."""
    _, first, members, _, cost = patterns
    at, amount, mass, _ = state
    pattern, gain = patterns[0], 0.0
    for m in range(first[p], first[p + 1]):
        rows = rows_at(members[m], way, at, amount)
        if rows > 0:
            to = cheapest(members[m], way, patterns, mass)
            if to < 0:
                return 0.0
            gain += rows * (cost[p] - cost[pattern[members[m], to]])
    if gain <= LEAST_GAIN:
        return 0.0
    empty(p, way, -1, patterns, state)
    return gain


@compiled()
def gainers(p: int, patterns: Patterns, state: State, want: Numbers, touched: Numbers) -> tuple[int, float]:
    """Note in `want` how many rows of each dearer pattern could come to p; return how many patterns, and the whole gain."""
    pattern, first, members, _, cost = patterns
    at, amount, _, paid = state
    count, potential = 0, 0.0
    for m in range(first[p], first[p + 1]):
        unit = members[m]
        for slot in range(SLOTS):
            rows = amount[unit, slot]
            if rows > 0 and paid[unit, slot] > cost[p] + LEAST_GAIN:
                q = pattern[unit, at[unit, slot]]
                if want[q] == 0:
                    touched[count] = q
                    count += 1
                want[q] += rows
                potential += rows * (cost[q] - cost[p])
    return count, potential


@compiled()
def note(moves: Numbers, made: int, unit: int, source: int, rows: int, to: int) -> int:
    """Note one move; return how many there are now."""
    moves[made, 0], moves[made, 1], moves[made, 2], moves[made, 3] = unit, source, rows, to
    return made + 1


@compiled()
def scattered(q: int, p: int, way: int, patterns: Patterns, state: State, moves: Numbers, made: int) -> tuple[int, float]:
    """Note the moves of those rows of q that cannot come to p to the cheapest other class; return moves and their loss."""
    pattern, first, members, base, cost = patterns
    at, amount, mass, _ = state
    source, lost = way_of(q, base), 0.0
    for m in range(first[q], first[q + 1]):
        unit = members[m]
        rows = rows_at(unit, source, at, amount)
        if rows > 0 and pattern[unit, way] != p:
            to = cheapest(unit, source, patterns, mass)
            if to < 0:
                return made, np.inf
            made = note(moves, made, unit, source, rows, to)
            lost += rows * (cost[pattern[unit, to]] - cost[q])
    return made, lost


@compiled()
def open_pattern(
    p: int, way: int, patterns: Patterns, state: State, rule: Rule, want: Numbers, gone: Numbers, touched: Numbers, moves: Numbers
) -> float:
    """Draw rows to a pattern where that makes the loss smaller, with rows of cheaper classes to fill it up; return the gain.

    A dearer class gives what it holds beyond k, or all that may come while its other rows go to other classes.
    """
    pattern, first, members, _, cost = patterns
    at, amount, mass, paid = state
    count, potential = gainers(p, patterns, state, want, touched)
    made, gain, got = 0, 0.0, mass[p]
    for t in range(count):
        q, spare = touched[t], max(0, mass[touched[t]] - rule[0])
        gone[q] = min(want[q], spare) if want[q] < mass[q] else want[q]
        if potential > LEAST_GAIN and want[q] > gone[q] and first[q + 1] - first[q] <= MOST_SCATTERED:
            after, lost = scattered(q, p, way, patterns, state, moves, made)
            if (want[q] - gone[q]) * (cost[q] - cost[p]) > lost:
                made, gone[q] = after, want[q]
                gain -= lost
        got += gone[q]
        gain += gone[q] * (cost[q] - cost[p])
    if gain > LEAST_GAIN:
        for m in range(first[p], first[p + 1]):
            unit = members[m]
            for slot in range(SLOTS):
                if amount[unit, slot] > 0 and paid[unit, slot] > cost[p] + LEAST_GAIN:
                    q = pattern[unit, at[unit, slot]]
                    taken = min(amount[unit, slot], gone[q])
                    if taken > 0:
                        gone[q] -= taken
                        made = note(moves, made, unit, at[unit, slot], taken, way)
    for t in range(count):
        want[touched[t]], gone[touched[t]] = 0, 0
    if gain > LEAST_GAIN and got < rule[0]:
        made, lost = fill(p, way, rule[0] - got, gain, patterns, state, rule, want, gone, touched, moves, made)
        gain -= lost
    if gain <= LEAST_GAIN:
        return 0.0
    return gain if carry(made, patterns, state, rule, moves) else 0.0


@compiled()
def fill(
    p: int,
    way: int,
    missing: int,
    limit: float,
    patterns: Patterns,
    state: State,
    rule: Rule,
    want: Numbers,
    gone: Numbers,
    touched: Numbers,
    moves: Numbers,
    made: int,
) -> tuple[int, float]:
    """Find rows of cheaper classes that make up what a pattern lacks, those that lose least first; return moves and loss.

    Classes first give what they hold beyond k; then classes that would come whole. The loss is infinite if it is in vain.
    """
    pattern, first, members, _, cost = patterns
    at, amount, mass, _ = state
    offered = SLOTS * (first[p + 1] - first[p])
    losses, places = np.empty(offered), np.empty((offered, 2), np.int64)
    count, seen = 0, 0
    for m in range(first[p], first[p + 1]):
        unit = members[m]
        for slot in range(SLOTS):
            if amount[unit, slot] == 0:
                continue
            q = pattern[unit, at[unit, slot]]
            if q == p or cost[q] > cost[p] + LEAST_GAIN:
                continue
            if want[q] == 0:
                touched[seen] = q
                seen += 1
            want[q] += amount[unit, slot]
            losses[count] = cost[p] - cost[q]
            places[count, 0], places[count, 1] = unit, slot
            count += 1
    order = np.argsort(losses[:count], kind="mergesort")
    lost = 0.0
    for o in order:
        unit, slot = places[o, 0], places[o, 1]
        q = pattern[unit, at[unit, slot]]
        taken = min(amount[unit, slot], mass[q] - rule[0] - gone[q], missing)
        if taken <= 0:
            continue
        gone[q] += taken
        made = note(moves, made, unit, at[unit, slot], taken, way)
        lost += taken * losses[o]
        missing -= taken
        if missing == 0 or lost >= limit:
            break
    if missing > 0 and lost < limit:
        for o in order:
            q = pattern[places[o, 0], at[places[o, 0], places[o, 1]]]
            if want[q] != mass[q] or mass[q] > rule[0]:
                continue
            want[q] = 0  # it comes whole, once
            for other in order:
                unit, slot = places[other, 0], places[other, 1]
                if pattern[unit, at[unit, slot]] == q:
                    made = note(moves, made, unit, at[unit, slot], amount[unit, slot], way)
            lost += mass[q] * (cost[p] - cost[q])
            missing -= mass[q]
            if missing <= 0 or lost >= limit:
                break
    for t in range(seen):
        want[touched[t]], gone[touched[t]] = 0, 0
    return made, lost if missing <= 0 else np.inf


@compiled()
def carry(made: int, patterns: Patterns, state: State, rule: Rule, moves: Numbers) -> bool:
    """Make moves (unit, from, rows, to); undo them all where a unit has no slot left or a class would not be sound."""
    pattern = patterns[0]
    at, amount = state[0], state[1]
    done, good = 0, True
    for m in range(made):
        unit, source, rows, to = moves[m, 0], moves[m, 1], moves[m, 2], moves[m, 3]
        take_back(unit, source, rows, patterns, state)
        if slot_for(unit, to, at, amount) < 0:
            give(unit, source, rows, patterns, state)
            good = False
            break
        give(unit, to, rows, patterns, state)
        done += 1
    for m in range(done):
        for way in moves[m, 1], moves[m, 3]:
            good = good and is_sound(pattern[moves[m, 0], way], way, patterns, state, rule)
    if not good:
        for m in range(done - 1, -1, -1):
            take_back(moves[m, 0], moves[m, 3], moves[m, 2], patterns, state)
            give(moves[m, 0], moves[m, 1], moves[m, 2], patterns, state)
    return good


@compiled()
def improve(
    order: Numbers, patterns: Patterns, state: State, rule: Rule, want: Numbers, gone: Numbers, touched: Numbers, moves: Numbers
) -> float:
    """Go once through all patterns, opening and closing where the loss becomes smaller; return how much smaller."""
    _, _, _, base, _ = patterns
    gain = 0.0
    for way in order:
        for p in range(base[way], base[way + 1]):
            gain += open_pattern(p, way, patterns, state, rule, want, gone, touched, moves)
    for way in order:
        for p in range(base[way], base[way + 1]):
            if state[2][p] > 0:
                gain += close(p, way, patterns, state)
    return gain


def kept(units: int, patterns: int, sizes: list[int]) -> Any:
    """Return empty room for the search: state, what is seen of sensitive values, and scratch lines."""
    shape = units, SLOTS
    state = np.zeros(shape, np.int32), np.zeros(shape, np.int64), np.zeros(patterns, np.int64), np.zeros(shape)
    seen = np.zeros((max(1, len(sizes)), max(sizes, default=1)), np.int64)
    lines = np.zeros(patterns, np.int64), np.zeros(patterns, np.int64), np.zeros(units * SLOTS, np.int64)
    scratch = *lines, np.zeros((2 * units * SLOTS, 4), np.int64)
    return state, seen, scratch


def warm() -> None:
    """Compile the search once and keep the result on disk: four units of one row, kept or suppressed."""
    rows, number = np.ones(4, np.int64), np.array([[-1, 0]] * 4, np.int32)
    patterns = number, np.array([0, 4]), np.arange(4, dtype=np.int32), np.array([0, 0, 1]), np.ones(1)
    state, seen, scratch = kept(4, 1, [])
    rule, order = (2, 1, np.zeros((4, 0), np.int64), seen, np.zeros(1, np.int64)), np.array([0, 1])
    gather(rows, order, patterns, state, rule)
    improve(order, patterns, state, rule, *scratch)
