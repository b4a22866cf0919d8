#!/usr/bin/env python3
"""Functions from shared libraries: those of examples/native and of older headers, what libraries do wrong, what becomes
of one that is replaced, and who may. The compilers are the system's; where there is no rustc, its example is skipped."""
import glob
import os
import re
import shutil
import subprocess
import time

from login_test import ROLES, Server, add
from weir_shell import DEADLINE, expect, run_all

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEADERS = os.path.join(ROOT, "runtime/abi")
# A library of this version of the header is one of an earlier build for ever.
OLD_HEADERS = os.path.join(ROOT, "tests/golden/native")

# Each function is of BIGINT, and gives BIGINT, unless its bind says otherwise.
LIBRARY = r"""
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <weir/function.h>
#ifndef FACTOR
#define FACTOR 2
#endif
#ifndef VERSION
#define VERSION WEIR_ABI_VERSION
#endif
typedef const struct ArrowSchema* Types;
typedef struct ArrowArray* Array;
typedef struct weir_error* Error;

static int bigint(Types types, struct ArrowSchema* result, void** instance, Error error) {
  (void)error; (void)instance; (void)types;
  weir_set_type(result, "l");
  return 0;
}
static int text(Types types, struct ArrowSchema* result, void** instance, Error error) {
  (void)error; (void)instance; (void)types;
  weir_set_type(result, "u");
  return 0;
}
static int small(Types types, struct ArrowSchema* result, void** instance, Error error) {
  (void)error; (void)instance; (void)types;
  weir_set_type(result, "i");
  return 0;
}
static int untyped(Types types, struct ArrowSchema* result, void** instance, Error error) {
  (void)error; (void)instance; (void)types; (void)result;
  return 0;
}
static int refuses(Types types, struct ArrowSchema* result, void** instance, Error error) {
  (void)instance; (void)result;
  snprintf(error->text, error->text_bytes, "no '%s', please", types->children[0]->format);
  return 1;
}
static const int64_t* of(Array arguments, int child) {
  Array array = arguments->children[child];
  return (const int64_t*)array->buffers[1] + array->offset;
}
static int64_t* made(Array arguments, Array result) {
  weir_make_array(result, arguments->length, sizeof(int64_t));
  return (int64_t*)result->buffers[1];
}
static int times(void* instance, Array arguments, Array result, Error error) {
  const int64_t* x = of(arguments, 0);
  int64_t *out = made(arguments, result), i;
  (void)error; (void)instance;
  for (i = 0; i < arguments->length; ++i) out[i] = x[i] * FACTOR;
  return 0;
}
/* NULL as 0. */
static int orzero(void* instance, Array arguments, Array result, Error error) {
  const int64_t* x = of(arguments, 0);
  int64_t *out = made(arguments, result), i;
  (void)error; (void)instance;
  for (i = 0; i < arguments->length; ++i) out[i] = weir_is_null(arguments->children[0], i) ? 0 : x[i];
  return 0;
}
static int nulls(void* instance, Array arguments, Array result, Error error) {
  (void)error; (void)instance;
  made(arguments, result);
  if (arguments->length > 1) weir_set_null(result, 1);
  return 0;
}
static int rows(void* instance, Array arguments, Array result, Error error) {
  int64_t *out = made(arguments, result), i;
  (void)error; (void)instance;
  for (i = 0; i < arguments->length; ++i) out[i] = arguments->length;
  return 0;
}
static int slow(void* instance, Array arguments, Array result, Error error) {
  usleep(50000);
  return times(instance, arguments, result, error);
}
/* Arguments may be released, or moved away, as of any consumer of Arrow's. */
static int releases(void* instance, Array arguments, Array result, Error error) {
  const int failed = times(instance, arguments, result, error);
  struct ArrowArray moved = *arguments->children[0];
  arguments->children[0]->release = NULL;
  moved.release(&moved);
  arguments->release(arguments);
  return failed;
}
static int fails(void* instance, Array arguments, Array result, Error error) {
  const int64_t* x = of(arguments, 0);
  (void)instance; (void)result;
  for (error->row = 0; error->row < arguments->length; ++error->row) {
    if (x[error->row] != 3) continue;
    snprintf(error->text, error->text_bytes, "no threes");
    return 1;
  }
  error->row = -1;
  return times(instance, arguments, result, error);
}
static int silent(void* instance, Array arguments, Array result, Error error) {
  (void)instance; (void)arguments; (void)result; (void)error;
  return 1;
}
static int latin(void* instance, Array arguments, Array result, Error error) {
  (void)instance; (void)arguments; (void)result;
  snprintf(error->text, error->text_bytes, "\xe4");
  return 1;
}
static int nothing(void* instance, Array arguments, Array result, Error error) {
  (void)instance; (void)arguments; (void)result; (void)error;
  return 0;
}
static int shorter(void* instance, Array arguments, Array result, Error error) {
  times(instance, arguments, result, error);
  --result->length;
  return 0;
}
static int bare(void* instance, Array arguments, Array result, Error error) {
  times(instance, arguments, result, error);
  result->buffers[1] = NULL;
  return 0;
}
static int backwards(void* instance, Array arguments, Array result, Error error) {
  (void)instance; (void)error;
  weir_make_array(result, arguments->length, sizeof(int32_t));
  ((int32_t*)result->buffers[1])[0] = 5;
  result->buffers[2] = calloc(8, 1);
  result->n_buffers = 3;
  return 0;
}
static int bytes(void* instance, Array arguments, Array result, Error error) {
  int64_t i;
  (void)instance; (void)error;
  weir_make_array(result, arguments->length, sizeof(int32_t));
  for (i = 1; i <= arguments->length; ++i) ((int32_t*)result->buffers[1])[i] = 1;
  result->buffers[2] = strdup("\xff");
  result->n_buffers = 3;
  return 0;
}
static int kept(Types types, struct ArrowSchema* result, void** instance, Error error) {
  *instance = calloc(1, sizeof(int64_t));
  return bigint(types, result, instance, error);
}
/* How many batches this instance has seen. */
static int batches(void* instance, Array arguments, Array result, Error error) {
  int64_t *out = made(arguments, result), i, seen = ++*(int64_t*)instance;
  (void)error;
  for (i = 0; i < arguments->length; ++i) out[i] = seen;
  return 0;
}

#define SCALAR(name) {#name, WEIR_SCALAR, 0, bigint, name, NULL}
/* As a later header has it: with more at the end of each function. */
#ifdef LATER
struct later { struct weir_function known; void* unknown; };
#define functions_of(library) (const struct weir_function*)later
static const struct later later[] = {{SCALAR(times), NULL}, {SCALAR(rows), NULL}};
#else
static const struct weir_function all[] = {
  SCALAR(times), SCALAR(orzero), SCALAR(nulls), SCALAR(rows), SCALAR(slow), SCALAR(releases), SCALAR(fails),
  SCALAR(silent), SCALAR(latin), SCALAR(nothing), SCALAR(shorter), SCALAR(bare),
  {"backwards", WEIR_SCALAR, 0, text, backwards, NULL}, {"bytes", WEIR_SCALAR, 0, text, bytes, NULL},
  {"small", WEIR_SCALAR, 0, small, times, NULL}, {"untyped", WEIR_SCALAR, 0, untyped, times, NULL},
  {"refuses", WEIR_SCALAR, 0, refuses, times, NULL}, {"batches", WEIR_SCALAR, WEIR_NOT_DETERMINISTIC, kept, batches, free},
  {"later", 7, 0, bigint, times, NULL}, {"sum", 2, 0, bigint, times, NULL}, {"split", 3, 0, bigint, times, NULL},
};
#endif
WEIR_EXPORT const struct weir_library* weir_library_v1(void) {
#ifdef LATER
  static const struct weir_library library = {VERSION, sizeof(struct later), 2, (const struct weir_function*)later};
#else
  static const struct weir_library library = {VERSION, sizeof(struct weir_function), sizeof(all) / sizeof(*all), all};
#endif
  return &library;
}
"""
NUMBERS = "CREATE TABLE t (x BIGINT) WITH ('connector' = 'inline', 'rows' = '1\n2\n3\n4');\n"


def compiled(source, target, *options, headers=HEADERS, compiler="cc"):
    """The library, which replaces what is there as a linker does."""
    done = subprocess.run([compiler, *options, "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-O1", "-fPIC", "-shared", "-I", headers, "-o", target, source,
                           "-lm"], capture_output=True, text=True, timeout=DEADLINE, check=False)
    expect(done.returncode == 0, done.stderr)
    return target


def library(scratch, *options, name="lib.so", **more):
    source = scratch.write("lib.c", LIBRARY)
    return compiled(source, os.path.join(scratch.path, name), *options, **more)


def create(name, more="", returns="BIGINT", path="lib.so"):
    return f"CREATE FUNCTION {name}(x BIGINT) RETURNS {returns} LANGUAGE NATIVE{more} USING '{path}';\n"


def select(scratch, name, *options, returns="BIGINT", more="", returncode=4):
    """The answer, or the error, of a call for each of four rows."""
    library(scratch)
    done = scratch.run("--format", "csv", *options, text=NUMBERS + create(name, more, returns) + f"SELECT {name}(x) AS y FROM t;")
    expect(done.returncode == returncode, f"{name}: {done.returncode} {done.stdout}{done.stderr}")
    return done.stdout if returncode == 0 else done.stderr


def refused(scratch, statement, *why, code="E3010"):
    done = scratch.run("-c", statement)
    expect(done.returncode == 3 and f"{code}:" in done.stderr, f"{statement}: {done.returncode} {done.stdout}{done.stderr}")
    for text in why:
        expect(text in done.stderr, f"{text!r} is not in {done.stderr}")
    return done.stderr


def test_the_example_in_c(scratch):
    compiled(os.path.join(ROOT, "examples/native/score.c"), os.path.join(scratch.path, "libscore.so"), "-std=c99", "-Wpedantic")
    done = scratch.run("--format", "csv", text="""
CREATE TABLE orders (amount DOUBLE, country STRING, name STRING)
WITH ('connector' = 'inline', 'rows' = '0, DE, Ada Lovelace\n0, XX, of no name');
CREATE FUNCTION score(amount DOUBLE, country STRING) RETURNS DOUBLE LANGUAGE NATIVE USING 'libscore.so';
CREATE FUNCTION initials(name STRING) RETURNS STRING LANGUAGE NATIVE USING 'libscore.so';
SELECT score(amount, country) AS s, initials(name) AS i FROM orders;
SELECT score(3, 'DE') < 0.2 AS few, initials(UPPER('a b')) AS i, score(CAST(NULL AS DOUBLE), 'XX') AS s;
SELECT score(amount - 1, country) AS s FROM orders;""")
    expect(done.stdout == "s,i\n0.0,AL\n1.0,\nfew,i,s\nTRUE,AB,\n", done.stdout + done.stderr)
    expect("E3010" in done.stderr and "an amount is negative, in row 1 of a batch: amount = -1" in done.stderr and "country = 'DE'" in done.stderr,
           done.stderr)


def test_the_example_in_rust(scratch):
    rustc = shutil.which("rustc") or shutil.which("rustc", path=os.path.expanduser("~/.cargo/bin"))
    if rustc is None:
        print("SKIPPED shell.native.rust: rustc is not installed")
        return
    target = os.path.join(scratch.path, "libdistance.so")
    done = subprocess.run([rustc, "-O", "--edition", "2021", "--crate-type", "cdylib", "-D", "warnings", "-o", target,
                           os.path.join(ROOT, "examples/native/distance.rs")], capture_output=True, text=True, timeout=DEADLINE, check=False)
    expect(done.returncode == 0, done.stderr)
    done = scratch.run("--format", "csv", text="""
CREATE TABLE places (name STRING, lat DOUBLE, lon DOUBLE)
WITH ('connector' = 'inline', 'rows' = 'Paris, 48.8566, 2.3522\nPole, 90, 0');
CREATE FUNCTION distance_km(lat1 DOUBLE, lon1 DOUBLE, lat2 DOUBLE, lon2 DOUBLE) RETURNS DOUBLE
LANGUAGE NATIVE USING 'libdistance.so';
SELECT name, ROUND(distance_km(lat, lon, 52.52, 13.405), 0) AS km FROM places;
SELECT distance_km(lat + 1, lon, 0, 0) AS km FROM places;""")
    expect(done.stdout == "name,km\nParis,877.0\nPole,4168.0\n", done.stdout + done.stderr)
    expect("a latitude is beyond a pole" in done.stderr and "lat1 = 91" in done.stderr, done.stderr)


def test_libraries_of_other_builds(scratch):
    library(scratch, headers=OLD_HEADERS)
    done = scratch.run("--format", "csv", text=NUMBERS + create("times") + "SELECT times(x) AS y FROM t;")
    expect(done.stdout == "y\n2\n4\n6\n8\n", done.stdout + done.stderr)
    # A later header of the same version has more at the ends.
    library(scratch, "-DLATER")
    done = scratch.run("--format", "csv", text=NUMBERS + create("rows").replace("FUNCTION", "TEMPORARY FUNCTION") + "SELECT rows(x) AS y FROM t;")
    expect(done.stdout == "y\n4\n4\n4\n4\n", done.stdout + done.stderr)
    library(scratch, "-DVERSION=2")
    refused(scratch, create("rows"), "is of version 2 of weir/function.h, and this weir knows versions up to 1", "'lib.so'", "^^^^")


def test_what_cannot_be_loaded(scratch):
    library(scratch)
    scratch.write("text.so", "no library\n")
    scratch.write("empty.c", "int nothing;\n")
    compiled(os.path.join(scratch.path, "empty.c"), os.path.join(scratch.path, "empty.so"))
    for path, why in (("away.so", "no library can be read from"), ("text.so", "no shared library that can be loaded"), (".", "it is no regular file"),
                      ("empty.so", "the library has no symbol weir_library_v1")):
        told = refused(scratch, create("times", path=path), why)
        expect(f"USING '{path}'" in told and "^^" in told, told)
    told = refused(scratch, create("tims"), "lib.so: the library has no function 'tims'", "it has times, orzero", "AS 'name'")
    expect("CREATE FUNCTION tims" in told, told)
    refused(scratch, create("f", " VERSION '1'").replace(" LANGUAGE", " AS 'tims' LANGUAGE"), "no function 'tims'")
    refused(scratch, create("times", returns="INT"), "it gives 'l' of Arrow, which is not the 'i' of its RETURNS INT")
    refused(scratch, create("small"), "it gives 'i' of Arrow, which is not the 'l' of its RETURNS BIGINT")
    refused(scratch, create("untyped"), "its bind does not say the type of its result")
    refused(scratch, create("refuses"), "refuses (", "no 'l', please")
    refused(scratch, create("later"), "is no scalar function, but of kind 7")
    refused(scratch, create("f").replace(" LANGUAGE", " AS 'sum' LANGUAGE"), "an aggregate of a library is not supported yet", code="E1002")
    refused(scratch, create("f").replace(" LANGUAGE", " AS 'split' LANGUAGE"), "a table function of a library is not supported yet", code="E1002")
    refused(scratch, create("batches"), "equal arguments need not give equal values", "NOT DETERMINISTIC")
    # Nothing of this was created.
    done = scratch.run("--format", "csv", "-c", "SHOW USER FUNCTIONS;")
    expect(len(done.stdout.splitlines()) == 1, done.stdout)


def test_what_functions_do_wrong(scratch):
    for name, why in (("fails", "no threes, in row 3 of a batch: x = 3"), ("silent", "it failed, and does not say why"),
                      ("latin", "says why in what is not UTF-8"), ("nothing", "it has returned no array"),
                      ("shorter", "what it has returned: 3 values for 4 rows"), ("bare", "it has no values")):
        told = select(scratch, name)
        expect("E3010" in told and f"{name} ({scratch.path}/lib.so): " in told and why in told and f"SELECT {name}(x)" in told and "^^^^" in told, told)
    for name, why in (("backwards", "its offsets do not ascend"), ("bytes", "what is not UTF-8 is not a STRING")):
        told = select(scratch, name, returns="STRING")
        expect("E3010" in told and why in told, told)
    told = select(scratch, "nulls", returns="BIGINT NOT NULL")
    expect("it is NULL, and RETURNS says BIGINT NOT NULL, in row 2 of a batch: x = 2" in told, told)


def test_rows_that_count_are_handed_over(scratch):
    library(scratch)
    rows = ("CREATE TABLE m (x BIGINT, y BIGINT) WITH ('connector' = 'inline', 'rows' = '1, 1\n0, 2\n3, 3\n4, 4');\n"
            "CREATE VIEW n AS SELECT NULLIF(x, 0) AS x, y FROM m;\n")
    functions = create("times") + create("rows") + create("orzero", " CALLED ON NULL INPUT") + create("nulls") + create("releases")
    for query, expected in (
            ("SELECT times(x) AS a, orzero(x) AS b FROM n", "2,1\n,0\n6,3\n8,4"),
            ("SELECT rows(x) AS a FROM n", "3\n\n3\n3"), ("SELECT rows(y) AS a FROM n", "4\n4\n4\n4"),
            ("SELECT CASE WHEN y > 2 THEN rows(y) + times(y) ELSE 0 END AS a FROM n", "0\n0\n8\n10"),
            ("SELECT times(x) AS a FROM n WHERE y > 1 AND times(y) > 4", "6\n8"),
            ("SELECT nulls(y) AS a, releases(y) AS b FROM n", "0,2\n,4\n0,6\n0,8"),
            ("SELECT times(21) AS a", "42"), ("SELECT times(CAST(NULL AS BIGINT)) AS a", ""),
            ("SELECT times(21) + y AS a FROM n", "43\n44\n45\n46")):
        done = scratch.run("--format", "csv", text=rows + functions.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION") + query + ";")
        expect(done.stdout.partition("\n")[2] == expected + "\n", f"{query}: {done.stdout}{done.stderr}")


def test_an_instance_for_each_thread(scratch):
    library(scratch)
    for i in range(40):
        scratch.write(f"in/{i}.csv", "".join(f"{n}\n" for n in range(i * 100, i * 100 + 100)))
    done = scratch.run("--format", "csv", "-D", "parallelism.default=3", text=create("slow") + create("batches", " NOT DETERMINISTIC") +
                       "CREATE TABLE f (x BIGINT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');\n"
                       "SELECT COUNT(*) AS n, SUM(slow(x)) AS s, MAX(batches(x)) > 1 AS many FROM f;")
    expect(done.stdout == f"n,s,many\n4000,{2 * sum(range(4000))},TRUE\n", done.stdout + done.stderr)


def test_created_functions_are_shown_as_they_were_said(scratch):
    path = library(scratch)
    said = ("CREATE FUNCTION twice(x BIGINT NOT NULL) RETURNS BIGINT COMMENT 'all' AS 'times' LANGUAGE NATIVE VERSION '2' "
            "CALLED ON NULL INPUT USING 'lib.so';")
    done = scratch.run("-c", said)
    expect(done.returncode == 0, done.stderr)
    done = scratch.run("-c", "SHOW CREATE FUNCTION twice;")
    shown = done.stdout.strip()
    expect(" ".join(shown.split()) == "CREATE FUNCTION `default_catalog`.`default_database`.`twice` ( `x` BIGINT NOT NULL ) RETURNS BIGINT "
           f"COMMENT 'all' AS 'times' LANGUAGE NATIVE VERSION '2' CALLED ON NULL INPUT USING '{path}'", done.stdout)
    done = scratch.run("-c", f"DROP FUNCTION twice; {shown}; SHOW CREATE FUNCTION twice;")
    expect(shown in done.stdout, done.stdout + done.stderr)
    done = scratch.run("--format", "csv", "-c", "DESCRIBE FUNCTION twice;")
    expect("kind,native\n" in done.stdout and "AS 'times' LANGUAGE NATIVE VERSION '2'" in done.stdout, done.stdout)
    # Where the clauses stand does not matter, nor what the working directory is later.
    scratch.write("elsewhere/x", "")
    done = scratch.run("--format", "csv", "-c", "ALTER FUNCTION twice AS 'times' LANGUAGE NATIVE USING 'lib.so' VERSION '3';" + NUMBERS +
                       "SELECT twice(COALESCE(x, 0)) AS y FROM t;")
    expect(done.stdout.endswith("y\n2\n4\n6\n8\n"), done.stdout + done.stderr)
    # Neither EXPLAIN nor a call of constants runs it; a library that is gone is one for who calls it.
    os.remove(path)
    done = scratch.run("-c", "EXPLAIN SELECT twice(1), twice(2) + 1; SHOW USER FUNCTIONS;")
    expect(done.returncode == 0 and "twice(" in done.stdout, done.stdout + done.stderr)
    done = scratch.run("-c", "SELECT twice(1);")
    expect(done.returncode == 3 and "E3010" in done.stderr and f"no library can be read from {path}" in done.stderr, done.stderr)


JOB = """
CREATE TABLE s (x BIGINT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = '50 ms');
CREATE TABLE o (k BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
"""
INSERT = "INSERT INTO o SELECT MOD(x, 3) AS k, SUM(times(x)) AS n FROM s GROUP BY MOD(x, 3)"
SINK = "sink:o/agg"
WAIT = "WAIT FOR JOB j UNTIL IDLE TIMEOUT INTERVAL '30' SECOND;\n"


def feed(scratch, rows, name):
    scratch.write(f"in/{name}.csv", "".join(f"{n}\n" for n in rows))


def run(scratch, last, *options, more="", returncode=0):
    script = scratch.write("job.sql", JOB + create("times", more) + last)
    done = scratch.run("-D", "execution.checkpointing.interval=50 ms", *options, "run", script)
    expect(done.returncode == returncode, done.stdout + done.stderr)
    return done.stdout + done.stderr


def saved_sums(scratch):
    (saved,) = glob.glob(os.path.join(scratch.path, "saved", "savepoint-*"))
    done = scratch.run("--format", "csv", "-c", f"SELECT * FROM STATE OF '{saved}' UID '{SINK}' ORDER BY 1;")
    expect(done.returncode == 0, done.stderr)
    return done.stdout


def expect_sums(scratch, count):
    found = saved_sums(scratch)
    for k in range(3):
        of = [n for n in range(count) if n % 3 == k]
        expect(f"\n{k},{len(of)},{2 * sum(of)}," in found, found)


def test_state_outlives_kills_and_rescaling(scratch):
    library(scratch)
    feed(scratch, range(100), "a")
    script = scratch.write("job.sql", JOB + create("times") + f"CREATE JOB j AS {INSERT};\n{WAIT}WAIT FOR JOB j UNTIL CHECKPOINT;\n")
    child = scratch.start("-D", "execution.checkpointing.interval=50 ms", "run", script)
    until = time.monotonic() + DEADLINE
    while not glob.glob(os.path.join(scratch.path, "weir-data", "**", "_metadata"), recursive=True):
        expect(time.monotonic() < until and child.poll() is None, "no checkpoint was written")
        time.sleep(0.02)
    scratch.kill(child)
    feed(scratch, range(100, 200), "b")
    # Killed while it runs, the library is built again: the same bytes, and so the same library.
    library(scratch)
    run(scratch, f"CREATE JOB j AS {INSERT};\n{WAIT}STOP JOB j WITH SAVEPOINT 'first';\n", "-D", "parallelism.default=3")
    (first,) = glob.glob(os.path.join(scratch.path, "first", "savepoint-*"))
    feed(scratch, range(200, 300), "c")
    told = run(scratch, f"RESTORE JOB j FROM '{first}' AS {INSERT};\n{WAIT}STOP JOB j WITH SAVEPOINT 'saved';\n", "-D", "parallelism.default=2")
    expect(re.search(rf"FULL +{SINK}", told) and "has changed" not in told, told)
    expect_sums(scratch, 300)


def test_versions_are_meaning_and_other_bytes_are_said(scratch):
    library(scratch)
    feed(scratch, range(100), "a")
    run(scratch, f"CREATE JOB j AS {INSERT};\n{WAIT}STOP JOB j WITH SAVEPOINT 'saved';\n")
    (saved,) = glob.glob(os.path.join(scratch.path, "saved", "savepoint-*"))
    expect_sums(scratch, 100)
    explain = f"EXPLAIN RESTORE JOB j FROM '{saved}' AS {INSERT};\n"
    told = run(scratch, explain)
    expect("SEMANTIC" not in told and re.search(rf"FULL +{SINK}", told), told)
    told = run(scratch, explain, more=" VERSION '2'")
    expect(re.search(rf"SEMANTIC +{SINK}", told) and "VERSION '2'" in told, told)
    run(scratch, f"RESTORE JOB j FROM '{saved}' AS {INSERT};\n", more=" VERSION '2'", returncode=5)
    notice = f"the library of times ({scratch.path}/lib.so) has changed since this state was written"
    restore = f"RESTORE JOB j FROM '{saved}' AS {INSERT};\n{WAIT}STOP JOB j;\n"
    expect(notice not in run(scratch, restore), "it is the same")
    library(scratch, "-DFACTOR=3")
    told = run(scratch, restore)
    expect(notice in told and "VERSION" in told, told)
    accepted = f"ACCEPT CHANGES ('{SINK}', 'sink:o/upmat', 'sink:o/sink.w') "
    run(scratch, f"RESTORE JOB j FROM '{saved}' {accepted}AS {INSERT};\nSTOP JOB j;\n", more=" VERSION '2'")


def test_a_job_goes_on_with_the_library_that_it_began_with(scratch):
    """Also where the file is overwritten in its place; who starts a job of the same process has the new one."""
    library(scratch)
    library(scratch, "-DFACTOR=3", name="other.so")
    scratch.write("in/0.csv", "1\n")
    add(scratch, "admin", "admin")
    with Server(scratch, "-D", "restart-strategy.type=none") as server:
        done = scratch.run("-c", NUMBERS + create("times", path=f"{scratch.path}/lib.so"))
        expect(done.returncode == 0, done.stderr)
        tables = (f"CREATE TABLE f (x BIGINT) WITH ('connector' = 'filesystem', 'path' = '{scratch.path}/in', 'format' = 'csv', "
                  f"'source.monitor-interval' = '50 ms');\nCREATE TABLE w (x BIGINT) WITH ('connector' = 'filesystem', "
                  f"'path' = '{scratch.path}/out', 'format' = 'csv');\n")
        done = scratch.run("run", "-d", scratch.write("job.sql", tables + create("times", path=f"{scratch.path}/lib.so") +
                                                      f"CREATE JOB j AS INSERT INTO w SELECT times(x) FROM f;\n{WAIT}"))
        expect(done.returncode == 0, done.stdout + done.stderr)
        with open(os.path.join(scratch.path, "other.so"), "rb") as other, open(os.path.join(scratch.path, "lib.so"), "r+b") as mine:
            mine.truncate(0)
            shutil.copyfileobj(other, mine)
        scratch.write("in/1.csv", "10\n")
        status, body = server.sql("admin", "SELECT times(x) FROM t")
        expect(status == 200 and sorted(body["rows"]) == [[3], [6], [9], [12]], body)
        done = scratch.run("-c", f"{WAIT}STOP JOB j;")
        expect(done.returncode == 0, done.stdout + done.stderr)
    rows = []
    for path in glob.glob(os.path.join(scratch.path, "out", "part-*")):
        with open(path, encoding="utf-8") as file:
            rows += file.read().split()
    expect(sorted(rows) == ["2", "20"], rows)


def test_flink_has_none(scratch):
    library(scratch)
    done = scratch.run("flink", "translate", scratch.write("q.sql", create("times") + "ALTER FUNCTION times LANGUAGE NATIVE USING 'lib.so' VERSION '2';"))
    expect(done.returncode == 3 and done.stderr.count("E1002: LANGUAGE NATIVE cannot be said in Flink SQL") == 2, done.stdout + done.stderr)


def test_who_may(scratch):
    os.makedirs(os.path.join(scratch.path, "lib"))
    os.makedirs(os.path.join(scratch.path, "evil"))
    path, evil = library(scratch, name="lib/lib.so"), library(scratch, name="evil/lib.so")
    for role in ROLES:
        add(scratch, role, role)
    with Server(scratch, "-D", f"server.allowed-paths={scratch.path}/lib") as server:
        done = scratch.run("-c", NUMBERS + create("times", path=path))
        expect(done.returncode == 0, done.stderr)
        for role in ROLES:
            status, body = server.sql(role, "SELECT times(x) FROM t")
            expect(status == 200 and sorted(body["rows"]) == [[2], [4], [6], [8]], f"{role} may call what an admin has made: {body}")
        for role in ("reader", "operator"):
            for kind in ("CREATE OR REPLACE", "CREATE TEMPORARY", "CREATE TEMPORARY SYSTEM"):
                status, body = server.sql(role, create("rows", path=path).replace("CREATE", kind).strip().rstrip(";"))
                expect(status == 403 and body["code"] == "E6003", f"{role}: {kind}: {status} {body}")
        # An admin over the network is bound by the allowed paths.
        status, body = server.sql("admin", create("rows", path=evil).strip().rstrip(";"))
        expect(status == 403 and body["code"] == "E6004", body)
        status, body = server.sql("admin", create("rows", path=path).strip().rstrip(";"))
        expect(status == 200, body)


def test_savepoints_bring_no_code_by_themselves(scratch):
    """An operator restores from a path where somebody has put a savepoint with a function."""
    library(scratch)
    feed(scratch, range(10), "a")
    run(scratch, f"CREATE JOB j AS {INSERT};\n{WAIT}STOP JOB j WITH SAVEPOINT 'saved';\n")
    (saved,) = glob.glob(os.path.join(scratch.path, "saved", "savepoint-*"))
    add(scratch, "operator", "operator")
    with Server(scratch, "-D", f"server.allowed-paths={scratch.path}", "-D", "server.resume-jobs=false") as server:
        for statement in (f"EXPLAIN RESTORE JOB j FROM '{saved}'", f"RESTORE JOB j FROM '{saved}'"):
            status, body = server.sql("operator", statement)
            expect(status == 403 and body["code"] == "E6003", f"{statement}: {status} {body}")


if __name__ == "__main__":
    run_all(globals())
