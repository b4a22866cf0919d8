"""Holds references: what comments and documents name must be there.

usage: references.py [ROOT]. lint.py runs it with the rest.

A *mention* is the path or name of a file with a known ending, or a path that begins with a folder of the root; in
comments and doc strings of code, in tables (.tsv), and in Markdown outside of fenced blocks. It counts from the root, from
the folder of the file that it stands in, or from a folder that its line names. A name without a folder, or the end of a
path, may be that of any one file. A part in angle brackets or a star stands for anything: one file at least must fit.

A *section* is named behind its document: docs/design/data-plane.md, "State tables". There must be such a heading; numbers
of sections are not used. A Markdown link leads to what is there, its anchor to a heading.

What is not looked for:
- somebody else's, which says whose it is (RocksDB's version_set.h), and what is behind a URL;
- what the build or a run makes: below what .gitignore names, or generated (GENERATED);
- data of users: names without a folder that end as data do, and names that are capitals (FILE.slt, qN.sql).
"""
import ast
import fnmatch
import io
import os
import re
import sys
import tokenize

SOURCE = ("h", "cc", "md", "py", "g4", "thrift", "def", "pml", "sh", "cmake", "tsv", "supp")
DATA = ("sql", "slt", "plan", "yaml", "json", "txt")
FOLDERS = ("grammar", "planner", "runtime", "state", "conf", "shell", "tests", "bench", "docs", "examples")
SKIPPED = ("tests/golden/", "examples/data/")
GENERATED = re.compile(r"^(grammar/Weir(Lexer|Parser)|state/metadata_types|conf/weir)\b|^antlr4-runtime\.h$")
PART = r"(?:[\w.*+-]|<[\w ]+>)+"
ENDINGS = "|".join(SOURCE + DATA)
MENTION = re.compile(rf"(?<![\w/.<>$%{{}}…'*-])((?:\.{{1,2}}/)?(?:{PART}/)*{PART}\.(?:{ENDINGS}))(?![\w/*<>-]|\.\w|\()")
FOLDER = re.compile(rf"(?<![\w/.<>$%{{}}…'*:-])((?:{'|'.join(FOLDERS)})/(?:{PART}/)*{PART})(?![\w/*<>…{{}}(-])")
URL = re.compile(r"\b\w+://[^\s)]*")
OTHERS = re.compile(r"\b[A-Z]\w*'s $")
SECTION = re.compile(r'([\w./-]+\.md), ((?:"[^"]+"(?:, | and )?)+)')
NUMBERED = re.compile(r"\.md,? (?:sections? )?\d|\bsections? \d")
STANDARD = re.compile(r"\b(RFC|ISO|SQL:)[ \d,:-]*(\w+ )?$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PLACEHOLDER = re.compile(r"^[A-Z]+$|[a-z-][A-Z]$")


def files_of(root):
    """Paths of all files, as git would have them."""
    found = []
    for directory, folders, names in os.walk(root):
        relative = os.path.relpath(directory, root)
        folders[:] = sorted(f for f in folders if f not in (".git", "node_modules") and not (relative == "." and f.startswith("build"))
                            and f != "__pycache__")
        found += [os.path.normpath(os.path.join(relative, name)) for name in sorted(names)]
    return found


def ignored(root):
    path = os.path.join(root, ".gitignore")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [line.strip().strip("/") for line in file if line.strip()]


# --- what is read -----------------------------------------------------------------------------------------------------

CODE = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|(//[^\n]*|/\*.*?\*/)', re.S)
HASH = re.compile(r"(?:^|(?<=\s))(?:#|--)\s(.*)$", re.M)


def of_code(text):
    """(line, text) of the comments of C++ and its like."""
    for match in CODE.finditer(text):
        if match.group(2):
            first = text.count("\n", 0, match.start()) + 1
            for number, line in enumerate(match.group(2).split("\n")):
                yield first + number, line.strip().removeprefix("//").removeprefix("/*").removesuffix("*/")


def of_python(text):
    """(line, text) of comments and doc strings."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string[1:]
        for node in ast.walk(ast.parse(text)):
            holds = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body
            if holds and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
                for number, line in enumerate(str(node.body[0].value.value).split("\n")):
                    yield node.body[0].lineno + number, line
    except (SyntaxError, tokenize.TokenError):
        return


def of_script(text):
    for number, line in enumerate(text.split("\n"), start=1):
        for match in HASH.finditer(line):
            yield number, match.group(1)


def of_markdown(text):
    fenced = False
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def of_table(text):
    return enumerate(text.split("\n"), start=1)


def reader_of(path):
    name = os.path.basename(path)
    if name.endswith((".h", ".cc", ".g4", ".thrift", ".def", ".pml")):
        return of_code
    if name.endswith(".py"):
        return of_python
    if name.endswith(".md"):
        return of_markdown
    if name.endswith(".tsv") or name == "skips.txt":
        return of_table
    if name.endswith((".sh", ".cmake", ".yaml", ".sql", ".slt", ".plan", ".supp")) or name in ("CMakeLists.txt", "weirw"):
        return of_script
    return None


# --- what is there ----------------------------------------------------------------------------------------------------

def slug(heading):
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


class House:
    def __init__(self, root):
        self.root = root
        self.files = files_of(root)
        self.known = set(self.files)
        self.folders = {"."}
        self.stems = set()
        for path in self.files:
            self.stems.add(os.path.splitext(path)[0])
            folder = os.path.dirname(path)
            while folder and folder not in self.folders:
                self.folders.add(folder)
                folder = os.path.dirname(folder)
        self.by_name = {}
        for path in self.files:
            self.by_name.setdefault(os.path.basename(path), []).append(path)
        self.ignored = ignored(root)
        self.headings_of = {}

    def headings(self, path):
        if path not in self.headings_of:
            with open(os.path.join(self.root, path), encoding="utf-8") as file:
                lines = [line for _, line in of_markdown(file.read())]
            self.headings_of[path] = [line.lstrip("#").strip() for line in lines if re.match(r"#+ ", line)]
        return self.headings_of[path]

    def made(self, path):
        """Whether the build or a run makes it."""
        return bool(GENERATED.search(path)) or any(path == one or path.startswith(one + "/") for one in self.ignored)

    def find(self, mention, place):
        """The files or folders that a mention in the file `place` may mean."""
        near = os.path.normpath(os.path.join(os.path.dirname(place), mention))
        for candidate in (os.path.normpath(mention), near):
            if candidate in self.known or candidate in self.folders:
                return [candidate]
        if "*" in mention or "<" in mention:
            pattern = re.sub(r"<[^>]*>", "*", mention)
            return [path for path in self.known | self.folders if fnmatch.fnmatch("/" + path, "*/" + pattern)]
        end = "/" + mention
        return [path for path in self.by_name.get(os.path.basename(mention), ()) if ("/" + path).endswith(end)]


def wrong_mention(house, place, mention, beside):
    """What is wrong with a mention of a file; None when nothing is. `beside`: what else its line names."""
    found = house.find(mention, place)
    if len(found) > 1:
        found = [path for path in found if any(path.startswith(other + "/") for other in beside)] or found
    stem, ending = os.path.splitext(os.path.basename(mention))
    data = ending[1:] in DATA and ("/" not in mention.removeprefix("./") or PLACEHOLDER.search(stem))
    if len(found) == 1 or data or found and ("*" in mention or "<" in mention):
        return None
    if found:
        return f"{mention} may be any of {', '.join(sorted(found)[:3])}"
    return None if house.made(os.path.normpath(mention)) else f"there is no {mention}"


def wrong_folder(house, place, path):
    """The same of a path that begins with a folder; the ending may be left out."""
    stem = os.path.splitext(os.path.basename(path))[0]
    if house.find(path, place) or os.path.normpath(path) in house.stems or house.made(path) or PLACEHOLDER.search(stem):
        return None
    return f"there is no {path}"


def mentions(house, place, line):
    """What is wrong with the mentions of a line."""
    line = URL.sub(lambda match: " " * len(match.group()), line)
    named = {match.group(1) for match in MENTION.finditer(line)}
    beside = {match.group(1) for match in FOLDER.finditer(line)}
    beside |= {os.path.dirname(path) for path in named | beside} - {""}
    for match in MENTION.finditer(line):
        if not OTHERS.search(line[:match.start()]):
            yield wrong_mention(house, place, match.group(1), beside)
    for match in FOLDER.finditer(line):
        path = match.group(1).rstrip(".")
        if not any(path in one or one in path for one in named) and not OTHERS.search(line[:match.start()]):
            yield wrong_folder(house, place, path)


def sections(house, place, text):
    """What is wrong with the sections that a comment names."""
    for match in SECTION.finditer(text):
        found = house.find(match.group(1), place)
        for heading in re.findall(r'"([^"]+)"', match.group(2)) if len(found) == 1 else ():
            if heading not in house.headings(found[0]):
                yield f'{match.group(1)} has no section "{heading}"'
    for match in NUMBERED.finditer(text):
        if not STANDARD.search(text[:match.start()]):
            yield f'a section is named by its heading, as in docs/design/data-plane.md, "Batch": {match.group().strip(".")}'


def links(house, place, line):
    """What is wrong with the links of a line of Markdown."""
    for match in LINK.finditer(line):
        target, _, anchor = match.group(1).partition("#")
        if URL.match(target) or target.startswith("mailto:"):
            continue
        path = os.path.normpath(os.path.join(os.path.dirname(place), target)) if target else place
        if path not in house.known and path not in house.folders:
            yield f"the link leads nowhere: {match.group(1)}"
        elif anchor and anchor not in map(slug, house.headings(path) if path.endswith(".md") else ()):
            yield f"the link's anchor is no heading of {path}: #{anchor}"


def blocks(lines):
    """(first line, text) of lines that follow each other."""
    first, last, parts = 0, -1, []
    for number, line in lines:
        if parts and number != last + 1:
            yield first, " ".join(parts)
            parts = []
        if not parts:
            first = number
        last = number
        parts.append(line.strip())
    if parts:
        yield first, " ".join(parts)


def violations(root):
    if not os.path.isdir(os.path.join(root, "docs")):
        return  # a part of the tree, as tests make them
    house = House(root)
    for path in house.files:
        read = reader_of(path)
        if read is None or path.startswith(SKIPPED) or house.made(path) and not path.startswith("conf/"):
            continue
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            lines = sorted(read(file.read()))
        for number, line in lines:
            wrong = list(mentions(house, path, line)) + (list(links(house, path, line)) if read is of_markdown else [])
            for what in wrong:
                if what is not None:
                    yield f"{path}:{number}: {what}"
        for number, text in blocks(lines):
            for what in sections(house, path, text):
                yield f"{path}:{number}: {what}"


if __name__ == "__main__":
    found = list(violations(sys.argv[1] if sys.argv[1:] else os.path.join(os.path.dirname(__file__), "../..")))
    print("\n".join(found))
    sys.exit(1 if found else 0)
