"""Holds tests/unsupported.tsv: every place that answers E1002, "understood, not supported yet", with the issue that will
do it or the reason why nobody will.

A place is a file and what is refused there: the first text of the call that makes the error, or its first argument.
"""
import os
import re

TABLE = "tests/unsupported.tsv"
FOLDERS = ("planner", "runtime", "state", "conf", "shell")
CALL = re.compile(r'(?:(?<![\w:])return |Fail\(|= )\s*(?:weir::)?(Status::Unsupported|NotSupported|NotSupportedYet)\(|'
                  r'(CheckHasOrder)\([^;]*?\.WithId\("E1002"\)')
TEXT = re.compile(r'"((?:\\.|[^"\\])*)"')
FORWARDS = re.compile(r'"\{\} (?:is|does)')  # what makes the error for its callers


def argument(text, at):
    """What stands between the bracket before `at` and its partner."""
    depth, end = 1, at
    while depth and end < len(text):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    return text[at:end - 1]


def one_text(inside):
    """The literals of the call; those that only a comma or a break parts belong together."""
    joined = re.sub(r'"\s+"', "", inside)
    return " | ".join(text.strip() for text in TEXT.findall(joined))


def places(root):
    """(file, what is refused) of each place."""
    for folder in FOLDERS:
        for directory, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                if not name.endswith((".cc", ".h")):
                    continue
                path = os.path.join(directory, name)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                for call in CALL.finditer(text):
                    relative = os.path.relpath(path, root)
                    if call.group(2):
                        yield relative, "a key of this type"
                        continue
                    inside = argument(text, call.end())
                    if FORWARDS.search(inside) and re.search(r", construct\)", inside):
                        continue
                    said = one_text(inside) or inside.split(",")[0].strip()
                    yield relative, said


def rows(root):
    path = os.path.join(root, TABLE)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [line.split("\t") for line in file.read().splitlines()[1:]]


def violations(root):
    known = rows(root)
    for number, row in enumerate(known, start=2):
        if len(row) != 4 or row[2] not in ("issue", "never") or len(row[3].split()) < 2:
            yield f"{TABLE}:{number}: a row is file, construct, 'issue' or 'never', and which issue or why"
    listed = {(row[0], row[1]) for row in known if len(row) == 4}
    found = set(places(root))
    for path, said in sorted(found - listed):
        yield f"{path}: answers E1002 for {said!r}, and {TABLE} does not list it"
    for path, said in sorted(listed - found):
        yield f"{TABLE}: {path} does not answer E1002 for {said!r} any more"
