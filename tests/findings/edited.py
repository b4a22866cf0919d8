"""What the tests 3_* share: a query with rows behind it, stopped with a savepoint, and what a restore says of edits."""
import re

from weir import true

VERDICTS = re.compile(r"^(FULL|NEW|MIGRATE|PARTIAL|DROP|RESET|SEMANTIC|INCOMPATIBLE)(?: \(seeded(?:, \d+ rows?)?\))? +(\S+)", re.M)
COLUMNS = "k STRING, v INT, w INT, g STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts"
ROWS = "".join(f"{'abc'[i % 3]},{i * 7 % 10},{i * 3 % 8},{'xy'[i % 2]},2026-01-01 00:00:{i:02}\n" for i in range(1, 12))


def table(name="t", columns=COLUMNS, **options):
    said = {"connector": "filesystem", "path": name, "format": "csv", "source.monitor-interval": "20 ms", **options}
    words = ", ".join(f"'{key}' = '{value}'" for key, value in said.items())
    return f"CREATE TABLE {name} ({columns}) WITH ({words});\n"


def sink(name="s", columns="k STRING, x INT", **options):
    said = {"connector": "filesystem", "path": f"out-{name}", "format": "changelog", **options}
    words = ", ".join(f"'{key}' = '{value}'" for key, value in said.items())
    return f"CREATE TABLE {name} ({columns}) WITH ({words});\n"


class Edited:
    """A job `j` of `before`, whose tables `definitions` makes, that has read `rows` of t and u and was stopped."""

    def __init__(self, weir, before, definitions=None, rows=ROWS):
        self.weir, self.before = weir, before
        self.definitions = definitions or table() + table("u") + sink()
        for name in ("t", "u"):
            weir.write(f"{name}/0.csv", rows)
        self.run(f"{self.definitions}CREATE JOB j AS {before};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT 'saved';")

    def run(self, sql, code=0):
        done = self.weir.run(sql)
        true(done.code == code, f"exit {done.code}, not {code}", f"{sql}\n{done}")
        return done

    def explain(self, after, definitions=None, clauses=""):
        """What EXPLAIN RESTORE prints."""
        restore = f"EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT {clauses} AS {after};"
        return self.run((definitions or self.definitions) + restore).out

    def restore(self, after, definitions=None, clauses="", code=0):
        """Goes on with further rows, to the end of what there is."""
        end = "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT 'saved';" if code == 0 else ""
        restore = f"RESTORE JOB j FROM LATEST CHECKPOINT {clauses} AS {after};\n{end}"
        return self.run((definitions or self.definitions) + restore, code)

    def expect(self, after, uid, verdict, reason="", definitions=None, clauses=""):
        """One operator's verdict; whatever is not free must be refused. FULL of no uid is meant of all."""
        text = self.explain(after, definitions, clauses)
        found = {name: word for word, name in VERDICTS.findall(text)}
        what = f"{after}\n{text}"
        if uid:
            true(found.get(uid) == verdict, f"{uid} is {found.get(uid)}, not {verdict}", what)
        else:
            true(set(found.values()) == {verdict}, f"not all {verdict}", what)
        true(reason in text, f"no {reason!r}", what)
        free = {"FULL", "NEW", "MIGRATE", "RESET"}
        allowed = "The restore is allowed." in text
        true(allowed == (set(found.values()) <= free) or clauses, "allowed though it is not free, or the other way round", what)
        return text


def folded(lines):
    """Rows of a changelog that are there in the end, sorted."""
    rows = []
    for line in lines:
        change, row = line[:2], line[3:-1]
        if change in ("+I", "+U"):
            rows.append(row)
        else:
            rows.remove(row)
    return sorted(rows)
