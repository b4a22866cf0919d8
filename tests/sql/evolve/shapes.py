"""Operators of rows.py: how each is written, and what rows it has, columns k, a and b, computed from the rows of its
inputs. Nothing here calls weir."""
import collections
import dataclasses
import typing

from expressions import TRUE, sql, value, with_columns

FUNCTIONS = ("SUM", "MAX", "MIN", "COUNT")
WINDOW = {
    "TUMBLE": "TABLE(TUMBLE(TABLE {{table}}, DESCRIPTOR(ts), INTERVAL '{size}' SECOND))",
    "HOP": "TABLE(HOP(TABLE {{table}}, DESCRIPTOR(ts), INTERVAL '{half}' SECOND, INTERVAL '{size}' SECOND))",
    "CUMULATE": "TABLE(CUMULATE(TABLE {{table}}, DESCRIPTOR(ts), INTERVAL '{half}' SECOND, INTERVAL '{size}' SECOND))",
    "SESSION": "TABLE(SESSION(TABLE {{table}} PARTITION BY {{key}}, DESCRIPTOR(ts), INTERVAL '{size}' SECOND))",
}
SETS = ("UNION", "INTERSECT", "EXCEPT")


@dataclasses.dataclass(frozen=True)
class Shape:
    sql: typing.Callable            # of a query
    rows: typing.Callable           # of a query, the rows of its inputs and the time until which windows have ended
    window: str = ""                # of its inputs; "how": the query says it
    sides: int = 1                  # 2: of joins and sets
    union: bool = False             # may read a UNION ALL, which has no time
    ranks: bool = False
    calls: bool = False             # has functions that a FILTER may precede
    hows: tuple = ()                # what query.how may be
    by: bool = False                # grouped or partitioned by a column of choice
    inserts: bool = False           # never takes a row back

    def windows(self, query):
        kind = query.how if self.window == "how" else self.window
        return WINDOW[kind].format(size=query.size, half=step(query)) if kind else ""


def step(query):
    """Of windows that follow each other sooner than they end."""
    return 5 if query.operator == "copies" else query.size // 2


# --- rows -----------------------------------------------------------------------------------------

def parted(rows, by):
    found = collections.defaultdict(list)
    for row in rows:
        found[by(row)].append(row)
    return found


def picked(row):
    return {"k": row["k"], "g": row["g"], "a": row["x"], "b": row["y"]}


def ascending(cell):
    """As a key to sort by: NULLs come first."""
    return (cell is not None, cell or 0)


def descending(cell):
    return (cell is None, -(cell or 0))


def sessions(rows, key, gap):
    """Place of a row -> (start, end) of its session; those that touch are one."""
    found = {}
    for part in parted(enumerate(rows), lambda pair: pair[1][key]).values():
        session = []
        for place, row in part + [(None, None)]:
            if session and (row is None or row["ts"] - rows[session[-1]]["ts"] > gap):
                bounds = (int(rows[session[0]]["ts"]), rows[session[-1]]["ts"] + gap)
                found.update({one: bounds for one in session})
                session = []
            session.append(place)
    return found


def windows_of(query, row):
    """(start, end) of those that a row is in."""
    kind = query.how if query.shape.window == "how" else query.shape.window
    size, half, t = query.size, step(query), row["t"]
    if kind == "SESSION":
        return [row["session"]]
    if kind == "TUMBLE":
        return [(t // size * size, t // size * size + size)]
    if kind == "HOP":
        last = t // half * half
        return [(start, start + size) for start in range(last, t - size, -half)]
    start = t // size * size
    return [(start, end) for end in range(start + half, start + size + half, half) if end > t]


def in_windows(query, rows, until):
    """((start, end), row) of windows that have ended."""
    return [(window, row) for row in rows for window in windows_of(query, row) if window[1] <= until]


# --- aggregates -----------------------------------------------------------------------------------

def call(function, column, only=""):
    only = f" FILTER (WHERE {only})" if only else ""
    text = f"{function}({column}){only}"
    return f"CAST({text} AS INT)" if function == "COUNT" else text


def called(function, cells):
    cells = [cell for cell in cells if cell is not None]
    if function == "COUNT":
        return len(cells)
    return {"SUM": sum, "MAX": max, "MIN": min}[function](cells) if cells else None


def calls(query, x="", y=""):
    """Both, over the columns x and y of the query or others; the first one's FILTER is a condition on y."""
    x, y = x or query.names()[0], y or query.names()[1]
    only = "" if query.only == TRUE else sql(with_columns(query.only, {"y": y}))
    return [f"{call(query.functions[0], x, only)} AS a", f"{call(query.functions[1], y)} AS b"]


def aggregated(query, key, part):
    chosen = [row["x"] for row in part if value(query.only, row, query.zone)]
    return {"k": key, "a": called(query.functions[0], chosen), "b": called(query.functions[1], [row["y"] for row in part])}


def agg_sql(query):
    ends = ", window_start, window_end" if query.shape.window else ""
    return query.listed([f"{query.by} AS k", *calls(query)], f"FROM {query.source()} GROUP BY {query.by}{ends}")


def agg_rows(query, sides, until):
    rows = [row for side in sides for row in side]
    if query.shape.window:
        parts = parted(in_windows(query, rows, until), lambda pair: (pair[0], pair[1][query.by]))
        return [aggregated(query, key, [row for _, row in part]) for (_, key), part in parts.items()]
    return [aggregated(query, key, part) for key, part in parted(rows, lambda row: row[query.by]).items()]


def copies_sql(query):
    """Nobody reads the windows, so that all they do is to give rows several times."""
    return query.listed([f"{query.by} AS k", *calls(query)], f"FROM {query.source()} GROUP BY {query.by}")


def copies_rows(query, sides, _):
    rows = [row for side in sides for row in side for _ in windows_of(query, row)]
    return [aggregated(query, key, part) for key, part in parted(rows, lambda row: row[query.by]).items()]


def list_sql(query):
    x, y = query.names()
    columns = [f"{query.by} AS k", f"CAST(CHAR_LENGTH(LISTAGG(CAST({x} AS STRING))) AS INT) AS a",
               f"CAST(COUNT(DISTINCT {y}) AS INT) AS b"]
    return query.listed(columns, f"FROM {query.source()} GROUP BY {query.by}")


def list_rows(query, sides, _):
    for key, part in parted([row for side in sides for row in side], lambda row: row[query.by]).items():
        texts = [str(row["x"]) for row in part if row["x"] is not None]
        yield {"k": key, "a": len(",".join(texts)) if texts else None,
               "b": len({row["y"] for row in part if row["y"] is not None})}


def distinct_sql(query):
    x, y = query.names()
    return f"SELECT DISTINCT {query.by} AS k, {x} AS a, {y} AS b FROM {query.source()}"


def distinct_rows(query, sides, _):
    return [{"k": k, "a": a, "b": b}
            for k, a, b in {(row[query.by], row["x"], row["y"]) for side in sides for row in side}]


def counts_sql(query):
    x, _ = query.names()
    return f"SELECT k, g, SUM({x}) AS x, CAST(COUNT(*) AS INT) AS y FROM {query.source()} GROUP BY k, g"


def counts_rows(sides):
    parts = parted([row for side in sides for row in side], lambda row: (row["k"], row["g"]))
    return [{"k": k, "g": g, "x": called("SUM", [row["x"] for row in part]), "y": len(part), "at": 0}
            for (k, g), part in parts.items()]


# --- ranks ----------------------------------------------------------------------------------------

def order(query):
    """What the order by x and y says: "x DESC, y"."""
    x, y = query.names()
    first = f"{x}{' DESC' if query.descending else ''}"
    return first if query.rising is None else f"{first}, {y}{'' if query.rising else ' DESC'}, k"


def order_key(query, row):
    """Of rows that the order does not tell apart the first to come is first."""
    first = (descending if query.descending else ascending)(row["x"])
    second = () if query.rising is None else ((ascending if query.rising else descending)(row["y"]), row["k"])
    return (first, *second, row["at"])


def ranked(query, rows, by, key):
    for part in parted(rows, by).values():
        yield from map(picked, sorted(part, key=key)[query.first - 1:query.last])


def rank_condition(query):
    return f"rn <= {query.last}" if query.first == 1 else f"rn BETWEEN {query.first} AND {query.last}"


def topn_sql(query):
    x, y = query.names()
    window = "window_start, window_end, " if query.shape.window else ""
    return (f"SELECT k, {x} AS a, {y} AS b FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {window}{query.by} ORDER BY "
            f"{order(query)}) AS rn FROM {query.source()}) AS r WHERE {rank_condition(query)}")


def topn_rows(query, sides, until):
    rows = [row for side in sides for row in side]
    if not query.shape.window:
        return ranked(query, rows, lambda row: row[query.by], lambda row: order_key(query, row))
    pairs = [{**row, "window": window} for window, row in in_windows(query, rows, until)]
    return ranked(query, pairs, lambda row: (row["window"], row[query.by]), lambda row: order_key(query, row))


def limit_text(query):
    offset = f" OFFSET {query.first - 1}" if query.first > 1 else ""
    return f"LIMIT {query.last - query.first + 1}{offset}"


def limit_sql(query):
    x, y = query.names()
    return f"SELECT k, {x} AS a, {y} AS b FROM {query.source()} ORDER BY {order(query)} {limit_text(query)}"


def limit_rows(query, sides, _):
    rows = [row for side in sides for row in side]
    return ranked(query, rows, lambda row: None, lambda row: order_key(query, row))


def limit_agg_sql(query):
    x, y = query.names()
    limited = f"SELECT k, {x}, {y} FROM {query.source()} ORDER BY {order(query)} {limit_text(query)}"
    return query.listed(["k", *calls(query)], f"FROM ({limited}) AS l GROUP BY k")


def limit_agg_rows(query, sides, _):
    rows = sorted((row for side in sides for row in side), key=lambda row: order_key(query, row))
    kept = rows[query.first - 1:query.last]
    return [aggregated(query, key, part) for key, part in parted(kept, lambda row: row["k"]).items()]


def agg_topn_sql(query):
    first = " DESC" if query.descending else ""
    return (f"SELECT k, x AS a, y AS b FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x{first}, g) AS rn "
            f"FROM ({counts_sql(query)}) AS counts) AS r WHERE {rank_condition(query)}")


def agg_topn_rows(query, sides, _):
    key = descending if query.descending else ascending
    return ranked(query, counts_rows(sides), lambda row: row["k"], lambda row: (key(row["x"]), row["g"]))


def agg_limit_sql(query):
    first = " DESC" if query.descending else ""
    return f"SELECT k, x AS a, y AS b FROM ({counts_sql(query)}) AS counts ORDER BY x{first}, k, g {limit_text(query)}"


def agg_limit_rows(query, sides, _):
    key = descending if query.descending else ascending
    return ranked(query, counts_rows(sides), lambda row: None, lambda row: (key(row["x"]), row["k"], row["g"]))


def dedup_sql(query):
    x, y = query.names()
    return (f"SELECT k, {x} AS a, {y} AS b FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {query.by} ORDER BY ts"
            f"{' DESC' if query.descending else ''}) AS rn FROM {query.source()}) AS r WHERE rn = 1")


def dedup_rows(query, sides, _):
    best = max if query.descending else min
    return [picked(best(part, key=lambda row: row["t"])) for part in parted(sides[0], lambda row: row[query.by]).values()]


# --- joins ----------------------------------------------------------------------------------------

def condition(query):
    left, right = query.inputs
    text = "l.k = r.k"
    if query.on:
        text += f" AND l.{left.names[0]} {query.on} r.{right.names[0]}"
    if query.operator in INTERVALS:
        before, behind = query.reach
        text += f" AND r.ts BETWEEN l.ts - INTERVAL '{before}' SECOND AND l.ts + INTERVAL '{behind}' SECOND"
    if query.operator == "wjoin":
        text += " AND l.window_start = r.window_start AND l.window_end = r.window_end"
    return text


def join_sql(query):
    left, right = query.inputs
    sides = [f"({one.select(query, query.shape.windows(query))}) AS {alias}" for one, alias in ((left, "l"), (right, "r"))]
    how = query.how
    if query.swapped:
        sides, how = sides[::-1], {"LEFT JOIN": "RIGHT JOIN", "RIGHT JOIN": "LEFT JOIN"}.get(how, how)
    return (f"SELECT l.k AS k, l.{left.names[0]} AS a, r.{right.names[0]} AS b FROM {sides[0]} {how} {sides[1]} ON "
            f"{condition(query)}")


def meets(query, row, other):
    if row["k"] != other["k"] or (query.on and not value((query.on, ("lit", row["x"]), ("lit", other["x"])), {})):
        return False
    if query.operator in INTERVALS:
        return -query.reach[0] <= other["t"] - row["t"] <= query.reach[1]
    return query.operator != "wjoin" or row["t"] // query.size == other["t"] // query.size


def pairs(query, left, right, until):
    if query.operator == "wjoin":
        left, right = ([row for _, row in in_windows(query, rows, until)] for rows in (left, right))
    matched = set()
    for row in left:
        others = [place for place, other in enumerate(right) if meets(query, row, other)]
        matched.update(others)
        yield from ((row, right[place]) for place in others)
        if not others and query.how in ("LEFT JOIN", "FULL JOIN") and given_up(query, row, query.reach[1], until):
            yield row, None
    for place, other in enumerate(right):
        if place not in matched and query.how in ("RIGHT JOIN", "FULL JOIN") and given_up(query, other, query.reach[0], until):
            yield None, other


def given_up(query, row, reach, until):
    """Whether nothing can meet the row any more, where that takes time."""
    return query.operator != "ijoin" or row["t"] + reach < until


def join_rows(query, sides, until):
    for row, other in pairs(query, *sides, until):
        yield {"k": row and row["k"], "a": row and row["x"], "b": other and other["x"]}


def tjoin_sql(query):
    left, right = query.inputs
    versions = f"SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM ({right.select(query)}) AS s"
    return (f"WITH versions AS (SELECT k, {right.names[0]}, ts FROM ({versions}) AS d WHERE rn = 1) SELECT l.k AS k, l.{left.names[0]} "
            f"AS a, r.{right.names[0]} AS b FROM ({left.select(query)}) AS l {query.how} versions FOR SYSTEM_TIME AS OF l.ts AS r ON "
            f"{condition(query)}")


def tjoin_rows(query, sides, until):
    for row in sides[0]:
        if row["t"] > until:
            continue
        past = [other for other in sides[1] if other["k"] == row["k"] and other["t"] <= row["t"]]
        valid = max(past, key=lambda other: other["t"], default=None)
        if valid is not None and not meets(query, row, valid):
            valid = None
        if valid is not None or query.how == "LEFT JOIN":
            yield {"k": row["k"], "a": row["x"], "b": valid and valid["x"]}


def semi_sql(query):
    left, right = query.inputs
    return (f"SELECT k, {left.names[0]} AS a, {left.names[1]} AS b FROM ({left.select(query)}) AS l WHERE {query.how} (SELECT * "
            f"FROM ({right.select(query)}) AS r WHERE {condition(query)})")


def semi_rows(query, sides, _):
    left, right = sides
    for row in left:
        if any(meets(query, row, other) for other in right) == (query.how == "EXISTS"):
            yield picked(row)


def join_agg_sql(query):
    return query.listed(["k", *calls(query, "a", "b")], f"FROM ({join_sql(query)}) AS j GROUP BY k")


def join_agg_rows(query, sides, until):
    rows = [{"x": row["a"], "y": row["b"], **row} for row in join_rows(query, sides, until)]
    return [aggregated(query, key, part) for key, part in parted(rows, lambda row: row["k"]).items()]


def pairs_agg_sql(query):
    """Rows with two times, in windows by one of them: window_start is a key as any other."""
    left, right = query.inputs
    sides = [f"({one.select(query)}) AS {alias}" for one, alias in ((left, "l"), (right, "r"))]
    paired = (f"SELECT l.k AS k, l.{left.names[0]} AS x, r.{right.names[0]} AS y, l.ts AS t0, r.ts AS t1 FROM "
              f"{' JOIN '.join(sides[::-1] if query.swapped else sides)} ON {condition(query)}")
    window = f"TABLE(TUMBLE(TABLE pairs, DESCRIPTOR(t{query.time}), INTERVAL '{query.size}' SECOND))"
    return f"WITH pairs AS ({paired}) " + query.listed(["k", *calls(query, "x", "y")], f"FROM {window} GROUP BY k, window_start")


def pairs_agg_rows(query, sides, until):
    rows = [{"k": row["k"], "x": row["x"], "y": other["x"], "t": (row, other)[query.time]["t"]}
            for row, other in pairs(query, *sides, until)]
    for (key, _), part in parted(rows, lambda row: (row["k"], row["t"] // query.size)).items():
        yield aggregated(query, key, part)


def sums_sql(query):
    """Rows that are updated, of which nothing that is left is a key: they are found by all of their columns."""
    def side(one, alias):
        x, y = one.names
        columns = ["k", f"SUM({x}) AS {x}", f"MAX({y}) AS {y}"]
        return f"({query.listed(columns, f'FROM ({one.select(query)}) AS s GROUP BY k, g')}) AS {alias}"
    left, right = query.inputs
    return (f"SELECT l.k AS k, l.{left.names[0]} - l.{left.names[1]} AS a, r.{right.names[0]} AS b FROM {side(left, 'l')} "
            f"{query.how} {side(right, 'r')} ON l.k = r.k")


def sums_rows(query, sides, _):
    left, right = ([{"k": k, "x": called("SUM", [row["x"] for row in part]), "y": called("MAX", [row["y"] for row in part])}
                    for (k, _), part in parted(side, lambda row: (row["k"], row["g"])).items()] for side in sides)
    for row, other in pairs(query, left, right, None):
        yield {"k": row and row["k"], "a": row and row["x"] - row["y"], "b": other and other["x"]}


def lookup_sql(query):
    x, y = query.names()
    return query.listed(["l.k AS k", *calls(query, "r.n", f"l.{y}")],
                        f"FROM {query.source().removesuffix(' AS s')} AS l {query.how} names FOR SYSTEM_TIME AS OF l.p AS r ON "
                        f"l.{x} = r.id GROUP BY l.k")


def lookup_rows(query, sides, _):
    found = []
    for row in sides[0]:
        names = [other["n"] for other in sides[1] if other["id"] == row["x"]]
        found += [{**row, "x": n} for n in names or ([None] if query.how == "LEFT JOIN" else [])]
    return [aggregated(query, key, part) for key, part in parted(found, lambda row: row["k"]).items()]


# --- others ---------------------------------------------------------------------------------------

def set_sql(query):
    return f" {query.how} ".join(f"SELECT k, {one.names[0]} AS a, {one.names[1]} AS b FROM ({one.select(query)}) AS s{place}"
                                 for place, one in enumerate(query.inputs))


def set_rows(query, sides, _):
    left, right = ({(row["k"], row["x"], row["y"]) for row in side} for side in sides)
    rows = {"UNION": left | right, "INTERSECT": left & right, "EXCEPT": left - right}[query.how]
    return [{"k": k, "a": a, "b": b} for k, a, b in rows]


def plain_sql(query):
    x, y = query.names()
    return query.listed(["k", f"{x} AS a", f"{y} AS b"], f"FROM {query.source()}")


def plain_rows(_, sides, __):
    return [picked(row) for side in sides for row in side]


INTERVALS = ("ijoin", "pairs-agg")
JOINS = ("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
SHAPES = {
    "agg": Shape(agg_sql, agg_rows, union=True, by=True, calls=True),
    "list": Shape(list_sql, list_rows, union=True, by=True),
    "distinct": Shape(distinct_sql, distinct_rows, union=True, by=True),
    "wagg": Shape(agg_sql, agg_rows, "how", by=True, calls=True, hows=("TUMBLE", "HOP", "CUMULATE"), inserts=True),
    "copies": Shape(copies_sql, copies_rows, "how", by=True, calls=True, hows=("TUMBLE", "HOP", "CUMULATE")),
    "session": Shape(agg_sql, agg_rows, "SESSION", calls=True, inserts=True),
    "topn": Shape(topn_sql, topn_rows, union=True, ranks=True, by=True),
    "agg-topn": Shape(agg_topn_sql, agg_topn_rows, union=True, ranks=True),
    "limit": Shape(limit_sql, limit_rows, union=True, ranks=True),
    "agg-limit": Shape(agg_limit_sql, agg_limit_rows, union=True, ranks=True),
    "limit-agg": Shape(limit_agg_sql, limit_agg_rows, union=True, ranks=True, calls=True),
    "dedup": Shape(dedup_sql, dedup_rows, by=True),
    "wtopn": Shape(topn_sql, topn_rows, "TUMBLE", ranks=True, by=True, inserts=True),
    "join": Shape(join_sql, join_rows, sides=2, hows=JOINS),
    "semi": Shape(semi_sql, semi_rows, sides=2, hows=("EXISTS", "NOT EXISTS")),
    "ijoin": Shape(join_sql, join_rows, sides=2, hows=JOINS, inserts=True),
    "wjoin": Shape(join_sql, join_rows, "TUMBLE", sides=2, hows=JOINS, inserts=True),
    "tjoin": Shape(tjoin_sql, tjoin_rows, sides=2, hows=("JOIN", "LEFT JOIN"), inserts=True),
    "join-agg": Shape(join_agg_sql, join_agg_rows, sides=2, hows=JOINS, calls=True),
    "pairs-agg": Shape(pairs_agg_sql, pairs_agg_rows, sides=2, calls=True),
    "sums": Shape(sums_sql, sums_rows, sides=2, hows=JOINS),
    "lookup": Shape(lookup_sql, lookup_rows, hows=("JOIN", "LEFT JOIN"), calls=True),
    "set": Shape(set_sql, set_rows, sides=2, hows=SETS),
    "plain": Shape(plain_sql, plain_rows, union=True, inserts=True),
}
