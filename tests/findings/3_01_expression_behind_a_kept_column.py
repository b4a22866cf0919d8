"""`v AS x` and `v * 100 AS x` were one column to joins, Top-N, deduplication, window joins and window Top-N."""
from edited import Edited, sink, table
from weir import check

WINDOW = "TABLE(TUMBLE(TABLE {}, DESCRIPTOR(ts), INTERVAL '10' SECOND))"
RANK = ("INSERT INTO s WITH r AS (SELECT k, x, ROW_NUMBER() OVER (PARTITION BY {by}k ORDER BY {order}) AS rn FROM "
        "(SELECT k, {x} AS x, w, ts{by_columns} FROM {source}) AS i) SELECT k, x FROM r WHERE rn <= 2")
QUERIES = {
    "sink:s/cte:r/topn": RANK.format(x="{x}", by="", by_columns="", order="w", source="t"),
    "sink:s/cte:r/wtopn": RANK.format(x="{x}", by="window_start, window_end, ", by_columns=", window_start, window_end",
                                      order="w", source=WINDOW.format("t")),
    "sink:s/cte:r/dedup": RANK.format(x="{x}", by="", by_columns="", order="ts DESC", source="t").replace("rn <= 2", "rn = 1"),
    "sink:s/join": "INSERT INTO s SELECT a.k, a.x FROM (SELECT k, {x} AS x FROM t) AS a JOIN u AS b ON a.k = b.k",
    "sink:s/ijoin": "INSERT INTO s SELECT a.k, a.x FROM (SELECT k, {x} AS x, ts FROM t) AS a JOIN u AS b ON a.k = b.k "
                        "AND b.ts BETWEEN a.ts - INTERVAL '1' SECOND AND a.ts",
    "sink:s/wjoin": f"INSERT INTO s SELECT a.k, a.x FROM (SELECT k, {{x}} AS x, window_start, window_end FROM "
                        f"{WINDOW.format('t')}) AS a JOIN (SELECT * FROM {WINDOW.format('u')}) AS b ON a.k = b.k AND "
                        "a.window_start = b.window_start AND a.window_end = b.window_end",
}


def below(weir, name):
    """The same program in a directory below."""
    weir.directory = weir.directory / name
    weir.directory.mkdir()
    return weir


def body(weir):
    top = weir.directory
    for uid, query in QUERIES.items():
        weir.directory = top
        job = Edited(below(weir, uid.replace("/", "_")), query.format(x="v"))
        job.expect(query.format(x="v"), "", "FULL")
        job.expect(query.format(x="v * 100"), uid, "SEMANTIC", "was v, is v * 100")
    weir.directory = top


def computed_and_swapped(weir):
    """Through a computed column of the table; and two aliases that change places keep their columns."""
    columns = "k STRING, v INT, w INT, g STRING, ts TIMESTAMP(3), c AS {c}, WATERMARK FOR ts AS ts"
    before = table(columns=columns.format(c="v + 1")) + sink(columns="k STRING, x INT, y INT")
    query = ("INSERT INTO s WITH r AS (SELECT k, x, y, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM "
             "(SELECT k, {0} AS x, {1} AS y, ts FROM t) AS i) SELECT k, x, y FROM r WHERE rn <= 2")
    job = Edited(weir, query.format("c", "w"), before)
    after = table(columns=columns.format(c="v + 2")) + sink(columns="k STRING, x INT, y INT")
    job.expect(query.format("c", "w"), "sink:s/cte:r/topn", "SEMANTIC", "was v + 1, is v + 2", after)
    job.expect(query.format("w", "c"), "sink:s/sink.w", "SEMANTIC", "the column x was v + 1, is w", before)


def both(weir):
    body(weir)
    computed_and_swapped(weir)


check(both)
