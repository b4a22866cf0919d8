"""Queries over rows as data: tables, inputs, the statement, and what it comes to, computed from the rows alone. Nothing
here knows plans, states or verdicts, and nothing calls weir: a restore that asks for nothing must give exactly these rows.
Operators are in shapes.py.
"""
import collections
import dataclasses

import shapes
from expressions import TRUE, col, columns, lit, sql, value, with_columns

# --- tables -------------------------------------------------------------------------------------------------------

COLUMNS = ("k", "g", "v", "w", "ts")
TYPES = {"k": "STRING", "g": "STRING", "v": "INT", "w": "INT", "ts": "TIMESTAMP(3)"}
LENGTHS = {"file.name": 5, "file.path": 1000}  # "0.csv"; of a path nobody knows, but not that


@dataclasses.dataclass(frozen=True)
class Table:
    """Of CSV: its columns are the values of a record in their order."""
    name: str
    columns: tuple = COLUMNS                 # in the order of the definition
    computed: tuple = ("+", col("v"), lit(1))  # the column c
    path: str = ""                           # "" : the table's name
    metadata: str = "file.name"              # the column f
    delay: int = 0                           # of the watermark, in seconds
    called: tuple = ()                       # (column, name) of those that have another name in all of the SQL
    watched: bool = True                     # what comes after the start is read, too
    numbers: str = "INT"                     # the type of v and w
    header: bool = False                     # the first line of each file names the columns, as COLUMNS has them

    def sql(self, expression):
        return sql(with_columns(expression, dict(self.called)))

    def definition(self):
        called = dict(self.called)
        types = {**TYPES, "v": self.numbers, "w": self.numbers}
        columns = ", ".join(f"{called.get(name, name)} {types[name]}" for name in self.columns)
        header = ", 'csv.header' = 'true'" if self.header else ""
        watched = ", 'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s'" if self.watched else ""
        return (f"CREATE TABLE {self.name} ({columns}, f STRING METADATA FROM '{self.metadata}', c AS {self.sql(self.computed)}, "
                f"p AS PROCTIME(), WATERMARK FOR ts AS {self.watermark()}) WITH ('connector' = 'filesystem', 'path' = '"
                f"{self.path or self.name}', 'format' = 'csv'{header}{watched});\n")

    def watermark(self):
        return f"ts - INTERVAL '{self.delay}' SECOND" if self.delay else "ts"

    def directory(self):
        return (self.path or self.name).removeprefix("./").removeprefix("x/../").rstrip("/")

    def rows(self, records):
        """Records, tuples in the order of COLUMNS, as this definition reads them; none when it cannot."""
        for record in records:
            row = dict(zip(COLUMNS if self.header else self.columns, record))
            if not isinstance(row["v"], int) or not isinstance(row["w"], int) or not isinstance(row["ts"], Second):
                return
            row["f"] = LENGTHS[self.metadata]
            row["c"] = value(self.computed, row)
            yield row


@dataclasses.dataclass(frozen=True)
class LookedUp(Table):
    """A file that is looked up by a number: id, n, and m, which nobody reads."""
    columns: tuple = ("id", "n", "m")
    path: str = "names.csv"

    def definition(self):
        columns = ", ".join(f"{name} INT" for name in self.columns)
        return (f"CREATE TABLE {self.name} ({columns}) WITH ('connector' = 'filesystem', 'path' = '{self.path}', "
                "'format' = 'csv');\n")


class Second(int):
    """Of event time."""

    def __str__(self):
        return f"2026-01-01 00:{int(self) // 60:02}:{int(self) % 60:02}"


def csv(records):
    return "".join(",".join(str(cell) for cell in record) + "\n" for record in records)


def records(chooser, count=24):
    """Two phases of all tables, files of each in the order of their times, which never repeat; and what is looked up,
    which is the same in both. Beside the cut all rows have one key: what a join still needs of the first phase shows."""
    made = {}
    beside = range(count - 4, count + 4)
    for table, start in (("t", 1), ("u", 2), ("t2", 1)):
        seconds = [Second(start + 2 * i) for i in range(2 * count)]
        rows = [("a" if i in beside else chooser.choice("abc"), chooser.choice("xyz"), chooser.randrange(10),
                 chooser.randrange(10), second) for i, second in enumerate(seconds)]
        made[table] = [rows[:count], rows[count:] + [("zz", "zz", 1, 1, Second(200 + start))]]
    for name in ("names.csv", "others.csv"):
        made[name] = [[(number, chooser.randrange(100), chooser.randrange(100)) for number in range(10)], []]
    return made


# --- inputs: what an operator reads ------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Input:
    """Rows of a table, filtered and computed: columns k, g, x, y, t. `constants`: those instead."""
    table: str = "t"
    where: tuple = TRUE
    k: tuple = col("k")
    x: tuple = col("v")
    y: tuple = col("w")
    names: tuple = ("x", "y")       # what x and y are called
    order: tuple = (0, 1)           # of x and y in the list
    nested: int = 0                 # projections on the way
    constants: tuple = ()           # (k, g, x, y) each, instead of a table; no time

    def select(self, query, windows=""):
        """`windows`: the window function around the table."""
        if self.constants:
            return "SELECT * FROM (VALUES " + ", ".join(
                f"('{k}', '{g}', {x}, {y})" for k, g, x, y in self.constants) + f") AS c (k, g, {', '.join(self.names)})"
        table = query.table(self.table)
        parts = [f"{table.sql(self.x)} AS {self.names[0]}", f"{table.sql(self.y)} AS {self.names[1]}"]
        times = "window_start, window_end" if windows else "ts, p"
        text = f"SELECT {sql(self.k)} AS k, g, {', '.join(parts[i] for i in self.order)}, {times} FROM "
        text += windows.format(table=self.table, key=sql(self.k)) if windows else self.table
        if self.where != TRUE:
            text += f" WHERE {table.sql(self.where)}"
        for level in range(self.nested):
            names = ", ".join(self.names[i] for i in self.order[::-1 if level % 2 == 0 else 1])
            text = f"SELECT k, g, {names}, {times} FROM ({text}) AS n{level}"
        return text

    def plain(self, query):
        """For UNION ALL, by places and without time."""
        if self.constants:
            return self.select(query)
        return f"SELECT k, g, {self.names[0]}, {self.names[1]} FROM ({self.select(query)}) AS p"

    def rows(self, query, inputs):
        for k, g, x, y in self.constants:
            yield {"k": k, "g": g, "x": x, "y": y, "t": None, "at": (1, 0), "session": None}
        if self.constants:
            return
        table = query.table(self.table)
        # A row that a condition drops makes no session longer.
        passed = [row for row in table.rows(inputs[table.directory()]) if value(self.where, row, query.zone)]
        sessions = shapes.sessions(passed, self.k[1], query.size) if query.operator == "session" else {}
        for place, row in enumerate(passed):
            yield {"k": value(self.k, row, query.zone), "g": row["g"], "x": value(self.x, row, query.zone),
                   "y": value(self.y, row, query.zone), "t": row["ts"], "at": (0, place), "session": sessions.get(place)}


# --- queries --------------------------------------------------------------------------------------------------------

OLD_ROW = ("old", "0", "0")  # is in the first sink's directory before the job, where its format is CSV
OUTPUT = (col("k"), col("a"), col("b"))


@dataclasses.dataclass(frozen=True)
class Query:
    operator: str = "agg"
    inputs: tuple = (Input(),)      # two for joins and sets; else the branches of a UNION ALL
    by: str = "k"                   # group or partition
    functions: tuple = ("SUM", "MAX")
    only: tuple = TRUE              # the FILTER of the first function
    last: int = 2                   # ranks
    first: int = 1
    descending: bool = True
    rising: bool = True             # the second key of the order; None: there is none
    how: str = "JOIN"               # of a join, a set or a window
    on: str = ""                    # further condition of a join, between x of both sides
    reach: tuple = (4, 4)           # of an interval join, in seconds
    size: int = 10                  # of windows, and gap of sessions
    time: int = 0                   # of two, by which windows are made
    swapped: bool = False           # sides of the join, as written
    output: tuple = OUTPUT
    having: tuple = TRUE            # behind the operator
    turned: bool = False            # the list of the CTE backwards
    place: str = "with"             # where the operator is written: a CTE, a view, a subquery
    upper: bool = False             # words in capitals, and names quoted
    readers: tuple = ()             # more sinks over the same CTE
    second: tuple = OUTPUT
    tables: tuple = (Table("t"), Table("u"), LookedUp("names"))
    sink: tuple = ("k", "a", "b")   # columns of the definition
    numbers: str = "INT"            # what the first sink's columns of numbers are defined as
    sink_key: tuple = ()            # by which readers of the table tell its rows apart
    directories: tuple = ()         # PARTITIONED BY
    format: str = "changelog"
    overwrite: bool = False
    careful: bool = False           # a start that misses a file of the sink's does not go on
    zone: str = "UTC"

    @property
    def shape(self):
        return shapes.SHAPES[self.operator]

    def table(self, name):
        return next(table for table in self.tables if table.name == name)

    # --- SQL

    def source(self):
        if len(self.inputs) == 1:
            return f"({self.inputs[0].select(self, self.shape.windows(self))}) AS s"
        return "(" + " UNION ALL ".join(branch.plain(self) for branch in self.inputs) + ") AS s"

    def names(self):
        return self.inputs[0].names

    def listed(self, columns, behind):
        return f"SELECT {', '.join(columns[::-1] if self.turned else columns)} {behind}"

    def cte(self):
        return self.shape.sql(self)

    def reader(self, sink, source):
        where = "" if self.having == TRUE else f" WHERE {sql(self.having)}"
        into = "OVERWRITE" if self.overwrite and sink == "results" else "INTO"
        if sink == "results" or sink == "rows":
            output = ", ".join(sql(e) for e in (self.output if sink == "results" else self.second))
            return f"INSERT {into} {sink} ", f"SELECT {output} FROM {source}{where}"
        return f"INSERT INTO {sink} ", READERS[sink].format(source=source, where=where)

    def statement(self):
        inserts = []
        for sink in ("results", *self.readers):
            source = f"({self.cte()}) AS r" if self.place == "inline" else "r"
            head, text = self.reader(sink, source)
            inserts.append(f"{head}WITH r AS ({self.cte()}) {text}" if self.place == "with" else head + text)
        return inserts[0] if len(inserts) == 1 else f"STATEMENT SET BEGIN {'; '.join(inserts)}; END"

    def view(self):
        return f"CREATE TEMPORARY VIEW r AS {self.cte()};\n" if self.place == "view" else ""

    def sinks(self):
        columns = ", ".join(f"{name} {'STRING' if name == 'k' else self.numbers}" for name in self.sink)
        columns += f", PRIMARY KEY ({', '.join(self.sink_key)}) NOT ENFORCED" if self.sink_key else ""
        divided = f"PARTITIONED BY ({', '.join(self.directories)}) " if self.directories else ""
        careful = ", 'sink.missing-committed' = 'fail'" if self.careful else ""
        text = f"CREATE TABLE results ({columns}) {divided}WITH ('connector' = 'filesystem', 'path' = 'out-results', " \
               f"'format' = '{self.format}'{careful});\n"
        for name in READERS:
            text += (f"CREATE TABLE {name} (k STRING, a INT, b INT) WITH ('connector' = 'filesystem', 'path' = 'out-{name}', "
                     "'format' = 'changelog');\n")
        return text

    def definitions(self):
        return "".join(table.definition() for table in self.tables) + self.sinks() + self.view() + \
            f"SET 'table.local-time-zone' = '{self.zone}';\n"

    def mapping(self, before):
        """The clause that says which columns of tables were called otherwise in another query; "" for none."""
        pairs = []
        for name in sorted({one.table for one in self.inputs if not one.constants} &
                           {one.table for one in before.inputs if not one.constants}):
            old, new = dict(before.table(name).called), dict(self.table(name).called)
            pairs += [f"'src:{name}.{old.get(column, column)}' TO 'src:{name}.{new.get(column, column)}'"
                      for column in COLUMNS if old.get(column, column) != new.get(column, column)]
        return f"WITH STATE MAPPING ({', '.join(pairs)}) " if pairs else ""

    # --- what it comes to

    def kept(self, inputs):
        """Rows of the operator, k, a and b each, over all records of `inputs`; of windows, those that have ended."""
        read = [self.table(branch.table) for branch in self.inputs if not branch.constants]
        until = min((max((row["ts"] for row in table.rows(inputs[table.directory()])), default=0) - table.delay for table in read),
                    default=0)
        sides = [list(branch.rows(self, inputs)) for branch in self.inputs]
        if self.operator == "lookup":
            names = self.table("names")
            sides.append([dict(zip(names.columns, record, strict=True)) for record in inputs[names.directory()]])
        return list(self.shape.rows(self, sides, until))

    def read(self):
        """Columns of the operator that somebody behind it reads."""
        if self.readers:
            return ["a", "b"]
        return sorted({name for one in (*self.output, self.having) for name in columns(one)} & {"a", "b"})

    def result(self, inputs):
        """Sink -> rows with how often."""
        rows = self.kept(inputs)
        passed = [row for row in rows if value(self.having, row, self.zone)]
        found = {}
        for sink in ("results", *self.readers):
            if sink in ("results", "rows"):
                output = self.output if sink == "results" else self.second
                cells = [tuple(value(e, row, self.zone) for e in output) for row in passed]
            else:
                cells = list(MODELS[sink](passed))
            found[sink] = collections.Counter(tuple("NULL" if cell is None else str(cell) for cell in row) for row in cells)
        if self.format == "csv" and not self.overwrite:
            found["results"][OLD_ROW] += 1
        return found


# --- further readers of what the operator gives --------------------------------------------------------------------

READERS = {
    "rows": "",
    "counts": "SELECT k, CAST(COUNT(*) AS INT) AS a, MAX(b) AS b FROM {source}{where} GROUP BY k",
    "tops": "SELECT k, a, b FROM (SELECT k, a, b, ROW_NUMBER() OVER (PARTITION BY k ORDER BY a DESC, b) AS rn "
            "FROM {source}{where}) AS q WHERE rn <= 1",
}


def counted(rows):
    for k, part in shapes.parted(rows, lambda row: row["k"]).items():
        yield k, len(part), max((row["b"] for row in part if row["b"] is not None), default=None)


def tops(rows):
    for k, part in shapes.parted(rows, lambda row: row["k"]).items():
        best = min(part, key=lambda row: (shapes.descending(row["a"]), shapes.ascending(row["b"])))
        yield k, best["a"], best["b"]


MODELS = {"counts": counted, "tops": tops}
