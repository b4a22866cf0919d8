#!/usr/bin/env python3
"""What mutants.py changes in a line, and what it leaves alone."""
import pathlib
import unittest

import mutants

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def of(lines, name="void Side::Erase(int row) {"):
    """(kind, line behind the change) of the statements in a function."""
    text = f"{name}\n  {lines}\n}}\n"
    return {(site.kind, mutants.line_of(mutants.changed(text, site), 2)) for site in mutants.sites(text)}


class Mutants(unittest.TestCase):
    def has(self, lines, *expected, **more):
        found = of(lines, **more)
        for change in expected:
            self.assertIn(change, found)
        return found

    def test_conditions(self):
        self.has("if (a) F();", ("condition", "if (!(a)) F();"), ("drop", "if (a) {}"))
        self.has("if (!a.empty()) F();", ("condition", "if (a.empty()) F();"))
        self.has("if (int b = F(); b > 0) G();", ("condition", "if (int b = F(); !(b > 0)) G();"))
        self.assertNotIn("condition", {kind for kind, _ in of("if (auto* b = F()) G();")})

    def test_operators(self):
        self.has("x = a < b && c >= d;", ("comparison", "x = a <= b && c >= d;"), ("comparison", "x = a < b && c > d;"),
                 ("and-or", "x = a < b || c >= d;"))
        self.has("n += a - 1;", ("arithmetic", "n -= a - 1;"), ("arithmetic", "n += a + 1;"), ("one-off", "n += a - 2;"),
                 ("one-off", "n += a - 0;"))
        self.has("flags &= ~kDead;", ("arithmetic", "flags |= ~kDead;"))
        self.has("x = std::min(a, b);", ("word", "x = std::max(a, b);"))
        self.has("ok = true;", ("word", "ok = false;"))

    def test_statements(self):
        self.has("table_.Erase(dead_);", ("drop", "{}"), ("return", "return; table_.Erase(dead_);"))
        self.has("count = 1;", ("drop", "{}"))
        self.has("F(1);", ("return", "return {}; F(1);"), name="Status Side::Erase(int row) {")
        self.has("return Find(row);", ("return", "return {};"), name="RowHeader* Side::Erase(int row) {")
        self.has("RETURN_IF_ERROR(F());", ("drop", "{}"))

    def test_loops_keep_their_heads(self):
        found = of("for (size_t i = 0; i < n; ++i) F(i);")
        self.assertIn(("comparison", "for (size_t i = 0; i <= n; ++i) F(i);"), found)
        self.assertIn(("drop", "for (size_t i = 0; i < n; ++i) {}"), found)
        self.assertFalse([line for _, line in found if "--i" in line or "; return" in line])

    def test_no_templates_no_texts(self):
        self.assertEqual({line for kind, line in of("std::vector<int> a;") if kind != "return"}, set())
        self.assertFalse([line for _, line in of('F("a < b && c");  // if (a < 1)') if "<=" in line or "||" in line])

    def test_what_changes_nothing_is_left_alone(self):
        for line in ("rows.reserve(8);", "WEIR_CHECK(a == b);", "WEIR_DCHECK(a < 1);", 'if (DefectPlanted("x")) return;',
                     "__builtin_prefetch(p);"):
            self.assertEqual({kind for kind, _ in of(line)} - {"return"}, set(), line)

    def test_statements_of_several_lines(self):
        text = "void F() {\n  G(1,\n    2);\n  H();\n}\n"
        dropped = [site for site in mutants.sites(text) if site.kind == "drop"]
        self.assertEqual(mutants.changed(text, dropped[0]), "void F() {\n  {}\n\n  H();\n}\n")

    def test_functions(self):
        text = "namespace a {\nint First(int b) {\n  return b;\n}\n\nvoid Side::Second() {\n  F();\n}\n}\n"
        self.assertEqual(mutants.function_of(text, text.index("return b")), "First")
        self.assertEqual(mutants.function_of(text, text.index("F();")), "Side::Second")

    def test_every_change_of_the_source(self):
        """It is one, it keeps the lines' numbers, and there are enough of each kind."""
        kinds = {}
        for path in [*(ROOT / "runtime/operators").rglob("*.cc"), *(ROOT / "state").rglob("*.cc")]:
            text = path.read_text(encoding="utf-8")
            for site in mutants.sites(text):
                kinds[site.kind] = kinds.get(site.kind, 0) + 1
                self.assertNotEqual(text[site.begin:site.end], site.instead)
                if kinds[site.kind] % 50 == 0:
                    after = mutants.changed(text, site).split("\n")
                    changed = [at for at, (a, b) in enumerate(zip(text.split("\n"), after, strict=True), 1) if a != b]
                    self.assertEqual(changed[0], site.line)
        self.assertEqual(set(kinds), {"condition", "comparison", "and-or", "arithmetic", "one-off", "word", "drop", "return"})
        self.assertGreater(min(kinds.values()), 100, kinds)


if __name__ == "__main__":
    unittest.main()
