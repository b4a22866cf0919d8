"""What windows over event time must give, from first principles and row by row.

Each partition is read alone, in its order. Its watermark moves after each row, also after one that a
filter drops. A row counts for those of its windows that its own partition's watermark has not completed;
when that leaves none, it is late. Nothing else matters: neither the order in which partitions are read,
nor batches, nor threads. All times are integers, in milliseconds.
"""
import collections
import datetime
import zoneinfo

BEFORE_ALL = -(1 << 62)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MILLISECOND = datetime.timedelta(milliseconds=1)


class Zone:
    """Wall clocks: windows over TIMESTAMP_LTZ are those of the session's zone, 23-hour days and all."""

    def __init__(self, name):
        self.zone = zoneinfo.ZoneInfo(name)

    def local(self, instant):
        """The wall clock at an instant, as milliseconds since 1970 of its own calendar."""
        shown = (EPOCH + instant * MILLISECOND).astimezone(self.zone)
        return (shown.replace(tzinfo=datetime.timezone.utc) - EPOCH) // MILLISECOND

    def completes(self, end, watermark):
        """Whether no instant after `watermark` shows a time before `end`: clocks are put back at full hours."""
        if watermark == BEFORE_ALL or self.local(watermark + 1) < end:
            return False
        hour = watermark // 3_600_000
        return all(self.local((hour + i) * 3_600_000) >= end for i in range(1, 30))


class Utc:
    def local(self, instant):
        return instant

    def completes(self, end, watermark):
        return end - 1 <= watermark


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


def kept_windows(partition, delay, window, selects, zone=Utc()):
    """Yields (row, its windows that count) for each row of one partition that `selects` lets through."""
    watermark = BEFORE_ALL
    for row in partition:
        if selects(row):
            yield row, [w for w in windows_of(zone.local(row.time), window) if not zone.completes(w[1], watermark)]
        watermark = max(watermark, row.time - delay)


def window_groups(partitions, window, selects, zone=Utc()):
    """{(start, end, key): [values]} and the number of late rows. `partitions`: [(rows, delay)]."""
    groups, late = collections.defaultdict(list), 0
    for rows, delay in partitions:
        for row, windows in kept_windows(rows, delay, window, selects, zone):
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
