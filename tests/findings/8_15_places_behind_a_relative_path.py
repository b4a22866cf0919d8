"""An error in a CREATE TABLE that a client in another directory sends is at its own place, also behind a relative path."""
from weir import check, contains, equal

BEFORE = "CREATE TABLE l (id INT) WITH ('connector' = 'filesystem', "
PATH = "'path' = '{}', "
WRONG = "'all'"
CREATE = BEFORE + "{}'format' = 'csv', {}'source.time-domain' = {});\n-- a comment\nSELECT 1;"


def pointed(done):
    """What the carets are under."""
    line, carets = done.err.splitlines()[1:3]
    return line[carets.index("^"):carets.rindex("^") + 1]


def body(weir):
    weir.serve()
    weir.path("other").mkdir()
    for first, second in ((PATH.format("in/l"), ""), ("", PATH.format("in/l")), (PATH.format("in/l") + "'auto-compaction' = 'false', ", "")):
        sql = CREATE.format(first, second, WRONG)
        done = weir.run(sql, data="../data", cwd="other")
        equal(done.code, 3, done)
        contains(done.err, "E2008", done)
        equal(pointed(done), WRONG, done)
    sql = CREATE.format("'pth' = 'in/l', ", PATH.format("in/l"), "'file'")
    done = weir.run(sql, data="../data", cwd="other")
    equal(pointed(done), "'pth'", done)


check(body)
