"""What windows over event time must give, from first principles and row by row.

Each partition is read alone, in its order. Its watermark moves after each row, also after one that a
filter drops. A row counts for those of its windows that its own partition's watermark has not completed;
when that leaves none, it is late. Nothing else matters: neither the order in which partitions are read,
nor batches, nor threads. All times are integers, in milliseconds.
"""
import collections

BEFORE_ALL = -(1 << 62)


def windows_of(time, window):
    """[(start, end)] of the windows that hold `time`, the last first."""
    start = (time - window.offset) // window.slide * window.slide + window.offset
    found = []
    while start + window.size > time:
        found.append((start, start + window.size))
        start -= window.slide
    return found


Window = collections.namedtuple("Window", "size slide offset")


class Row(collections.namedtuple("Row", "key value time")):
    """key: str or None; value: int or None."""


def kept_windows(partition, delay, window, selects):
    """Yields (row, its windows that count) for each row of one partition that `selects` lets through."""
    watermark = BEFORE_ALL
    for row in partition:
        if selects(row):
            yield row, [w for w in windows_of(row.time, window) if w[1] - 1 > watermark]
        watermark = max(watermark, row.time - delay)


def window_groups(partitions, window, selects):
    """{(start, end, key): [values]} and the number of late rows. `partitions`: [(rows, delay)]."""
    groups, late = collections.defaultdict(list), 0
    for rows, delay in partitions:
        for row, windows in kept_windows(rows, delay, window, selects):
            late += not windows
            for start, end in windows:
                groups[start, end, row.key].append(row.value)
    return groups, late


def aggregates_of(values):
    """COUNT(*), COUNT(v), SUM(v), MIN(v), MAX(v), COUNT(*) FILTER (WHERE v > 50)."""
    known = [value for value in values if value is not None]
    some = bool(known)
    return (len(values), len(known), sum(known) if some else None, min(known) if some else None,
            max(known) if some else None, sum(1 for value in known if value > 50))


def distinct_of(values):
    """COUNT(DISTINCT v), SUM(DISTINCT v)."""
    known = {value for value in values if value is not None}
    return len(known), sum(known) if known else None


def outer_groups(groups, outer):
    """A tumbling window over window_time of the groups above: {(start, end): (rows, rows within)}.

    No row of a window is late for the next one: it leaves before the watermark that completed it.
    """
    result = collections.defaultdict(lambda: [0, 0])
    for (_, end, _), values in groups.items():
        (start, outer_end), = windows_of(end - 1, outer)
        result[start, outer_end][0] += 1
        result[start, outer_end][1] += len(values)
    return result
