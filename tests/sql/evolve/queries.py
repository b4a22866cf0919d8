"""Queries as data: their SQL. Nothing here calls weir; what they mean is in model.py, what an edit of one must
lead to in rules.py.
"""
import dataclasses

INTEGERS = ("SMALLINT", "INT", "BIGINT")


@dataclasses.dataclass(frozen=True)
class Call:
    function: str          # COUNT SUM MIN MAX AVG
    column: str = "*"
    distinct: bool = False
    where: int = -1        # FILTER (WHERE v > where); -1: none

    def sql(self):
        text = f"{self.function}({'DISTINCT ' if self.distinct else ''}{self.column})"
        return text + (f" FILTER (WHERE v > {self.where})" if self.where >= 0 else "")


COUNT, SUM, MIN, MAX, AVG = Call("COUNT"), Call("SUM", "v"), Call("MIN", "v"), Call("MAX", "v"), Call("AVG", "v")
ITEMS, BIG = Call("COUNT", "g", distinct=True), Call("COUNT", where=4)
VALUES = Call("COUNT", "v", distinct=True)


@dataclasses.dataclass(frozen=True)
class Part:
    """One INSERT: a CTE that aggregates, and a projection of it into a sink."""
    kind: str = "tumble"              # tumble, hop, cumulate, group; nested: groups over counts of (k, g)
    keys: tuple = ("k",)              # of k, g, n
    calls: tuple = (COUNT,)
    where: int = -1                   # WHERE v > where; -1: none
    without: str = ""                 # behind the aggregation: WHERE <first key> <> without
    size: int = 10                    # seconds
    cte: str = "m"
    sink: str = "results"
    place: str = "out"                # the directory of the sink's files
    branches: tuple = ("events",)     # several: a UNION ALL
    turned: bool = False              # other aliases, and another order of columns in the CTE

    @property
    def windowed(self):
        return self.kind not in ("group", "nested")

    def uid(self, role=None):
        role = role or ("wagg" if self.windowed else "agg")
        return f"sink:{self.sink}/sink.w" if role == "sink.w" else f"sink:{self.sink}/cte:{self.cte}/{role}"

    def insert(self):
        condition = f" WHERE v > {self.where}" if self.where >= 0 else ""
        union = " UNION ALL ".join(f"SELECT * FROM {name}" for name in self.branches)
        ctes = [] if len(self.branches) == 1 else [f"u AS ({union})"]
        ctes.append(f"{self.cte} AS (SELECT {', '.join(self.columns())} FROM {self.source(condition)} "
                    f"GROUP BY {', '.join(self.grouping())})")
        alias = "x" if self.turned else "c"
        names = ["window_start"] * self.windowed + list(self.keys)
        names += [f"CAST({alias}{i} AS DOUBLE)" for i in range(len(self.calls))]
        literal = self.without if self.keys[0] == "n" else f"'{self.without}'"
        behind = f" WHERE {self.keys[0]} <> {literal}" if self.without else ""
        return f"INSERT INTO {self.sink} WITH {', '.join(ctes)} SELECT {', '.join(names)} FROM {self.cte}{behind}"

    def columns(self):
        alias = "x" if self.turned else "c"
        columns = ["window_start"] * self.windowed + list(self.keys)
        columns += [f"{call.sql()} AS {alias}{i}" for i, call in enumerate(self.calls)]
        return columns[::-1] if self.turned else columns

    def grouping(self):
        return ["window_start", "window_end"] * self.windowed + list(self.keys)

    def source(self, condition):
        table = self.branches[0] if len(self.branches) == 1 else "u"
        if self.kind == "group":
            return table + condition
        if self.kind == "nested":
            return f"(SELECT k, g, COUNT(*) AS v FROM {table}{condition} GROUP BY k, g) AS counted"
        sizes = {"tumble": [1], "hop": [1, 2], "cumulate": [1, 3]}[self.kind]
        lengths = ", ".join(f"INTERVAL '{self.size * n}' SECOND" for n in sizes)
        return f"TABLE({self.kind.upper()}(TABLE {table}, DESCRIPTOR(ts), {lengths})){condition}"


@dataclasses.dataclass(frozen=True)
class Query:
    """A statement set, or one INSERT; and what is declared of its tables."""
    parts: tuple = (Part(),)
    v: str = "INT"                    # the type of the column v, and of n
    n: str = "INT"
    delay: int = 1                    # of the watermarks, seconds

    def tables(self):
        return sorted({name for part in self.parts for name in part.branches})

    def statement(self):
        inserts = [part.insert() for part in self.parts]
        return inserts[0] if len(inserts) == 1 else f"STATEMENT SET BEGIN {'; '.join(inserts)}; END"

    def definitions(self, directory):
        text = ""
        for name in ("events", "more"):
            text += (f"CREATE TABLE {name} (k STRING, g STRING, n {self.n}, v {self.v}, ts TIMESTAMP(3), "
                     f"WATERMARK FOR ts AS ts - INTERVAL '{self.delay}' SECOND) WITH ('connector' = 'filesystem', "
                     f"'path' = '{directory}/{name}', 'format' = 'csv', 'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\n")
        for part in self.parts:
            columns = ["window_start TIMESTAMP(3)"] * part.windowed
            columns += [f"{key} {self.n if key == 'n' else 'STRING'}" for key in part.keys]
            columns += [f"c{i} DOUBLE" for i in range(len(part.calls))]
            text += (f"CREATE TABLE {part.sink} ({', '.join(columns)}) WITH ('connector' = 'filesystem', "
                     f"'path' = '{directory}/{part.place}', 'format' = 'changelog');\n")
        return text


def single(**fields):
    """A query of one INSERT; fields of the Part or of the Query."""
    of_query = {name: fields.pop(name) for name in ("v", "n", "delay") if name in fields}
    return Query(parts=(Part(**fields),), **of_query)


@dataclasses.dataclass(frozen=True)
class Event:
    k: str
    g: str
    n: int
    v: int
    ts: int                # seconds

    def csv(self):
        return f"{self.k},{self.g},{self.n},{self.v},2026-01-01 00:{self.ts // 60:02}:{self.ts % 60:02}"
