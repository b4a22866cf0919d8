#!/usr/bin/env python3
"""Holds the house: which folder may include which, where third-party headers may appear, where rows of state are cast,
sizes, that each place which answers E1002 is listed, that what comments and documents name is there, that what headers
offer has a comment, and that rows of .def files have an order.

usage: lint.py [ROOT]. Prints one line a violation and exits 1 when there is any.
The edges are the DEPS of CMakeLists.txt; the fences and the edges between top folders are those of
docs/design/architecture.md, "Edges".
"""
import json
import os
import re
import subprocess
import sys

import contracts
import references
import rows
import unsupported

TOP = ("grammar", "planner", "runtime", "state", "conf", "shell")
# What a top folder may include besides itself.
TOP_EDGES = {
    "grammar": set(),
    "runtime": set(),
    "conf": {"runtime"},
    "state": {"runtime"},
    "planner": {"runtime", "grammar"},
    "shell": {"planner", "runtime", "state", "conf"},
}
PLANNER_NEVER = ("runtime/operators", "runtime/task", "runtime/connectors")
# Third-party header -> folders that may include it.
FENCES = [
    (re.compile(r"antlr4|grammar/Weir"), ("planner/parse",)),
    (re.compile(r"^rocksdb/"), ("state",)),
    (re.compile(r"^thrift/|state/metadata_types\.h|shell/rpc/(TCLIService|news_types)"),
     ("state", "shell/rpc", "shell/server", "shell/client", "shell/hive")),
    (re.compile(r"^simdjson"), ("runtime/base", "runtime/connectors/formats", "runtime/connectors/sample", "runtime/expr/json", "shell/http",
                                "shell/flink")),
    (re.compile(r"^boost/(asio|beast|system)"), ("shell/http",)),
    (re.compile(r"^re2/"), ("runtime/expr",)),
    (re.compile(r"^librdkafka/"), ("runtime/connectors/kafka",)),
    (re.compile(r"^libpq-fe\.h"), ("runtime/connectors/postgres",)),
    (re.compile(r"^mariadb/"), ("runtime/connectors/mysql",)),
    (re.compile(r"^(arrow|parquet)/"), ("runtime/connectors/formats/parquet/arrow",)),
    (re.compile(r"^google/protobuf"), ("runtime/connectors/formats/protobuf",)),
    (re.compile(r"^curl/"), ("runtime/http",)),
    (re.compile(r"^expat\.h"), ("runtime/s3",)),
    (re.compile(r"^openssl/ssl\.h"), ("shell/login", "shell/hive", "shell/http")),
]
# Headers that are installed: there they lie beside each other, and this tree is not.
INSTALLED = "runtime/abi/"
FUNCTION_HARD, FUNCTION_P95 = 80, 40
NESTING, PARAMETERS = 3, 5
SOURCE_HARD, SOURCE_P95, HEADER_HARD = 800, 500, 250
WIDTH = 100
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def sources(root, folders, endings):
    for folder in folders:
        for directory, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.relpath(os.path.join(directory, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def declared(root):
    """Target -> its DEPS, and target -> its folder, from CMakeLists.txt."""
    text = read(root, "CMakeLists.txt")
    direct, folder_of = {}, {}
    for call in re.findall(r"^engine_library\(([^)]*)\)", text, re.M):
        words = call.split()
        name = words[0]
        folder = name.replace("_", "/", 1)
        if "FOLDER" in words:
            folder = words[words.index("FOLDER") + 1]
        deps, on = [], False
        for word in words[1:]:
            if word in ("DEPS", "THIRD_PARTY", "GENERATED", "FOLDER", "HOT", "RECURSE"):
                on = word == "DEPS"
            elif on:
                deps.append(word)
        direct[name], folder_of[name] = deps, folder
    return direct, folder_of


def targets(root):
    """Folder -> folders that its target may include, transitively."""
    direct, folder_of = declared(root)

    def closure(name, seen):
        for dep in direct.get(name, ()):
            if dep not in seen:
                seen.add(dep)
                closure(dep, seen)
        return seen

    return {folder_of[n]: {folder_of[d] for d in closure(n, set()) if d in folder_of} | {folder_of[n]}
            for n in direct}


EDGES = "docs/design/architecture.md"


def drawn(root):
    """The table of edges in the documents is that of CMakeLists.txt."""
    if not os.path.exists(os.path.join(root, EDGES)):
        return
    direct, _ = declared(root)
    rows = re.findall(r"^\| `(\w+)`[^|]*\| (.*) \|$", read(root, EDGES).split("\n## Edges\n")[-1].split("\n## ")[0], re.M)
    table = {name: re.findall(r"`(\w+)`", deps) for name, deps in rows}
    for name in sorted(set(direct) | set(table)):
        if direct.get(name) != table.get(name):
            yield f"{EDGES}: the edges of {name} are {', '.join(direct.get(name, [])) or 'none'} in CMakeLists.txt"


def folder_for(path, folders):
    """The deepest target folder that holds the file."""
    directory = os.path.dirname(path)
    while directory and directory not in folders:
        directory = os.path.dirname(directory)
    return directory


def resolve(root, path, include):
    """Repository path of an include, or None for third-party ones; relative includes are resolved."""
    for candidate in (include, os.path.normpath(os.path.join(os.path.dirname(path), include))):
        if os.path.exists(os.path.join(root, candidate)) and candidate.split("/")[0] in TOP + ("tests", "bench"):
            return candidate
    return None


def check_include(path, include, target, allowed):
    top, target_top = path.split("/")[0], target.split("/")[0]
    if top != target_top and target_top not in TOP_EDGES[top]:
        return f"{path}: {top} must not include {target_top} ({include})"
    if top == "planner" and target.startswith(PLANNER_NEVER):
        return f"{path}: the planner must not include {include}"
    own, other = folder_for(path, allowed), folder_for(target, allowed)
    if other and own and other not in allowed[own]:
        return f"{path}: {own} has no edge to {other} in CMakeLists.txt ({include})"
    if include != target and not path.startswith(INSTALLED):
        return f"{path}: include by the full path from the root, not {include}"
    return None


def circles(root):
    """Folders of one target (RECURSE) are rooms, too: their includes go one way."""
    for top in re.findall(r"^engine_library\((\w+)[^)]* RECURSE", read(root, "CMakeLists.txt"), re.M):
        folder = top.replace("_", "/", 1)
        edges = {}
        for path in sources(root, (folder,), (".h", ".cc", ".def")):
            here = os.path.dirname(path)
            for include in INCLUDE.findall(read(root, path)):
                there = os.path.dirname(include)
                if there != here and (there + "/").startswith(folder + "/"):
                    edges.setdefault(here, {}).setdefault(there, (path, include))
        for here, others in sorted(edges.items()):
            for there, (path, include) in sorted(others.items()):
                if reaches(edges, there, here):
                    yield f"{path}: {here} and {there} include each other ({include})"


def reaches(edges, start, end):
    seen, todo = set(), [start]
    while todo:
        at = todo.pop()
        if at == end:
            return True
        if at not in seen:
            seen.add(at)
            todo += edges.get(at, ())
    return False


def layers(root):
    allowed = targets(root)
    for path in sources(root, TOP, (".h", ".cc", ".def")):
        for include in INCLUDE.findall(read(root, path)):
            for pattern, folders in FENCES:
                if pattern.search(include) and not path.startswith(tuple(f + "/" for f in folders)):
                    yield f"{path}: {include} may only be included in {', '.join(folders)}"
            target = resolve(root, path, include)
            if target is not None:
                violation = check_include(path, include, target, allowed)
                if violation:
                    yield violation


# String and character literals and comments, whose braces and commas are none of the code's.
OPAQUE = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.S)
BLOCK = re.compile(r"(^|[;{}:]|\b(else|do|try))$")
CONDITION = re.compile(r"\b(if|for|while|switch|catch|constexpr)$")


def opens_block(before):
    """Whether a `{` behind this text begins a block of statements rather than a lambda, a class or a value."""
    if BLOCK.search(before):
        return True
    if not before.endswith(")"):
        return False
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(before[at], 0)
        if depth == 0:
            return bool(CONDITION.search(before[:at].rstrip()))
    return False


def nesting(body):
    """How deep blocks stand within a function."""
    stack, deepest, begun = [], 0, False
    for brace in re.finditer(r"[{}]", body):
        if brace.group() == "}":
            if stack:
                stack.pop()
            continue
        stack.append(begun and opens_block(body[:brace.start()].rstrip()))
        begun = True
        deepest = max(deepest, sum(stack))
    return deepest


def parameters(signature):
    """How many; commas within brackets part no parameters."""
    inside = signature[1:signature.rindex(")")]
    depth, count = 0, int(bool(inside.strip()))
    for letter in inside:
        depth += {"(": 1, "<": 1, "[": 1, "{": 1, ")": -1, ">": -1, "]": -1, "}": -1}.get(letter, 0)
        count += letter == "," and depth == 0
    return count


def shapes(root, tags):
    """Functions that are nested too deep or take too much. What overrides takes what its base says."""
    texts = {}
    for tag in tags:
        path = tag["path"]
        if path not in texts:
            blank = lambda match: re.sub(r"[^\n]", " ", match.group())
            texts[path] = OPAQUE.sub(blank, read(root, path)).split("\n")
        body = "\n".join(texts[path][tag["line"] - 1:tag["end"]])
        if nesting(body) > NESTING:
            yield f"{path}: {tag['name']} is nested {nesting(body)} deep, more than {NESTING}"
        taken = parameters(tag.get("signature", "()"))
        if taken > PARAMETERS and not re.search(r"\boverride\b", body[:body.find("{")]):
            yield f"{path}: {tag['name']} takes {taken} parameters, more than {PARAMETERS}"


def functions(root, paths):
    """Tags of the functions that are defined, with line, end and signature."""
    command = ["ctags", "--languages=C++", "--c++-kinds=f", "--fields=+neS", "--output-format=json", "-o", "-", "-L", "-"]
    listing = subprocess.run(command, cwd=root, input="\n".join(paths), capture_output=True, text=True, check=True)
    for line in listing.stdout.splitlines():
        tag = json.loads(line)
        if tag.get("end"):
            yield tag


# Threads, waits and numbers that a simulation could not order or draw (runtime/scheduler.h, runtime/entropy.h), and
# locks that clang does not see (runtime/base/thread_safety.h). The ports themselves may.
UNSCHEDULED = re.compile(r"std::(jthread|async|condition_variable\w*|\w*mutex|\w+_lock|lock_guard)\b|std::thread\b(?!::hardware_concurrency|::id)|"
                         r"pthread_create|this_thread::sleep|std::random_device")
PORT_OF_THREADS = ("runtime/thread.h", "runtime/thread.cc", "runtime/mutex.h", "runtime/base/leaf_mutex.h", "runtime/clock.cc",
                   "runtime/entropy.cc")


def threads(root):
    for path in sources(root, TOP, (".h", ".cc")):
        if path in PORT_OF_THREADS:
            continue
        found = UNSCHEDULED.search(re.sub(r"//[^\n]*", "", read(root, path)))
        if found:
            yield f"{path}: {found.group()} goes past runtime/thread.h, runtime/mutex.h, runtime/entropy.h and the Clock"


# What allocates in a noexcept function of the library: where memory ends, the process would, too.
ENDS_WITHOUT_MEMORY = re.compile(r"\b(?:recursive_)?directory_iterator\b")


def ends_without_memory(root):
    for path in sources(root, TOP, (".h", ".cc")):
        found = ENDS_WITHOUT_MEMORY.search(re.sub(r"//[^\n]*", "", read(root, path)))
        if found:
            yield f"{path}: {found.group()} ends the process where memory ends: FileSystem::List, or readdir"


# Memory, and rows of one kind, become rows of another in one place: elsewhere kinds are the compiler's business
# (tests/compile_fail). Its doors may be used by what knows the kind: arenas, slots, and the typed base of tables.
KINDS_OF_ROWS = r"\b(?:Row|KeyedRow|ValueRow|ListRow|MapEntry|MapRow|RowState)\b"
ROW_CAST = re.compile(r"\b(?:reinterpret|static|const|bit)_cast<[^;(]*" + KINDS_OF_ROWS + r"[^;(]*>\s*\(")
ROW_DOOR = re.compile(r"\b(?:\w*Row|MapEntry|Kind|Entry|Record)::From(?:Address|Bytes)\(")
CASTS_ROWS = "state/row/row.h"
ROW_DOORS = (CASTS_ROWS, "state/row/tagged_row.h", "state/row/row_arena.h", "state/table/keyed_table.h")


def casts_of_rows(root):
    for path in sources(root, TOP, (".h", ".cc")):
        text = re.sub(r"//[^\n]*", "", read(root, path))
        found = ROW_CAST.search(text) if path != CASTS_ROWS else None
        if found:
            yield f"{path}: {' '.join(found.group().split())} casts to a kind of rows, which is for {CASTS_ROWS}"
        found = ROW_DOOR.search(text) if path not in ROW_DOORS else None
        if found:
            yield f"{path}: {found.group()} makes a row of a kind, which is for {', '.join(ROW_DOORS)}"


def p95(values):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] if ordered else 0


def sizes(root):
    paths = list(sources(root, TOP + ("tests/sql_runner",), (".h", ".cc")))
    lines = {path: read(root, path).count("\n") for path in paths}
    for path, count in lines.items():
        limit = HEADER_HARD if path.endswith(".h") else SOURCE_HARD
        if count > limit:
            yield f"{path}: {count} lines, more than {limit}"
    tags = list(functions(root, paths))
    yield from shapes(root, tags)
    lengths = [(tag["path"], tag["name"], tag["end"] - tag["line"] + 1) for tag in tags]
    for path, name, length in lengths:
        if length > FUNCTION_HARD:
            yield f"{path}: {name} has {length} lines, more than {FUNCTION_HARD}"
    if p95(length for _, _, length in lengths) > FUNCTION_P95:
        yield f"p95 of function lengths is {p95(l for _, _, l in lengths)}, more than {FUNCTION_P95}"
    source_p95 = p95(count for path, count in lines.items() if path.endswith(".cc"))
    if source_p95 > SOURCE_P95:
        yield f"p95 of .cc lengths is {source_p95}, more than {SOURCE_P95}"


def comments(root):
    """What the formatter leaves alone (.clang-format, ReflowComments): how wide comments are; and what headers offer."""
    for path in sources(root, TOP + ("tests", "bench"), (".h", ".cc")):
        text = read(root, path)
        for number, line in enumerate(text.split("\n"), start=1):
            if len(line) > WIDTH and "//" in line and len(line.split("//", 1)[1].split()) > 1:
                yield f"{path}:{number}: a comment is {len(line)} columns wide, more than {WIDTH}"
            if re.match(r"\s*// -{4,}$", line):
                yield f"{path}:{number}: a rule stands on a line of its own; its title belongs before it: // --- title ---"
        if path.endswith(".h") and path.split("/")[0] in TOP:
            yield from contracts.violations(path, text)


def booleans(root):
    """Options of kBoolean are read by TypedOptions alone: a comparison with a word knows one spelling of several that
    CheckOptions accepts, and ignores the others."""
    for path in sources(root, ("runtime/connectors", "runtime/graph", "planner"), (".cc", ".h")):
        if re.search(r'(?:OptionValue|ValueOf)\([^;]*"(?:true|false)"', read(root, path)):
            yield f"{path}: an option is compared with \"true\" or \"false\"; TypedOptions::Flag and ParseBoolean know all spellings"


def initializers(root):
    """Where TRY returns out of a braced initializer, what was already initialized in it is not freed (clang up to 17, for
    aggregates and arrays), so TRY may only be its first element."""
    for path in sources(root, ("runtime", "state", "planner", "shell", "conf"), (".cc", ".h")):
        text = re.sub(r"//[^\n]*", "", read(root, path))
        for found in re.finditer(r"\{(?!nullptr,)[^\s{};][^{};]*,[^{};]*\bTRY\(", text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{path}:{line}: TRY behind the first element of a braced initializer leaks the elements before it"


def goldens(root):
    """Golden files are what an older build wrote, which every later one must read: once committed they never
    change. Another format gets a folder of its own beside v1."""
    if not os.path.exists(os.path.join(root, ".git")):
        return  # an export of the sources
    place = ["--name-status", "--no-renames", "--", "tests/golden"]
    seen = set()
    for command in (["log", "--format=", *place], ["diff", "HEAD", *place]):
        listing = subprocess.run(["git", "-C", root, *command], capture_output=True, text=True, check=False)
        if listing.returncode != 0:
            yield f"tests/golden: git {command[0]} failed: {listing.stderr.strip()}"
            return
        for line in listing.stdout.splitlines():
            status, _, path = line.partition("\t")
            if status != "A" and path not in seen:
                seen.add(path)
                yield f"{path}: a golden file was changed or removed; a new format needs a new folder"


def main():
    root = sys.argv[1] if sys.argv[1:] else os.path.normpath(os.path.join(os.path.dirname(__file__), "../.."))
    checks = (layers, circles, drawn, threads, ends_without_memory, casts_of_rows, sizes, comments, goldens, booleans, initializers, unsupported.violations,
              references.violations, rows.violations)
    violations = [violation for check in checks for violation in check(root)]
    for violation in violations:
        print(violation)
    print(f"lint: {len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
