"""What the planner puts between a clause and its reader without either saying so: a normalisation of changes, or what makes
the output of an upsert sink unique. New below a reader that goes on it knew none of the rows that had come to it: deletes of
these were lost, or they were written once more, and every verdict was FULL or NEW."""
from edited import Edited, sink
from weir import check, true

CREATED = "".join('{"op":"c","before":null,"after":{"id":%d,"g":%d,"v":%d},"source":{"ts_ms":1577836800000}}\n' % row
                  for row in ((1, 1, 10), (2, 1, 20), (3, 2, 30)))
CHANGED = ('{"op":"u","before":{"id":1,"g":1,"v":10},"after":{"id":1,"g":1,"v":11},"source":{"ts_ms":1577836801000}}\n'
           '{"op":"d","before":{"id":2,"g":1,"v":20},"after":null,"source":{"ts_ms":1577836801000}}\n')
ASKED = "goes on, and of the rows that came to it before none is known here: what takes them back is ignored"


def changes(key="PRIMARY KEY (id) NOT ENFORCED"):
    columns = "id INT, g INT, v INT, m TIMESTAMP_LTZ(3) METADATA FROM 'value.source.timestamp' VIRTUAL" + (f", {key}" if key else "")
    return (f"CREATE TABLE c ({columns}) WITH ('connector' = 'filesystem', 'path' = 'c', 'format' = 'debezium-json', "
            "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\n")


def job(weir, name, query, definitions):
    """In a directory of its own, so that each has its savepoints for itself."""
    weir.directory = weir.path(name)
    weir.write("c/0.json", CREATED)
    return Edited(weir, query, definitions)


def normalised(weir):
    """By a second sink that reads metadata, and by an option; with nothing new it goes on, and what is accepted is."""
    sums = sink("o", "s INT")
    other = sink("p", "id INT, m TIMESTAMP_LTZ(3)")
    query = "INSERT INTO o SELECT SUM(v) FROM c"
    both = f"STATEMENT SET BEGIN {query}; INSERT INTO p SELECT id, m FROM c; END"
    edited = job(weir, "normalised", query, changes() + sums + other)
    edited.expect(both, "norm:c", "SEMANTIC", f"sink:o/agg {ASKED}")
    twice = "SET 'table.exec.source.cdc-events-duplicate' = 'true';\n"
    edited.expect(query, "norm:c", "SEMANTIC", f"sink:o/agg {ASKED}", twice + edited.definitions)
    edited.expect(query, "", "FULL")
    weir.write("c/1.json", CHANGED)
    edited.restore(query)
    true("+U[41]" in weir.rows("out-o"), "the delete and the update did not come to 41")


def unique(weir):
    """By the key of the source that goes, and by an option."""
    keyed = sink("o", "id INT, v INT, PRIMARY KEY (id) NOT ENFORCED")
    query = "INSERT INTO o SELECT id, v FROM c"
    edited = job(weir, "gone", query, changes() + keyed)
    edited.expect(query, "sink:o/upmat", "SEMANTIC", f"sink:o/sink.w {ASKED}", changes("") + keyed)
    forced = "SET 'table.exec.sink.upsert-materialize' = 'FORCE';\n"
    edited.expect(query, "sink:o/upmat", "SEMANTIC", f"sink:o/sink.w {ASKED}", forced + edited.definitions)


def keyed(weir):
    """By the key of the sink, which says by itself that readers find other rows."""
    query = "INSERT INTO o SELECT g, v FROM c"
    edited = job(weir, "keyed", query, changes() + sink("o", "g INT, v INT"))
    other = changes() + sink("o", "g INT, v INT, PRIMARY KEY (g) NOT ENFORCED")
    edited.expect(query, "sink:o/upmat", "SEMANTIC", f"sink:o/sink.w {ASKED}", other)
    edited.expect(query, "sink:o/sink.w", "SEMANTIC", "the primary key g is new", other)


def nothing_came(weir):
    """Before any row had come nothing is missing."""
    weir.directory = weir.path("empty")
    weir.path("empty/c").mkdir(parents=True)
    definitions = changes() + sink("o", "s INT")
    edited = Edited(weir, "INSERT INTO o SELECT SUM(v) FROM c", definitions)
    twice = "SET 'table.exec.source.cdc-events-duplicate' = 'true';\n"
    edited.expect(edited.before, "norm:c", "NEW", "", twice + definitions)


def body(weir):
    home = weir.directory
    for case in (normalised, unique, keyed, nothing_came):
        weir.directory = home
        case(weir)


check(body)
