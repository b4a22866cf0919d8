#!/usr/bin/env python3
"""`./weirw bench nexmark`: the queries of NEXMark by this engine, by hand-written loops, by DuckDB and by Flink.

Runs are interleaved (A B A B …), each in a process of its own, and given as median (least..greatest). Every other
system's result is compared with the engine's, as a hash of all columns of all rows, in runs that are not timed: the
engine's sink in timed runs is `blackhole`, which reads every byte of every column of every row, as the hand-written
loops' sink does; only the end of the rows' way differs. A query whose hashes differ is reported as wrong. The clock
runs from the job's start, planning included, until its last output is committed and its last checkpoint durable.

Flink is warmed up in the JVM that is timed, by the same query over a million events; over those its results are
compared, too.

Other work on the machine lengthens the clock but hardly the processor time, so ratios are of processor time and
"events/s" is given both ways: by the clock, and what the processor time of all threads allows when every core is
free (events * cores / CPU-seconds). The hand-written loops have one thread; a second one is taken to be perfect.

A virtual machine may give free memory back to its host, and getting it again costs several times the work of a query
with large state (clear_page in a profile). So half of what is free is touched, and the events' files are read, before
each run of any system; --cold leaves that out.

Results are written to bench/results/nexmark-<date>-<input>.json and .md. `compare OLD NEW` takes two such .json.
"""
import argparse
import datetime
import glob
import hashlib
import json
import math
import mmap
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RESULTS = os.path.join(ROOT, "bench", "results")
ALL = [f"q{i}" for i in range(24) if i != 6]  # Flink itself has no q6
CACHE = os.path.join(ROOT, ".cache", "bench")
FEW_EVENTS = 1_000_000  # over which Flink is warmed up, and its results compared
CLOCK = {"q12"}  # results depend on when it runs
WANTED_CHECKPOINTS = 10


class Skipped(Exception):
    """An opponent that cannot be had, and why."""


# --- one run ---------------------------------------------------------------------------------------

def call(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **more)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise RuntimeError(next((line for line in reversed(said) if line.startswith("Caused by:")), said[-1]))
    return json.loads(lines[-1])


def available_bytes():
    with open("/proc/meminfo", encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable"))


def warm(data):
    """Touches half of the free memory, and reads the files of the events into the page cache."""
    for name in sorted(os.listdir(data)) if os.path.isdir(data) else []:
        with open(os.path.join(data, name), "rb", buffering=0) as file:
            while file.read(1 << 20):
                pass
    size = available_bytes() // 2 // mmap.PAGESIZE * mmap.PAGESIZE
    with mmap.mmap(-1, size) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for place in range(0, size, mmap.PAGESIZE):
            memory[place] = 1


def changed(options, **values):
    return argparse.Namespace(**{**vars(options), **values})


class System:
    """What runs queries; `compared` are the options of the runs whose results are compared."""

    def __init__(self, options):
        self.options = self.compared = options


class Weir(System):
    name = "weir"

    def __init__(self, options, sql=HERE):
        super().__init__(options)
        self.data = options.data
        self.base = [options.program, "--sql", sql, "--events", str(options.events), "--parallelism",
                     str(options.parallelism), "--input", options.input, "--data", options.data, "--checkpoint",
                     str(options.checkpoint), "--backend", options.backend]

    def can(self, query):
        return os.path.exists(os.path.join(HERE, "queries", query + ".sql"))

    def run(self, query, hashed):
        shutil.rmtree(self.data + "-scratch", ignore_errors=True)  # files of an earlier run
        return call(self.base + ["--query", query] + (["--hash"] if hashed else []), cwd=ROOT)


class Hand(Weir):
    name = "hand"

    def run(self, query, hashed):
        return call(self.base + ["--query", query, "--by-hand"] + (["--hash"] if hashed else []), cwd=ROOT)


class DuckDb(System):
    name = "duckdb"

    def __init__(self, options):
        super().__init__(options)
        self.python = os.path.join(CACHE, "duckdb", "bin", "python")
        if not os.path.exists(self.python):
            os.makedirs(CACHE, exist_ok=True)
            try:
                subprocess.run([sys.executable, "-m", "venv", os.path.join(CACHE, "duckdb")], check=True,
                               capture_output=True)
                subprocess.run([self.python, "-m", "pip", "install", "-q", "duckdb"], check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError) as error:
                shutil.rmtree(os.path.join(CACHE, "duckdb"), ignore_errors=True)
                raise Skipped(f"pip cannot install it: {last_line(error)}") from error

    def can(self, query):
        return query not in ("q10", "q12")  # files, a clock

    def run(self, query, hashed):
        return call([self.python, os.path.join(HERE, "duckdb_run.py"), self.options.data, query, "--threads",
                     str(self.options.parallelism), "--input", self.options.input] + (["--hash"] if hashed else []))


def digest(folder):
    """Of the names and contents of its files."""
    found = hashlib.sha256()
    for path in sorted(glob.glob(os.path.join(folder, "**", "*"), recursive=True)):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                found.update(os.path.relpath(path, folder).encode() + b"\0" + file.read())
    return found.hexdigest()[:12]


class Flink(System):
    name = "flink"

    def __init__(self, options):
        super().__init__(options)
        self.compared = changed(options, events=min(options.events, FEW_EVENTS))
        make_files(self.compared)
        self.classes = os.path.join(CACHE, "flink-" + digest(os.path.join(HERE, "flink")), "target")
        if options.input != "json":
            raise Skipped("it has no batches in memory; use --input json")
        for program in ("java", "mvn"):
            if shutil.which(program) is None:
                raise Skipped(f"there is no {program}")
        if not os.path.isdir(os.path.join(self.classes, "lib")):
            shutil.rmtree(os.path.dirname(self.classes), ignore_errors=True)
            shutil.copytree(os.path.join(HERE, "flink"), os.path.dirname(self.classes))
            try:
                subprocess.run(["mvn", "-q", "-B", "package"], cwd=os.path.dirname(self.classes), check=True,
                               capture_output=True)
            except (OSError, subprocess.CalledProcessError) as error:
                shutil.rmtree(os.path.dirname(self.classes), ignore_errors=True)
                raise Skipped(f"Maven cannot build it: {last_line(error)}") from error

    can = Weir.can

    def run(self, query, hashed):
        options = self.options
        opens = ["--add-opens=java.base/" + p + "=ALL-UNNAMED" for p in
                 ("java.util", "java.lang", "java.time", "java.nio", "sun.nio.ch", "java.util.concurrent")]
        return call(["java", "-Xmx6g", "-Xms6g", "-XX:+UseG1GC", *opens, "-cp",
                     f"{self.classes}/nexmark-run-1.jar:{self.classes}/lib/*", "bench.NexmarkRun", HERE, query,
                     str(options.parallelism), str(options.checkpoint), self.compared.data] +
                    ([] if hashed else [options.data, str(options.events)]), timeout=3600)


def last_line(error):
    text = getattr(error, "stderr", b"") or str(error).encode()
    return text.decode(errors="replace").strip().splitlines()[-1]


# --- a query ---------------------------------------------------------------------------------------

def hashes(query, opponents_of_it):
    """What is wrong with the results, "" when they agree. Each opponent's is compared over the events it is asked."""
    if query in CLOCK:
        return ""
    ours, problems = {}, []
    for system in opponents_of_it:
        data = system.compared.data
        if data not in ours:
            ours[data] = Weir(system.compared).run(query, True)
        theirs, our = system.run(query, True), ours[data]
        if (theirs["result_rows"], theirs["hash"]) != (our["result_rows"], our["hash"]):
            problems.append(f"{system.name} has {theirs['result_rows']} rows ({theirs['hash']}), weir "
                            f"{our['result_rows']} ({our['hash']})")
    return "; ".join(problems)


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values)}


def run_or_again(system, query):
    """An opponent's run may fail for reasons of its own; once is forgiven."""
    try:
        return system.run(query, False)
    except RuntimeError as error:
        if system.name == "weir":
            raise
        print(f"bench: {query} by {system.name} is tried again: {error}", file=sys.stderr)
        return system.run(query, False)


def measure(query, systems, options):
    able = [system for system in systems if system.can(query)]
    if not any(system.name == "weir" for system in able):
        return {"query": query, "missing": True}
    row = {"query": query, "systems": {}}
    row["wrong"] = hashes(query, able[1:])
    runs = {system.name: [] for system in able}
    for _ in range(options.runs):
        for system in able:
            if not options.cold:
                warm(options.data)
            runs[system.name].append(run_or_again(system, query))
    cores = options.parallelism
    for name, results in runs.items():
        cpu = [r["cpu_s"] for r in results]
        figures = {"cpu_s": spread(cpu), "wall_s": spread([r["wall_s"] for r in results]),
                   "ns_per_event": spread([c * 1e9 / options.events for c in cpu]),
                   "events_per_s": spread([options.events * cores / c for c in cpu]),
                   "events_per_s_by_clock": spread([options.events / r["wall_s"] for r in results]),
                   "peak_mb": max(r["peak_mb"] for r in results), "rows": results[-1]["rows"]}
        for extra in ("generator_ns", "version"):
            if extra in results[-1]:
                figures[extra] = results[-1][extra]
        if name == "weir":
            figures["checkpoints"] = min(r["checkpoints"] for r in results)
            figures["checkpoint_bytes"] = max(r["checkpoint_bytes"] for r in results)
            figures["checkpoint_ms"] = max(r["checkpoint_ms"] for r in results)
            figures["pause_ms"] = max(r["pause_ms"] for r in results)
        else:
            figures["ratio"] = spread([other["cpu_s"] / ours["cpu_s"] for other, ours in zip(results, runs["weir"])])
        row["systems"][name] = figures
    return row


# --- what is printed -------------------------------------------------------------------------------

def millions(figures):
    return f"{figures['median'] / 1e6:.2f} ({figures['least'] / 1e6:.2f}..{figures['greatest'] / 1e6:.2f})"


def ratio_text(figures):
    return f"{figures['median']:.2f} ({figures['least']:.2f}..{figures['greatest']:.2f})"


def published():
    with open(os.path.join(HERE, "flink_figures.json"), encoding="utf-8") as file:
        return json.load(file)["events_per_second"]


def against_flink(row):
    """Times the published figure; 1 where the query cannot be run or is wrong."""
    if row.get("missing") or row["wrong"]:
        return 1.0
    return row["systems"]["weir"]["events_per_s"]["median"] / published()[row["query"]]


def columns(names):
    head = ["query", "M events/s, by CPU", "by clock", "CPU-s", "peak MB", "rows", "ckpts", "ckpt MB", "ckpt ms",
            "pause ms"]
    for name in names:
        head += [f"{name}: M events/s", f"times {name}"]
    return head + ["times Flink's figure"]


def cells(row, names):
    if row.get("missing"):
        return [row["query"], "cannot be run yet"] + ["-"] * (8 + 2 * len(names)) + ["1.0"]
    ours = row["systems"]["weir"]
    line = [row["query"], millions(ours["events_per_s"]), f"{ours['events_per_s_by_clock']['median'] / 1e6:.2f}",
            f"{ours['cpu_s']['median']:.2f}", f"{ours['peak_mb']:.0f}", str(ours["rows"]), str(ours["checkpoints"]),
            f"{ours['checkpoint_bytes'] / 1e6:.1f}", str(ours["checkpoint_ms"]), f"{ours['pause_ms']:.1f}"]
    for name in names:
        other = row["systems"].get(name)
        line += [millions(other["events_per_s"]), ratio_text(other["ratio"])] if other else ["-", "-"]
    return line + ["WRONG" if row["wrong"] else f"{against_flink(row):.1f}"]


def geometric(values):
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else 0.0


def table(report):
    names = report["against"]
    lines = ["| " + " | ".join(columns(names)) + " |", "|" + "---|" * len(columns(names))]
    lines += ["| " + " | ".join(cells(row, names)) + " |" for row in report["rows"]]
    lines.append("")
    lines.append(f"Geometric mean against Flink's figures (bench/nexmark/flink_figures.json): {report['mean']:.1f}x; a "
                 "query that cannot be run, or is wrong, counts as 1x.")
    for name in names:
        ratios = [row["systems"][name]["ratio"]["median"] for row in report["rows"]
                  if name in row.get("systems", {})]
        lines.append(f"{name}: it takes {geometric(ratios):.2f} times this engine's processor time, in the geometric "
                     f"mean of {len(ratios)} queries.")
    lines += [f"Wrong: {row['query']}: {row['wrong']}" for row in report["rows"] if row.get("wrong")]
    lines += report["notes"]
    return "\n".join(lines)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "?")
    return f"{os.cpu_count()} cores of {model}, {platform.platform()}"


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    return done.stdout.strip() or "?"


def flags(program):
    cache = os.path.join(os.path.dirname(program), "CMakeCache.txt")
    if not os.path.exists(cache):
        return "?"
    with open(cache, encoding="utf-8") as file:
        arch = re.search(r"^WEIR_ARCH:STRING=(\S+)$", file.read(), re.M)
    return "-O3" + (f" -march={arch[1]}" if arch else "")


# --- the whole -------------------------------------------------------------------------------------

def notes_of(report, options):
    notes = []
    few = [row["query"] for row in report["rows"]
           if row.get("systems") and row["systems"]["weir"]["checkpoints"] < WANTED_CHECKPOINTS]
    if few and options.checkpoint > 0:
        notes.append(f"Fewer than {WANTED_CHECKPOINTS} checkpoints in a run, so that their cost is hardly in it: "
                     f"{', '.join(few)}. More events, or a shorter interval, would do.")
    generator = [row["systems"]["weir"].get("generator_ns") for row in report["rows"] if row.get("systems")]
    if generator and generator[0] is not None:
        notes.append(f"Making the events took {statistics.median(generator):.0f} ns of processor time each and is not "
                     "in the figures.")
    return notes + [f"{name}: skipped: {why}" for name, why in report["skipped"].items()]


def opponents(options):
    kinds = {"hand": Hand, "duckdb": DuckDb, "flink": Flink}
    found, skipped = [], {}
    for name in filter(None, options.against.split(",")):
        if name not in kinds:
            raise SystemExit(f"bench: no opponent is named '{name}'; there are {', '.join(kinds)}")
        try:
            found.append(kinds[name](options))
        except Skipped as why:
            skipped[name] = str(why)
            print(f"bench: {name} is skipped: {why}", file=sys.stderr)
    return found, skipped


def make_files(options):
    """Files of the events; also in memory mode, where DuckDB loads them."""
    options.data = os.path.join(options.scratch, f"weir-nexmark-{options.events}-{options.parallelism}")
    made = call([options.program, "--make-files", "--events", str(options.events), "--parallelism",
                 str(options.parallelism), "--data", options.data])
    return made["bytes"]


def nexmark(options):
    size = make_files(options)
    others, skipped = opponents(options)
    report = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "machine": machine(), "commit": commit(), "flags": flags(options.program),
              "settings": {"events": options.events, "input": options.input, "json_bytes": size,
                           "parallelism": options.parallelism, "checkpoint_ms": options.checkpoint,
                           "backend": options.backend, "runs": options.runs},
              "against": [system.name for system in others], "skipped": skipped, "rows": []}
    systems = [Weir(options)] + others
    for query in options.queries.split(",") if options.queries else ALL:
        row = measure(query, systems, options)
        report["rows"].append(row)
        print(" | ".join(cells(row, report["against"])), file=sys.stderr, flush=True)
    report["mean"] = geometric([against_flink(row) for row in report["rows"]])
    report["notes"] = notes_of(report, options)
    print(head(report) + table(report))
    if options.save:
        save(report, options)
    return 1 if any(row.get("wrong") for row in report["rows"]) else 0


def head(report):
    s = report["settings"]
    return (f"# NEXMark, {s['events']:,} events, {s['input']}\n\n{report['date']}, commit {report['commit']}, "
            f"{report['flags']}; {report['machine']}.\nParallelism {s['parallelism']}, state in {s['backend']}, a "
            f"checkpoint every {s['checkpoint_ms']} ms (0: none), {s['runs']} interleaved runs: median "
            "(least..greatest).\nRatios are of processor time; \"by CPU\" is what it allows on as many free cores.\n\n")


def save(report, options):
    os.makedirs(RESULTS, exist_ok=True)
    base = os.path.join(RESULTS, f"nexmark-{report['date'][:10]}-{options.input}")
    with open(base + ".json", "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)
        file.write("\n")
    with open(base + ".md", "w", encoding="utf-8") as file:
        file.write(head(report) + table(report) + "\n")
    print(f"written: {base}.json and .md", file=sys.stderr)


def rows_only(options):
    """For CI: every query runs, and its rows are those of the hand-written loop."""
    options.input, options.data = "json", ""
    make_files(options)
    systems, wrong = [Weir(options), Hand(options)], []
    for query in options.queries.split(",") if options.queries else ALL:
        if not systems[0].can(query):
            print(f"{query}: cannot be run yet")
            continue
        problem = hashes(query, systems[1:])
        print(f"{query}: {problem or ('reads the clock' if query in CLOCK else 'agrees')}", flush=True)
        wrong += [query] if problem else []
    return 1 if wrong else 0


def compare(old_path, new_path):
    """A change is one when the runs of old and new do not overlap and the medians differ by more than 3 %."""
    with open(old_path, encoding="utf-8") as file:
        old = json.load(file)
    with open(new_path, encoding="utf-8") as file:
        new = json.load(file)
    different = {k: (v, new["settings"].get(k)) for k, v in old["settings"].items()
                 if v != new["settings"].get(k) and k != "runs"}
    if different or old["machine"] != new["machine"]:
        print(f"note: not the same settings or machine: {different or (old['machine'], new['machine'])}")
    before = {row["query"]: row["systems"]["weir"]["ns_per_event"] for row in old["rows"] if "systems" in row}
    slower = 0
    print("| query | old, ns CPU/event | new | change | |\n|---|---|---|---|---|")
    for row in new["rows"]:
        if "systems" not in row or row["query"] not in before:
            continue
        a, b = before[row["query"]], row["systems"]["weir"]["ns_per_event"]
        change = b["median"] / a["median"] - 1
        apart = b["least"] > a["greatest"] or b["greatest"] < a["least"]
        verdict = "noise" if not apart or abs(change) <= 0.03 else "slower" if change > 0 else "faster"
        slower += verdict == "slower"
        print(f"| {row['query']} | {ratio_text(a)} | {ratio_text(b)} | {change:+.1%} | {verdict} |")
    return 1 if slower else 0


def interval(text):
    if text == "off":
        return 0
    for unit, factor in (("ms", 1), ("s", 1000)):
        if text.endswith(unit) and text[:-len(unit)].strip().isdigit():
            return int(text[:-len(unit)]) * factor
    raise argparse.ArgumentTypeError("neither 'off' nor a time as in '1s' or '100ms'")


def main():
    parser = argparse.ArgumentParser(prog="weirw bench nexmark", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "bench_nexmark"), help=argparse.SUPPRESS)
    parser.add_argument("--queries", default="", help="q0,q5,…; all by default")
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--input", choices=["memory", "file", "json"], default="json",
                        help="file is json: lines in a file for each subtask")
    parser.add_argument("--parallelism", type=int, default=2)
    parser.add_argument("--checkpoint", type=interval, default=1000, help="1s, 100ms, off")
    parser.add_argument("--backend", choices=["rocksdb", "memory"], default="rocksdb")
    parser.add_argument("--against", default="hand", help="of hand,duckdb,flink")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cold", action="store_true", help="touch no memory before the runs")
    parser.add_argument("--scratch", default="/tmp", help="where the files of the events are kept")
    parser.add_argument("--no-save", dest="save", action="store_false", help="write nothing to bench/results")
    parser.add_argument("--rows-only", action="store_true", help="compare results only, time nothing")
    options = parser.parse_args()
    options.input = "json" if options.input == "file" else options.input
    return rows_only(options) if options.rows_only else nexmark(options)


if __name__ == "__main__":
    if sys.argv[1:2] == ["compare"]:
        sys.exit(compare(*sys.argv[2:4]))
    sys.exit(main())
