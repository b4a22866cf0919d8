#!/usr/bin/env python3
"""Plants a violation of each kind into a copy of the tree and sees the lint fail on it."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import references
import rows

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
LONG_FUNCTION = "int Long() {\n" + "  Step();\n" * 90 + "  return 0;\n}\n"


# (file, text, what the lint says of it). All stand in one copy of the tree, which is read once.
LAMBDAS = "int {name}() {{\n  auto f = [&](int x) {{\n    return std::pair{{x, '{{'}};\n  }};\n" + "".join(
    f"{'  ' * i}if (x) {{{{ // {{{{\n" for i in range(1, 4))
FIVE = "std::map<int, int> a, int b, int c, int d, int (*e)(int, int)"
PLANTED = [
    ("planner/bind/new.cc", 'Status Refuse() {\n  return NotSupported("a NEW thing", {});\n}\n',
     "planner/bind/new.cc: answers E1002 for 'a NEW thing'"),
    ("runtime/connectors/planted.cc", 'bool Quiet(const Options& o) {\n  return EqualsIgnoreCase(graph::OptionValue(o, "quiet"),\n'
     '                          "true");\n}\n', "TypedOptions::Flag and ParseBoolean know all spellings"),
    ("conf/leak.cc", "Status Add() {\n  all_.push_back({name,\n                  TRY(Open(name))});\n  return {};\n}\n",
     "conf/leak.cc:2: TRY behind the first element"),
    ("conf/no_leak.cc", "Status Add() {\n  all_.push_back({TRY(Open(name)), name});\n  return {};\n}\n", None),
    ("runtime/base/planted.def", "WEIR_PLANTED(kOne, 1)\n", "knows no order of its rows"),
    ("runtime/base/upwards.cc", '#include "state/planted.h"\n#include "planner/logical/plan.h"\n', "runtime must not include planner"),
    ("runtime/types/upwards.cc", '#include "runtime/expr/expr.h"\n', "runtime/types/upwards.cc: .*no edge to runtime/expr"),
    ("runtime/types/relative.cc", '#include "../expr/expr.h"\n', "runtime/types/relative.cc: .*no edge to runtime/expr"),
    ("runtime/types/beside.cc", '#include "type.h"\n', "full path from the root"),
    ("runtime/expr/json/planted.cc", '#include "runtime/expr/functions/text.h"\n',
     "runtime/expr/functions and runtime/expr/json include each other"),
    ("planner/logical/planted.cc", '#include "runtime/operators/operator.h"\n', "the planner must not include"),
    ("shell/planted.h", "#pragma once\n", None),
    ("state/upwards.cc", '#include "shell/planted.h"\n', "state must not include shell"),
    ("planner/bind/fence.cc", "#include <antlr4-runtime.h>\n", "planner/bind/fence.cc: .*may only be included in"),
    ("runtime/task/fence.cc", "#include <rocksdb/db.h>\n", "runtime/task/fence.cc: .*may only be included in"),
    ("conf/fence.cc", "#include <thrift/Thrift.h>\n", "conf/fence.cc: .*may only be included in"),
    *((f"state/thread{number}.cc", f"void F() {{\n  {text}\n}}\n", f"state/thread{number}.cc:.* goes past runtime/thread.h")
      for number, text in enumerate(("std::thread thread_;", "std::async(f);", "std::condition_variable at;",
                                     "pthread_create(0, 0, 0, 0);", "std::random_device d;"))),
    ("state/listing.cc", "const fs::recursive_directory_iterator end;\n", "listing.cc: recursive_directory_iterator ends the process"),
    *((f"state/table/cast{number}.cc", f"ValueRow Of(ListRow row) {{\n  return {cast};\n}}\n",
       f"cast{number}.cc: .* casts to a kind of rows, which is for state/row/row.h")
      for number, cast in enumerate(("reinterpret_cast<const ValueRow&>(row)", "std::bit_cast<ValueRow>(row)",
                                     "static_cast<\n  ValueRow>(row)"))),
    ("state/table/made.cc", "ValueRow Of(ListRow row) {\n  return ValueRow::FromAddress(row.address());\n}\n",
     r"made.cc: ValueRow::FromAddress\( makes a row of a kind"),
    ("runtime/base/long_function.cc", LONG_FUNCTION, "Long has 93 lines"),
    ("runtime/base/nested.cc", LAMBDAS.format(name="Flat") + "}}}\n  return 0;\n}\n", None),
    ("runtime/base/deep.cc", LAMBDAS.format(name="Deep") + "for (;;) {\n}\n}}}\n  return 0;\n}\n",
     "Deep is nested 4 deep, more than 3"),
    ("runtime/base/five.cc", f"int Five({FIVE}) {{\n  return 0;\n}}\n", None),
    ("runtime/base/many.cc", f"int Many({FIVE}, int f) {{\n  return 0;\n}}\n", "Many takes 6 parameters, more than 5"),
    ("runtime/base/lines.cc", "// line\n" * 801, "lines.cc: 801 lines, more than 800"),
    ("runtime/base/lines.h", "// line\n" * 251, "lines.h: 251 lines, more than 250"),
]


class PlantedViolations(unittest.TestCase):
    """In a copy of the whole tree, whose every other file is clean (the ctest `lint` sees that)."""

    def test_each_is_found(self):
        root = tempfile.mkdtemp(prefix="weir-lint-")
        self.addCleanup(shutil.rmtree, root)
        for folder in ("grammar", "planner", "runtime", "state", "conf", "shell", "tests/lint"):
            shutil.copytree(os.path.join(ROOT, folder), os.path.join(root, folder))
        for name in ("CMakeLists.txt", "tests/unsupported.tsv"):
            shutil.copy(os.path.join(ROOT, name), os.path.join(root, name))
        for path, text, _ in PLANTED:
            self.assertFalse(os.path.exists(os.path.join(root, path)), path)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        with open(os.path.join(root, "tests/unsupported.tsv"), "a", encoding="utf-8") as table:
            table.write("planner/bind/gone.cc\ta thing\tnever\tit is done\n")
        run = subprocess.run([sys.executable, os.path.join(root, "tests/lint/lint.py"), root], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 1, run.stdout)
        for path, _, message in PLANTED:
            with self.subTest(path=path):
                if message is None:
                    self.assertNotIn(path + ":", run.stdout)
                else:
                    self.assertRegex(run.stdout, message)
        self.assertIn("does not answer E1002 for 'a thing' any more", run.stdout)


def functions(lines, count):
    """So many functions of so many lines each."""
    return "".join(f"int F{i}() {{\n" + "  Step();\n" * (lines - 3) + "  return 0;\n}\n" for i in range(count))


class House(unittest.TestCase):
    """A house of a few files."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="weir-lint-")
        self.addCleanup(shutil.rmtree, self.root)
        self.write("CMakeLists.txt", "engine_library(runtime_base)\n")
        self.write("tests/large_test.cc", "Check();\n" * 2_000)

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def lint(self):
        script = os.path.join(ROOT, "tests/lint/lint.py")
        return subprocess.run([sys.executable, script, self.root], capture_output=True, text=True, check=False).stdout


class Budgets(House):
    """The budgets over a whole tree, each at its limit and one beyond it."""

    def expect(self, within, beyond, message):
        """(path, text) within a budget and beyond it."""
        self.write(*within)
        self.assertEqual(self.lint(), "lint: 0 violations\n")
        self.write(*beyond)
        self.assertEqual(self.lint(), message + "\nlint: 1 violations\n")

    def test_p95_of_functions(self):
        path = "runtime/base/planted.cc"
        self.expect((path, functions(3, 39) + functions(41, 1)), (path, functions(3, 38) + functions(41, 2)),
                    "p95 of function lengths is 41, more than 40")

    def test_p95_of_sources(self):
        for i in range(38):
            self.write(f"runtime/base/short{i}.cc", "int x;\n")
        self.write("runtime/base/long.cc", "int x;\n" * 501)
        self.expect(("runtime/base/more.cc", "int x;\n"), ("runtime/base/more.cc", "int x;\n" * 501),
                    "p95 of .cc lengths is 501, more than 500")

    def test_width_of_comments(self):
        path = "runtime/base/planted.cc"
        self.expect((path, "// " + "word " * 19 + "ab\nint x;\n// " + "w" * 120 + "\n"), (path, "// " + "word " * 19 + "abc\n"),
                    path + ":1: a comment is 101 columns wide, more than 100")

    def test_rules_have_their_titles_before_them(self):
        path = "runtime/base/planted.cc"
        self.expect((path, "// --- title " + "-" * 80 + "\n"), (path, "// --- title\n// " + "-" * 80 + "\n"),
                    path + ":2: a rule stands on a line of its own; its title belongs before it: // --- title ---")

    def test_the_ctest_runs_it(self):
        with open(os.path.join(ROOT, "tests/targets.cmake"), encoding="utf-8") as file:
            self.assertIn("script_test(lint tests/lint/lint.py)", file.read())


class GoldenFiles(House):
    """Golden files, over a history of their own."""

    def git(self, *words):
        identity = ["-c", "user.name=lint", "-c", "user.email=lint@test", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", self.root, *identity, *words], check=True, capture_output=True)

    def commit_golden(self):
        self.write("tests/golden/v1/savepoints/_metadata", "what version 1 wrote")
        self.git("init", "-q")
        self.git("add", "tests/golden")
        self.git("commit", "-q", "-m", "a golden file")
        self.assertNotIn("golden", self.lint())

    def test_a_changed_golden_is_found_before_and_after_it_is_committed(self):
        self.commit_golden()
        self.write("tests/golden/v1/savepoints/_metadata", "what version 2 writes")
        self.assertIn("v1/savepoints/_metadata: a golden file was changed", self.lint())
        self.git("commit", "-q", "-a", "-m", "hide it")
        self.assertIn("a golden file was changed", self.lint())
        self.write("tests/golden/v1/savepoints/_metadata", "what version 1 wrote")
        self.assertIn("a golden file was changed", self.lint())

    def test_a_removed_golden_is_found(self):
        self.commit_golden()
        os.remove(os.path.join(self.root, "tests/golden/v1/savepoints/_metadata"))
        self.assertIn("changed or removed", self.lint())

    def test_a_new_version_gets_a_folder_of_its_own(self):
        self.commit_golden()
        self.write("tests/golden/v2/_metadata", "what version 2 writes")
        self.write("tests/golden/v1/more", "another operator of version 1")
        self.git("add", "tests/golden")
        self.assertNotIn("golden", self.lint())
        self.git("commit", "-q", "-m", "version 2")
        self.assertNotIn("golden", self.lint())

    def test_a_history_that_cannot_be_read_is_no_clean_one(self):
        os.makedirs(os.path.join(self.root, ".git"))
        self.assertIn("git log failed", self.lint())


class Contracts(House):
    """What headers offer has a comment."""

    def offer(self, *lines):
        self.write("runtime/base/planted.h", "// Two things.\n#pragma once\n\nnamespace weir {\n\n" + "\n".join(lines)
                   + "\n\n}  // namespace weir\n")
        return re.findall(r"planted.h:(\d+): (\w+) is offered", self.lint())

    def test_functions_and_classes(self):
        self.assertEqual(self.offer("int F();", "", "class C {", " public:", "  int member();", "};", "", "template <typename T>",
                                    "T G(T value) {", "  return value;", "}"), [("6", "F"), ("8", "C"), ("14", "G")])

    def test_a_comment_speaks_for_its_group(self):
        self.assertEqual(self.offer("// Of both.", "int F();", "int G(int a,", "      int b);", "", "class Ahead;", "struct Plain {};",
                                    "int H();  // beside"), [])
        self.assertEqual(self.offer("// Of one.", "int F();", "", "int G();"), [("9", "G")])

    def test_the_head_of_a_file_speaks_for_one_thing(self):
        self.assertEqual(self.offer("int F();"), [])
        self.write("runtime/base/planted.h", "#pragma once\nnamespace weir {\nint F();\n}\n")
        self.assertIn("planted.h:3: F is offered", self.lint())


class References(House):
    """What comments and documents name is there, in a house of a few files."""

    def setUp(self):
        super().setUp()
        self.write("docs/page.md", "# Page\n\n## One thing\n\n```\nweir run gone.cc\n```\n")
        self.write("runtime/base/status.h", "")
        self.write("runtime/base/one.cc", "")
        self.write("state/one.cc", "")
        self.write(".gitignore", "/build*/\n/out/\n")

    def told(self, path, text):
        """What is wrong with the file."""
        self.write(path, text)
        found = list(references.violations(self.root))
        os.remove(os.path.join(self.root, path))
        return [line.split(": ", 1)[1] for line in found if line.startswith(path + ":")]

    def test_what_is_there(self):
        for line in ("runtime/base/status.h says", "status.h, runtime/base and state/one", "base/one.cc", "any runtime/<folder>/*.h",
                     "RocksDB's version_set.h", "https://example.com/gone.md", "out/gone.json", "script.sql, state/FILE.slt",
                     "java.sql.Time", 'docs/page.md, "One thing" and "Page"', "RFC 8259, section 6", "one.cc of state/one"):
            with self.subTest(line=line):
                self.assertEqual(self.told("runtime/base/new.cc", f"// {line}\n"), [])
        self.assertEqual(self.told("runtime/base/new.cc", 'const char* k = "gone.h // gone.cc";\nint x = gone.h;\n'), [])

    def test_what_is_not(self):
        for line, what in (("see gone.h", "there is no gone.h"), ("runtime/gone/status.h", "there is no runtime/gone/status.h"),
                           ("below state/gone", "there is no state/gone"), ("any gone_<what>.cc", "there is no gone_<what>.cc"),
                           ("one.cc", "one.cc may be any of runtime/base/one.cc, state/one.cc"),
                           ("bench/gone.sql", "there is no bench/gone.sql"),
                           ('docs/page.md, "Two"', 'docs/page.md has no section "Two"')):
            for path, text in (("planner/new.cc", f"int x;  // {line}\n"), ("tests/new.py", f'def f():\n    """Does.\n\n    {line}\n    """\n'),
                               ("tests/new.cmake", f"# {line}\n"), ("tests/new.tsv", f"a\t{line}\n"), ("docs/new.md", f"So {line}.\n"), ("grammar/new.g4", f"/* a\n {line} */\n")):
                with self.subTest(line=line, path=path):
                    self.assertEqual(self.told(path, text), [what])

    def test_a_section_is_found_over_the_end_of_a_line(self):
        self.assertEqual(self.told("planner/new.cc", '// As in docs/page.md,\n// "Two\n// things".\n'),
                         ['docs/page.md has no section "Two things"'])

    def test_numbers_of_sections(self):
        self.assertIn("a section is named by its heading", self.told("planner/new.cc", "// (page.md, section 5)\n")[0])
        self.assertIn("a section is named by its heading", self.told("planner/new.cc", "// (page.md 4.7)\n")[0])

    def test_links(self):
        self.assertEqual(self.told("docs/new.md", "[a](page.md#one-thing) [b](../state) [c](https://example.com/x#y)\n"), [])
        self.assertEqual(self.told("docs/new.md", "[a](page.md#two) [b](gone.md)\n"),
                         ["there is no gone.md", "the link's anchor is no heading of docs/page.md: #two",
                          "the link leads nowhere: gone.md"])

    def test_the_tree_has_no_dead_reference_and_many_live_ones(self):
        self.assertEqual(list(references.violations(ROOT)), [])
        house = references.House(ROOT)
        self.assertIn("Walk of a row", house.headings("docs/design/architecture.md"))
        with open(os.path.join(ROOT, "docs/design/architecture.md"), encoding="utf-8") as page:
            self.assertGreater(sum(len(list(references.mentions(house, "docs/design/architecture.md", line))) for line in page), 50)

    def test_the_table_of_edges(self):
        self.write("CMakeLists.txt", "engine_library(runtime_base)\nengine_library(state FOLDER state DEPS runtime_base)\n")
        head = "# A\n\n## Edges\n\n| target | `DEPS` |\n|---|---|\n| `runtime_base` (all) | – |\n"
        self.write("docs/design/architecture.md", head + "| `state` | `runtime_base` |\n\n## B\n\n| `x` | `y` |\n")
        self.assertEqual(self.lint(), "lint: 0 violations\n")
        self.write("docs/design/architecture.md", head + "| `state` | `runtime_types` |\n")
        self.assertIn("the edges of state are runtime_base in CMakeLists.txt", self.lint())
        self.write("docs/design/architecture.md", head)
        self.assertIn("the edges of state are runtime_base in CMakeLists.txt", self.lint())

    def test_the_lint_runs_it(self):
        self.write("planner/new.cc", "// see gone.h\n")
        self.assertEqual(self.lint(), "planner/new.cc:1: there is no gone.h\nlint: 1 violations\n")


class SwappedRows(unittest.TestCase):
    """Two neighbouring rows of any .def change places: the lint sees it, each time."""

    def test_each_pair_of_rows(self):
        paths = list(rows.definitions(ROOT))
        self.assertEqual(sorted(rows.ORDERS), sorted(paths))
        pairs = 0
        for path in paths:
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                names = rows.rows(file.read())
            self.assertEqual(list(rows.ORDERS[path](ROOT, path, names)), [], path)
            for i in range(len(names) - 1):
                swapped = names[:i] + [names[i + 1], names[i]] + names[i + 2:]
                self.assertNotEqual(list(rows.ORDERS[path](ROOT, path, swapped)), [], f"{path}: row {i}")
                pairs += 1
        self.assertGreater(pairs, 80)


if __name__ == "__main__":
    unittest.main()
