"""The kinds of operators that the crash test kills beside its windows and totals: their SQL, and what their output must
be in the end.

Expected rows are computed here, from the input, without the engine. Times of the input are even, bounds on time odd:
no row is just at a bound, where it counts whether the watermark has come by yet.
"""
import collections
import dataclasses
import typing

WINDOW_MILLIS = 120_000
MINUTE = 60_001  # ms, odd
SLOT_MILLIS = 300_000
WINDOW = "TABLE(TUMBLE(TABLE {0}, DESCRIPTOR(ts), INTERVAL '2' MINUTE))"
# Of most operators a part of the rows is enough.
OF_HIGH = ("WITH high AS (SELECT * FROM events WHERE v > 900) SELECT window_start, window_end, k, COUNT(*), SUM(v) FROM "
           "TABLE({}) GROUP BY window_start, window_end, k")
HIGH, LOW = ("(SELECT * FROM events WHERE v > 900)", "(SELECT * FROM events WHERE v < -900)")


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str              # of the sink, too
    columns: str
    query: str
    rows: typing.Callable  # Input -> the rows in the end, values as in SQL; NULL is None
    timed: bool = False    # gives inserts only, each final; whether a row is late shows
    upserts: bool = False  # the sink has the first column for its key, and is given the last row of a key

    def insert(self, out):
        """(the sink's definition, the INSERT)."""
        layout = "csv" if self.timed else "changelog"
        return (f"CREATE TABLE {self.name} ({self.columns}) WITH ('connector' = 'filesystem', "
                f"'path' = '{out}/{self.name}', 'format' = '{layout}');\n", f"INSERT INTO {self.name} {self.query};\n")

    def expected(self, source):
        """Lines of the sink's files, or the rows of its changes -> how many."""
        comma = "," if self.timed else ", "
        return collections.Counter(comma.join("NULL" if value is None else str(value) for value in row)
                                   for row in self.rows(source))


def timestamp(millis):
    """Not before the day before 1970."""
    day = 1 if millis >= 0 else 31
    millis %= 86_400_000
    second, minute, hour = millis // 1000 % 60, millis // 60_000 % 60, millis // 3_600_000
    return f"{'1970-01' if day == 1 else '1969-12'}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}.{millis % 1000:03d}"


def by_key(rows, condition=lambda row: True):
    groups = collections.defaultdict(list)
    for row in rows:
        if condition(row):
            groups[row.key].append(row)
    return groups


def high(row):
    return row.value > 900


def low(row):
    return row.value < -900


# --- without time ---------------------------------------------------------------------------------


def join(source):
    counted = by_key(source.rows, lambda row: row.value > 950)
    single = by_key(source.rows, lambda row: row.value < -980)
    for key, rows in counted.items():
        count, total = len(rows), sum(row.value for row in rows)
        for value in [row.value for row in single[key]] or [None]:
            yield key, count, total, value


def greatest(source):
    for key, rows in by_key(source.rows).items():
        for row in sorted(rows, key=lambda row: (-row.value, row.millis))[:3]:
            yield key, row.value, timestamp(row.millis)


def leaders(source):
    counts = collections.defaultdict(list)
    for key, rows in by_key(source.rows, high).items():
        counts[key // 30].append((-len(rows), key))
    for group, keys in counts.items():
        for count, key in sorted(keys)[:4]:
            yield group, key, -count


def newest(source):
    for key, rows in by_key(source.rows).items():
        yield key, timestamp(max(row.millis for row in rows))


def normalized(source):
    return source.upserted.items()


def materialized(source):
    best = {}
    for row in source.rows:
        order = (-row.value, row.millis, row.key)
        best[row.key // 10] = min(order, best.get(row.key // 10, order))
    for group, (value, millis, key) in best.items():
        yield group, -value, key, timestamp(millis)


def both(source):
    """Rows above 985 and rows below -985 of the same key; those without a partner alone."""
    left, right = (by_key(source.rows, lambda row, sign=sign: sign * row.value > 985) for sign in (1, -1))
    for key in left.keys() | right.keys():
        for row in left[key] or [None]:
            for other in right[key] or [None]:
                yield row and key, row and row.value, other and key, other and other.value


def met(source):
    others = by_key(source.rows, lambda row: row.value < -995)
    return ((row.key, row.value, timestamp(row.millis)) for row in source.rows if high(row) and row.key in others)


def unmet(source):
    others = by_key(source.rows, lambda row: row.value < -995)
    return ((row.key, row.value, timestamp(row.millis)) for row in source.rows if high(row) and row.key not in others)


def reached(source):
    """Where one gets from the first keys along the edges that high rows are."""
    ways = collections.defaultdict(set)
    for row in source.rows:
        if row.value > 985:
            ways[row.key].add((row.key * 7 + row.value) % 300)
    for start in range(8):
        found, open_ends = set(), [start]
        while open_ends:
            news = ways.get(open_ends.pop(), set()) - found
            found |= news
            open_ends.extend(news)
        yield from ((start, end) for end in found)


def fallen(source):
    """High rows, and what becomes of each in five steps."""
    for row in source.rows:
        value = row.value
        for depth in range(6 if value > 990 else 0):
            yield row.key, value, depth
            value -= depth


# --- with time ------------------------------------------------------------------------------------


def sessions(source):
    for key, rows in by_key(source.rows, lambda row: row.value > 0).items():
        begun = []  # [start, end, count, sum], open at the last row's watermark
        for row in rows:
            for ended in [session for session in begun if session[1] - 1 <= row.watermark]:
                begun.remove(ended)
                yield timestamp(ended[0]), timestamp(ended[1]), key, ended[2], ended[3]
            mine = [row.millis, row.millis + MINUTE, 1, row.value]
            apart = []
            for session in begun:
                if session[0] <= row.millis + MINUTE and session[1] >= row.millis:
                    mine = [min(mine[0], session[0]), max(mine[1], session[1]), mine[2] + session[2], mine[3] + session[3]]
                else:
                    apart.append(session)
            if mine[1] - 1 > row.watermark:
                begun = apart + [mine]
        for session in begun:
            yield timestamp(session[0]), timestamp(session[1]), key, session[2], session[3]


def interval_join(source):
    """Rows meet, late ones too, where neither was over by the watermark at which the other came."""
    others = by_key(source.rows, low)
    for key, rows in by_key(source.rows, high).items():
        for row in rows:
            for other in others[key]:
                apart = abs(row.millis - other.millis) > MINUTE
                over = other.late_at > row.millis + MINUTE or row.late_at > other.millis + MINUTE
                if not apart and not over:
                    yield key, row.value, other.value


def window_join(source):
    windows = collections.defaultdict(lambda: ([], []))
    for row in source.rows:
        start = row.millis // WINDOW_MILLIS * WINDOW_MILLIS
        if (high(row) or low(row)) and start + WINDOW_MILLIS - 1 > row.watermark:
            windows[start, row.key][low(row)].append(row.value)
    for (start, key), (left, right) in windows.items():
        for value in left:
            for other in right:
                yield timestamp(start), key, value, other


def earliest(source):
    best = {}
    for row in source.rows:
        slot = (row.key, row.millis // SLOT_MILLIS)
        if row.millis >= row.watermark and row.millis < best.get(slot, (row.millis + 1,))[0]:
            best[slot] = (row.millis, row.value)
    for (key, slot), (millis, value) in best.items():
        yield key, slot, timestamp(millis), value


def windowed(source, windows_of):
    """Counts and sums of the rows of `windows_of` (time -> starts and ends) that were not over when the row came."""
    groups = collections.defaultdict(list)
    for row in source.rows:
        for start, end in windows_of(row.millis):
            if high(row) and end - 1 > row.watermark:
                groups[start, end, row.key].append(row.value)
    for (start, end, key), values in groups.items():
        yield timestamp(start), timestamp(end), key, len(values), sum(values)


def hops(source):
    """Of four minutes, every two."""
    def windows_of(millis):
        last = millis // WINDOW_MILLIS * WINDOW_MILLIS
        return [(start, start + 2 * WINDOW_MILLIS) for start in (last - WINDOW_MILLIS, last)]
    return windowed(source, windows_of)


def cumulated(source):
    """Up to six minutes, in steps of two."""
    def windows_of(millis):
        start = millis // (3 * WINDOW_MILLIS) * (3 * WINDOW_MILLIS)
        return [(start, end) for end in (start + step * WINDOW_MILLIS for step in (1, 2, 3)) if millis < end]
    return windowed(source, windows_of)


def ranked(columns, table, partition, order, count):
    return (f"SELECT {columns} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {partition} ORDER BY {order}) AS rn "
            f"FROM {table}) AS r WHERE rn <= {count}")


UPDATING = (
    Kind("joined", "k INT, n BIGINT, s BIGINT, v BIGINT",
         "SELECT l.k, l.n, l.s, r.v FROM (SELECT k, COUNT(*) AS n, SUM(v) AS s FROM events WHERE v > 950 GROUP BY k) AS l "
         "LEFT JOIN (SELECT k, v FROM events WHERE v < -980) AS r ON l.k = r.k", join),
    Kind("greatest", "k INT, v BIGINT, ts TIMESTAMP(3)", ranked("k, v, ts", "events", "k", "v DESC, ts", 3), greatest),
    Kind("leaders", "g INT, k INT, n BIGINT",
         ranked("g, k, n", "(SELECT k / 30 AS g, k, COUNT(*) AS n FROM events WHERE v > 900 GROUP BY k) AS c", "g",
                "n DESC, k", 4), leaders),
    Kind("newest", "k INT, ts TIMESTAMP(3)", ranked("k, ts", "events", "k", "ts DESC", 1), newest),
    Kind("normalized", "k INT, v BIGINT", "SELECT k, v FROM upserts", normalized),
    Kind("materialized", "g INT, v BIGINT, k INT, ts TIMESTAMP(3), PRIMARY KEY (g) NOT ENFORCED",
         ranked("g, v, k, ts", "(SELECT *, k / 10 AS g FROM events) AS e", "g", "v DESC, ts, k", 1), materialized,
         upserts=True),
    Kind("both", "k INT, v BIGINT, k2 INT, u BIGINT",
         "SELECT l.k, l.v, r.k, r.v FROM (SELECT k, v FROM events WHERE v > 985) AS l FULL JOIN "
         "(SELECT k, v FROM events WHERE v < -985) AS r ON l.k = r.k", both),
    Kind("met", "k INT, v BIGINT, ts TIMESTAMP(3)",
         "SELECT k, v, ts FROM events WHERE v > 900 AND k IN (SELECT k FROM events WHERE v < -995)", met),
    Kind("unmet", "k INT, v BIGINT, ts TIMESTAMP(3)",
         "SELECT k, v, ts FROM (SELECT * FROM events WHERE v > 900) AS h WHERE NOT EXISTS ("
         "SELECT * FROM (SELECT * FROM events WHERE v < -995) AS l WHERE l.k = h.k)", unmet),
    Kind("reached", "a INT, b BIGINT",
         "WITH RECURSIVE ways AS (SELECT k AS a, (k * 7 + v) % 300 AS b FROM events WHERE v > 985), r (a, b) AS ("
         "SELECT a, b FROM ways WHERE a < 8 UNION SELECT r.a, w.b FROM r JOIN ways AS w ON r.b = w.a) SELECT a, b FROM r",
         reached),
    Kind("fallen", "k INT, v BIGINT, d INT",
         "WITH RECURSIVE f (k, v, d) AS (SELECT k, v, 0 FROM events WHERE v > 990 UNION ALL "
         "SELECT k, v - d, d + 1 FROM f WHERE d < 5) SELECT k, v, d FROM f", fallen),
)
TIMED = (
    Kind("sessions", "w TIMESTAMP(3), e TIMESTAMP(3), k INT, n BIGINT, s BIGINT",
         "WITH gains AS (SELECT * FROM events WHERE v > 0) SELECT window_start, window_end, k, COUNT(*), SUM(v) FROM TABLE("
         "SESSION(TABLE gains PARTITION BY k, DESCRIPTOR(ts), INTERVAL '60.001' SECOND)) GROUP BY window_start, window_end, k",
         sessions, timed=True),
    Kind("interval_joined", "k INT, v BIGINT, u BIGINT",
         f"SELECT l.k, l.v, r.v FROM {HIGH} AS l JOIN {LOW} AS r ON l.k = r.k AND r.ts BETWEEN l.ts - INTERVAL '60.001' "
         "SECOND AND l.ts + INTERVAL '60.001' SECOND", interval_join, timed=True),
    Kind("window_joined", "w TIMESTAMP(3), k INT, v BIGINT, u BIGINT",
         "WITH high AS (SELECT * FROM events WHERE v > 900), low AS (SELECT * FROM events WHERE v < -900) SELECT "
         f"l.window_start, l.k, l.v, r.v FROM {WINDOW.format('high')} AS l JOIN {WINDOW.format('low')} AS r ON l.k = r.k "
         "AND l.window_start = r.window_start AND l.window_end = r.window_end", window_join, timed=True),
    Kind("earliest", "k INT, slot INT, ts TIMESTAMP(3), v BIGINT",
         ranked("k, slot, ts, v", "(SELECT *, TIMESTAMPDIFF(MINUTE, TIMESTAMP '1970-01-01 00:00:00', ts) / 5 AS slot "
                "FROM events) AS e", "k, slot", "ts", 1), earliest, timed=True),
    Kind("hops", "w TIMESTAMP(3), e TIMESTAMP(3), k INT, n BIGINT, s BIGINT", OF_HIGH.format(
        "HOP(TABLE high, DESCRIPTOR(ts), INTERVAL '2' MINUTE, INTERVAL '4' MINUTE)"), hops, timed=True),
    Kind("cumulated", "w TIMESTAMP(3), e TIMESTAMP(3), k INT, n BIGINT, s BIGINT", OF_HIGH.format(
        "CUMULATE(TABLE high, DESCRIPTOR(ts), INTERVAL '2' MINUTE, INTERVAL '6' MINUTE)"), cumulated, timed=True),
)
