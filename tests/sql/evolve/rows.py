"""Queries over rows as data: their SQL, and what they come to, computed from the rows alone. Nothing here knows plans,
states or verdicts, and nothing calls weir: a restore that asks for nothing must give exactly these rows.
"""
import collections
import dataclasses

# --- expressions: tuples ("col", name), ("lit", number), (operator, left, right), ("hour", operand) ------------------

FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}
ZONES = {"UTC": 0, "Asia/Tokyo": 9}


def col(name):
    return ("col", name)


def lit(value):
    return ("lit", value)


def sql(expression, alias=""):
    kind, *rest = expression
    if kind == "col":
        return alias + rest[0]
    if kind == "lit":
        return f"'{rest[0]}'" if isinstance(rest[0], str) else str(rest[0])
    if kind == "hour":
        return f"CAST(EXTRACT(HOUR FROM TO_TIMESTAMP_LTZ(CAST({sql(rest[0], alias)} AS BIGINT) * 3600, 0)) AS INT)"
    if kind == "if":
        return f"CASE WHEN {sql(rest[0], alias)} THEN {sql(rest[1], alias)} ELSE {sql(rest[2], alias)} END"
    return f"({sql(rest[0], alias)} {kind.upper()} {sql(rest[1], alias)})"


def value(expression, row, zone="UTC"):
    kind, *rest = expression
    if kind == "col":
        return row[rest[0]]
    if kind == "lit":
        return rest[0]
    if kind == "hour":
        return (value(rest[0], row, zone) + ZONES[zone]) % 24
    if kind == "if":
        return value(rest[1] if value(rest[0], row, zone) else rest[2], row, zone)
    left = value(rest[0], row, zone)
    if kind == "and":
        return left and value(rest[1], row, zone)
    if kind == "or":
        return left or value(rest[1], row, zone)
    right = value(rest[1], row, zone)
    return {"+": lambda: left + right, "*": lambda: left * right, "-": lambda: left - right, "=": lambda: left == right,
            "<>": lambda: left != right, "<": lambda: left < right, ">": lambda: left > right,
            "<=": lambda: left <= right, ">=": lambda: left >= right}[kind]()


TRUE = ("=", lit(1), lit(1))

# --- tables -------------------------------------------------------------------------------------------------------

COLUMNS = ("k", "g", "v", "w", "ts")
TYPES = {"k": "STRING", "g": "STRING", "v": "INT", "w": "INT", "ts": "TIMESTAMP(3)"}


@dataclasses.dataclass(frozen=True)
class Table:
    """Of CSV: its columns are the values of a record in their order."""
    name: str
    columns: tuple = COLUMNS                 # in the order of the definition
    computed: tuple = ("+", col("v"), lit(1))  # the column c
    path: str = ""                           # "" : the table's name

    def definition(self):
        columns = ", ".join(f"{name} {TYPES[name]}" for name in self.columns)
        return (f"CREATE TABLE {self.name} ({columns}, c AS {sql(self.computed)}, WATERMARK FOR ts AS ts) WITH ("
                f"'connector' = 'filesystem', 'path' = '{self.path or self.name}', 'format' = 'csv', "
                "'source.monitor-interval' = '20 ms');\n")

    def directory(self):
        return (self.path or self.name).removeprefix("./").rstrip("/")

    def rows(self, records):
        """Records, tuples in the order of COLUMNS, as this definition reads them; None when it cannot."""
        for record in records:
            row = dict(zip(self.columns, record))
            if not isinstance(row["v"], int) or not isinstance(row["w"], int) or not isinstance(row["ts"], Second):
                return
            row["c"] = value(self.computed, row)
            yield row


class Second(int):
    """Of event time."""

    def __str__(self):
        return f"2026-01-01 00:{int(self) // 60:02}:{int(self) % 60:02}"


def csv(records):
    return "".join(",".join(str(cell) for cell in record) + "\n" for record in records)


# --- inputs: what an operator reads ------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Input:
    """Rows of a table, filtered and computed: columns k, g, x, y, t. `rows`: constants instead."""
    table: str = "t"
    where: tuple = TRUE
    k: tuple = col("k")
    x: tuple = col("v")
    y: tuple = col("w")
    names: tuple = ("x", "y")       # what x and y are called
    order: tuple = (0, 1)           # of x and y in the list
    nested: int = 0                 # projections on the way
    constants: tuple = ()           # (k, g, x, y) each, instead of a table; no time

    def select(self, windowed=""):
        if self.constants:
            return "SELECT * FROM (VALUES " + ", ".join(
                f"('{k}', '{g}', {x}, {y})" for k, g, x, y in self.constants) + ") AS c (k, g, x, y)"
        parts = [f"{sql(self.x)} AS {self.names[0]}", f"{sql(self.y)} AS {self.names[1]}"]
        times = "window_start, window_end" if windowed else "ts"
        text = f"SELECT {sql(self.k)} AS k, g, {', '.join(parts[i] for i in self.order)}, {times} FROM "
        text += windowed.format(self.table) if windowed else self.table
        if self.where != TRUE:
            text += f" WHERE {sql(self.where)}"
        for level in range(self.nested):
            names = ", ".join(self.names[i] for i in self.order[::-1 if level % 2 == 0 else 1])
            text = f"SELECT k, g, {names}, {times} FROM ({text}) AS n{level}"
        return text

    def plain(self):
        """For UNION ALL, by places and without time."""
        if self.constants:
            return self.select()
        return f"SELECT k, g, {self.names[0]}, {self.names[1]} FROM ({self.select()}) AS p"

    def rows(self, query, inputs):
        for k, g, x, y in self.constants:
            yield {"k": k, "g": g, "x": x, "y": y, "t": None, "at": (1, 0)}
        if self.constants:
            return
        table = query.table(self.table)
        for place, row in enumerate(table.rows(inputs[table.directory()])):
            if value(self.where, row, query.zone):
                yield {"k": value(self.k, row, query.zone), "g": row["g"], "x": value(self.x, row, query.zone),
                       "y": value(self.y, row, query.zone), "t": row["ts"], "at": (0, place)}


# --- queries --------------------------------------------------------------------------------------------------------

TUMBLE = "TABLE(TUMBLE(TABLE {}, DESCRIPTOR(ts), INTERVAL '10' SECOND))"
KEEP_ROWS = ("topn", "limit", "dedup", "join", "ijoin", "wjoin", "wtopn", "agg-topn")
WINDOWED = ("wagg", "wtopn", "wjoin")
OPERATORS = ("agg", "distinct", *KEEP_ROWS, "wagg", "plain")


@dataclasses.dataclass(frozen=True)
class Query:
    operator: str = "agg"
    inputs: tuple = (Input(),)      # two for joins; else the branches of a UNION ALL
    by: str = "k"                   # group or partition
    last: int = 2                   # ranks
    first: int = 1
    descending: bool = True
    join: str = "JOIN"
    swapped: bool = False           # sides of the join, as written
    output: tuple = (col("k"), col("a"), col("b"))
    having: tuple = TRUE            # behind the operator
    turned: bool = False            # the list of the CTE backwards
    readers: int = 1                # sinks over the same CTE
    second: tuple = (col("k"), col("a"), col("b"))
    tables: tuple = (Table("t"), Table("u"))
    sink: tuple = ("k", "a", "b")   # columns of the definition
    overwrite: bool = False
    zone: str = "UTC"

    def table(self, name):
        return next(table for table in self.tables if table.name == name)

    # --- SQL

    def source(self):
        if len(self.inputs) == 1:
            return self.inputs[0].select(TUMBLE if self.operator in WINDOWED else "")
        return " UNION ALL ".join(branch.plain() for branch in self.inputs)

    def names(self):
        return self.inputs[0].names if not self.inputs[0].constants else ("x", "y")

    def cte(self):
        x, y = self.names()
        source = "" if "join" in self.operator else f"({self.source()}) AS s"
        direction = " DESC" if self.descending else ""
        ranks = f"rn <= {self.last}" if self.first == 1 else f"rn BETWEEN {self.first} AND {self.last}"
        by = self.by
        if self.operator == "plain":
            return self.listed(["k", f"{x} AS a", f"{y} AS b"], f"FROM {source}")
        if self.operator == "agg":
            return self.listed([f"{by} AS k", f"SUM({x}) AS a", f"MAX({y}) AS b"], f"FROM {source} GROUP BY {by}")
        if self.operator == "distinct":
            return f"SELECT DISTINCT {by} AS k, {x} AS a, {y} AS b FROM {source}"
        if self.operator == "wagg":
            return self.listed([f"{by} AS k", f"SUM({x}) AS a", f"MAX({y}) AS b"],
                               f"FROM {source} GROUP BY {by}, window_start, window_end")
        if self.operator == "topn":
            over = f"PARTITION BY {by} ORDER BY {x}{direction}, {y}"
        elif self.operator == "wtopn":
            over = f"PARTITION BY window_start, window_end, {by} ORDER BY {x}{direction}, {y}"
        elif self.operator == "dedup":
            over, ranks = f"PARTITION BY {by} ORDER BY ts DESC", "rn = 1"
        if self.operator in ("topn", "wtopn", "dedup"):
            return (f"SELECT k, {x} AS a, {y} AS b FROM (SELECT *, ROW_NUMBER() OVER ({over}) AS rn FROM {source}) AS r "
                    f"WHERE {ranks}")
        if self.operator == "limit":
            offset = f" OFFSET {self.first - 1}" if self.first > 1 else ""
            return (f"SELECT k, {x} AS a, {y} AS b FROM {source} ORDER BY {x}{direction}, {y}, k "
                    f"LIMIT {self.last - self.first + 1}{offset}")
        if self.operator == "agg-topn":
            counts = f"SELECT k, g, SUM({x}) AS x, COUNT(*) AS y FROM {source} GROUP BY k, g"
            return (f"SELECT k, x AS a, CAST(y AS INT) AS b FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x"
                    f"{direction}, g) AS rn FROM ({counts}) AS counts) AS r WHERE {ranks}")
        return self.joined()

    def listed(self, columns, behind):
        return f"SELECT {', '.join(columns[::-1] if self.turned else columns)} {behind}"

    def joined(self):
        left, right = self.inputs
        window = TUMBLE if self.operator == "wjoin" else ""
        on = "l.k = r.k"
        if self.operator == "ijoin":
            on += " AND r.ts BETWEEN l.ts - INTERVAL '4' SECOND AND l.ts + INTERVAL '4' SECOND"
        if self.operator == "wjoin":
            on += " AND l.window_start = r.window_start AND l.window_end = r.window_end"
        sides = [f"({left.select(window)}) AS l", f"({right.select(window)}) AS r"]
        how = self.join
        if self.swapped:
            sides, how = sides[::-1], how.replace("LEFT", "RIGHT")
        return (f"SELECT l.k AS k, l.{left.names[0]} AS a, r.{right.names[0]} AS b FROM {sides[0]} {how} {sides[1]} "
                f"ON {on}")

    def insert(self, sink, output):
        where = "" if self.having == TRUE else f" WHERE {sql(self.having)}"
        into = "OVERWRITE" if self.overwrite else "INTO"
        return f"INSERT {into} {sink} SELECT {', '.join(sql(e) for e in output)} FROM r{where}"

    def statement(self):
        if self.readers == 1:
            into, rest = self.insert("results", self.output).split(" SELECT ", 1)
            return f"{into} WITH r AS ({self.cte()}) SELECT {rest}"
        return "STATEMENT SET BEGIN " + "".join(
            f"{head} WITH r AS ({self.cte()}) SELECT {rest}; " for head, rest in (
                self.insert(sink, output).split(" SELECT ", 1)
                for sink, output in (("results", self.output), ("more", self.second)))) + "END"

    def sinks(self):
        types = {"k": "STRING"}
        columns = ", ".join(f"{name} {types.get(name, 'INT')}" for name in self.sink)
        text = ""
        for name in ("results", "more"):
            text += (f"CREATE TABLE {name} ({columns}) WITH ('connector' = 'filesystem', 'path' = 'out-{name}', "
                     "'format' = 'changelog');\n")
        return text

    def definitions(self):
        return "".join(table.definition() for table in self.tables) + self.sinks() + \
            f"SET 'table.local-time-zone' = '{self.zone}';\n"

    # --- what it comes to

    def result(self, inputs):
        """Sink -> rows with how often, over all records of `inputs`; windows that have ended."""
        read = [self.table(branch.table) for branch in self.inputs if not branch.constants]
        until = min((max((row["ts"] for row in table.rows(inputs[table.directory()])), default=0) for table in read), default=0)
        rows = list(self.operate([list(branch.rows(self, inputs)) for branch in self.inputs], until))
        found = {}
        for sink, output in (("results", self.output), ("more", self.second))[:self.readers]:
            found[sink] = collections.Counter(
                tuple("NULL" if cell is None else str(cell) for cell in (value_or_null(e, row, self.zone) for e in output))
                for row in rows if value(self.having, row, self.zone))
        return found

    def operate(self, sides, until):
        if "join" in self.operator:
            return self.join_rows(*sides)
        rows = [row for side in sides for row in side]
        if self.operator == "plain":
            return [{"k": row["k"], "a": row["x"], "b": row["y"]} for row in rows]
        if self.operator in ("agg", "wagg"):
            return self.groups(rows, until)
        if self.operator == "distinct":
            return [{"k": k, "a": a, "b": b} for k, a, b in {(row[self.by], row["x"], row["y"]) for row in rows}]
        if self.operator == "agg-topn":
            parts = parted(rows, lambda row: (row["k"], row["g"]))
            rows = [{"k": k, "g": g, "x": sum(row["x"] for row in part), "y": len(part), "at": g}
                    for (k, g), part in parts.items()]
            return self.ranked(rows, lambda row: row["k"], lambda row: (row["x"] * self.sign, row["g"]))
        if self.operator == "dedup":
            return [picked(max(part, key=lambda row: (row["t"], row["at"])))
                    for part in parted(rows, lambda row: row[self.by]).values()]
        if self.operator == "wtopn":
            rows = [row for row in rows if row["t"] // 10 * 10 + 10 <= until]
            return self.ranked(rows, lambda row: (row["t"] // 10, row[self.by]),
                               lambda row: (row["x"] * self.sign, row["y"]))
        if self.operator == "limit":
            return self.ranked(rows, lambda row: None, lambda row: (row["x"] * self.sign, row["y"], row["k"]))
        return self.ranked(rows, lambda row: row[self.by], lambda row: (row["x"] * self.sign, row["y"]))

    @property
    def sign(self):
        return -1 if self.descending else 1

    def ranked(self, rows, by, key):
        for part in parted(rows, by).values():
            for row in sorted(part, key=lambda row: (key(row), row["at"]))[self.first - 1:self.last]:
                yield picked(row)

    def groups(self, rows, until):
        window = (lambda row: row["t"] // 10) if self.operator == "wagg" else (lambda row: 0)
        for (start, key), part in parted(rows, lambda row: (window(row), row[self.by])).items():
            if self.operator == "agg" or start * 10 + 10 <= until:
                yield {"k": key, "a": sum(row["x"] for row in part), "b": max(row["y"] for row in part)}

    def join_rows(self, left, right):
        for row in left:
            pairs = [other for other in right if other["k"] == row["k"] and self.meets(row, other)]
            for other in pairs:
                yield {"k": row["k"], "a": row["x"], "b": other["x"]}
            if not pairs and "LEFT" in self.join:
                yield {"k": row["k"], "a": row["x"], "b": None}

    def meets(self, row, other):
        if self.operator == "ijoin":
            return abs(row["t"] - other["t"]) <= 4
        return self.operator == "join" or row["t"] // 10 == other["t"] // 10


def value_or_null(expression, row, zone):
    try:
        return value(expression, row, zone)
    except TypeError:  # an operand is NULL
        return None


def picked(row):
    return {"k": row["k"], "a": row["x"], "b": row["y"]}


def parted(rows, by):
    found = collections.defaultdict(list)
    for row in rows:
        found[by(row)].append(row)
    return found


def records(chooser, count=24):
    """Two phases of both tables, files of phase: in the order of their times, which never repeat."""
    made = {}
    for table, start in (("t", 1), ("u", 2)):
        seconds = [Second(start + 2 * i) for i in range(2 * count)]
        rows = [(chooser.choice("abc"), chooser.choice("xyz"), chooser.randrange(10), chooser.randrange(10), second)
                for second in seconds]
        made[table] = [rows[:count], rows[count:] + [("zz", "zz", 1, 1, Second(200 + start))]]
    return made


