"""What can be broken in a source file: every place where one of a few operators of mutation applies.

Works on text as clang-format leaves it: a binary operator has spaces around it, a template's bracket has none. Strings,
comments and the preprocessor's lines are not touched, nor are assertions, planted defects, and calls that only make
things faster (reserve, prefetch): without those the program is the same.
"""
import bisect
import dataclasses
import re

OPAQUE = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/|^[ ]*#[^\n]*', re.S | re.M)
NEVER = re.compile(r"\b(?:WEIR_D?CHECK\w*|DefectPlanted|FaultPoint|static_assert|reserve|shrink_to_fit|\w*[Pp]refetch\w*)\s*\(")
SWAPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-", "-": "+",
           "*": "+", "/": "*", "%": "/", "&": "|", "|": "&", "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=", "|=": "&=",
           "&=": "|="}
KIND_OF_OPERATOR = {"&&": "and-or", "||": "and-or", **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), "comparison")}
BINARY = re.compile(r"(?<= )(?:<<|>>|<=|>=|==|!=|&&|\|\||[+\-|&]=|[<>+\-*/%&|])(?=[ \n])")
OTHER_WORD = {"true": "false", "false": "true", "min": "max", "max": "min", "lower_bound": "upper_bound",
              "upper_bound": "lower_bound", "front": "back", "back": "front", "break": "continue",
              "continue": "break"}
WORD = re.compile(r"\b(?:(?<=std::)(?:min|max|lower_bound|upper_bound)(?=[(<])|true|false|(?<=[.>])(?:front|back)(?=\(\))|"
                  r"(?:break|continue)(?=;))\b")
NUMBER = re.compile(r"(?<![\w.'\"])\d+(?=[uUlL]*\b)(?![.'x])")
STEP = re.compile(r"(?:\+\+|--)(?!\w+\) )")  # not that of a loop: it would only never end
NOT = re.compile(r"!(?=[\w(*])")
CONDITION = re.compile(r"\b(?:if|while) \(")
RETURN = re.compile(r"\breturn (?!\{\};)(?=[^;])")
# A statement that begins with a name and is no declaration: a call, an assignment, a step.
STATEMENT = re.compile(r"(?:\+\+|--|\*|\(?)?[A-Za-z_][\w:]*(?:<[^;<>]*>)?(?:\(|\.|->|\[| [-+|&*/]?= |\+\+;|--;|;)|"
                       r"(?:\+\+|--)[\w.>\-]+;")
NO_STATEMENT = re.compile(r"(?:return|break|continue|case|default|goto|throw|using|if|for|while|do|switch|else|template|public|private|"
                          r"protected)\b")
HEAD = re.compile(r"^ {0,2}(?!(?:if|for|while|switch|return|else|case|namespace|using|struct|class|enum|static_assert|template)\b)"
                  r"((?:[A-Za-z][^\n;{}=]*?[ &*>])?)([A-Za-z~_][\w:~]*)\(", re.M)
BODY = re.compile(r"(?:\s|const|override|noexcept|->[^;{]*)*(?::[^:]|\{)")
BEGINS = re.compile(r"(?<=[;{}])[ \n]+(?=[\w+\-*(])|(?<=\) )(?=[\w+\-*(])|(?<=:)\n +(?=\w)")


@dataclasses.dataclass(frozen=True)
class Site:
    """One change: the text from `begin` to `end` becomes `instead`."""
    line: int
    kind: str
    begin: int
    end: int
    instead: str


def masked(text):
    """The text, as long as before, without what is no code."""
    return OPAQUE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()) if match.group()[0] not in "\"'R" else
                      '"' + re.sub(r"[^\n]", "_", match.group()[1:-1]) + '"', text)


def closing(code, at):
    """The place of the bracket that closes the one at `at`, or -1."""
    depth = 0
    for place in range(at, len(code)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(code[place], 0)
        if depth == 0:
            return place
    return -1


def statement_end(code, at):
    """Behind the `;` that ends the statement at `at`, or -1 where a block is left first."""
    depth = 0
    for place in range(at, len(code)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(code[place], 0)
        if depth < 0:
            return -1
        if depth == 0 and code[place] == ";":
            return place + 1
    return -1


def functions(code):
    """(place, what stands before its name, name) of the functions that a file defines, in order."""
    for match in HEAD.finditer(code):
        end = closing(code, match.end() - 1)
        if end > 0 and BODY.match(code, end + 1):
            yield match.start(), match[1].strip(), match[2]


def brackets(code):
    """The innermost bracket that is open at each place."""
    open_now, found = [], []
    for letter in code:
        if letter in ")]}" and open_now:
            open_now.pop()
        found.append(open_now[-1] if open_now else "{")
        if letter in "([{":
            open_now.append(letter)
    return found


def conditions(code):
    for match in CONDITION.finditer(code):
        end = closing(code, match.end() - 1)
        begin = match.end()
        inside = code[begin:end]
        if ";" in inside:
            begin += inside.rindex(";") + 2
        condition = code[begin:end]
        if end < 0 or re.search(r"(?<![=!<>+\-*/|&])=(?!=)", condition):
            continue  # it declares what it looks at
        yield "condition", begin, end, "!(%s)"


def statements(code):
    within, heads = brackets(code), list(functions(code))
    places = [head[0] for head in heads]
    for match in BEGINS.finditer(code):
        at, index = match.end(), bisect.bisect(places, match.end()) - 1
        end = statement_end(code, at)
        if end < 0 or within[at] != "{" or index < 0 or NO_STATEMENT.match(code, at):
            continue
        if STATEMENT.match(code, at) and not NEVER.match(code, at):
            yield "drop", at, end, "{}"
        if not code[:at].rstrip().endswith(")"):
            _, before, name = heads[index]
            nothing = before.split(" ")[-1] in ("void", "") or name.split("::")[-2:-1] == name.split("::")[-1:]
            yield "return", at, at, "return; " if nothing else "return {}; "


def values(code):
    for match in BINARY.finditer(code):
        operator = match.group()
        yield KIND_OF_OPERATOR.get(operator, "arithmetic"), match.start(), match.end(), SWAPPED[operator]
    for match in WORD.finditer(code):
        yield "word", match.start(), match.end(), OTHER_WORD[match.group()]
    for match in STEP.finditer(code):
        yield "arithmetic", match.start(), match.end(), "--" if match.group() == "++" else "++"
    for match in NUMBER.finditer(code):
        number = int(match.group())
        for other in {number + 1, abs(number - 1)}:
            yield "one-off", match.start(), match.end(), str(other)
    for match in NOT.finditer(code):
        yield "condition", match.start(), match.end(), ""
    for match in RETURN.finditer(code):
        end = statement_end(code, match.end())
        if end > 0:
            yield "return", match.end(), end - 1, "{}"


def sites(text):
    """All of a file, in the order of their places."""
    code = masked(text)
    lines = code.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found = []
    number = 0
    changes = sorted((begin, kind, end, instead) for source in (conditions, statements, values)
                     for kind, begin, end, instead in source(code))
    for begin, kind, end, instead in changes:
        while starts[number + 1] <= begin:
            number += 1
        if NEVER.search(lines[number]) is None:
            found.append(Site(number + 1, kind, begin, end, instead.replace("%s", text[begin:end])))
    return found


def changed(text, site):
    """The file with a change; as many lines as before."""
    gone = text[site.begin:site.end].count("\n") - site.instead.count("\n")
    return text[:site.begin] + site.instead + "\n" * gone + text[site.end:]


def function_of(text, place):
    """The name of the function that a place is in."""
    before = [name for at, _, name in functions(masked(text)) if at <= place]
    return before[-1] if before else "-"


def line_of(text, number):
    return text.split("\n")[number - 1].strip()
