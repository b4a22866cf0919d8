"""Holds that what a header offers has a comment: every class and free function at namespace level.

The comment stands directly above, at the end of the line, or above what stands before it without a blank line between,
so that one comment can promise for a group. The head of a file that offers one thing speaks for that. Declarations ahead
(class X;), plain structs and enums (whose members speak), aliases, constants and operators need none. What a comment
says, no script can judge.
"""
import re

NAMESPACE = re.compile(r"^(inline )?namespace\b.*\{$")
CLASS = re.compile(r"^(?:template <.*> ?)?class\s+(?:\[\[\w+\]\]\s+)?(\w+)(?!.*;$)")
FUNCTION = re.compile(r"^(?!using|static_assert|extern|namespace|return|friend|#|typedef|struct|enum)[\w:<>,&*\[\]\s]*?[\s&*](\w+)\(")
OPAQUE = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*')


def offered(lines):
    """(line number, name, whether a comment covers it) of the classes and functions at namespace level."""
    depth = outer = 0
    covered = begun = False  # a comment stands above; a declaration goes on
    for number, line in enumerate(lines, start=1):
        code, text = OPAQUE.sub("", line).rstrip(), line.strip()
        top = depth == outer and not begun
        if top and not text:
            covered = False
        elif top and text.startswith("//"):
            covered = True
        elif top and NAMESPACE.match(code):
            outer, covered = outer + 1, False
        elif top and "operator" not in code:
            name = CLASS.match(code) or FUNCTION.match(code)
            if name and not name.group(1).startswith("__"):
                yield number, name.group(1), covered or "//" in line
        depth += code.count("{") - code.count("}")
        outer = min(outer, depth)
        if code and not code.startswith("#"):
            begun = depth == outer and not code.endswith((";", "}", "{", ">", "\\"))


def violations(path, text):
    found = list(offered(text.split("\n")))
    if len(found) == 1 and text.startswith("//"):
        return
    for number, name, covered in found:
        if not covered:
            yield f"{path}:{number}: {name} is offered without a comment that says what it promises"
