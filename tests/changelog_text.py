"""Lines of the `changelog` format (docs/connectors.md) as the shell shows them: texts without their quotes."""
import re

ESCAPED = re.compile(r"\\(\\|[0-9a-f]{4})")


def text_at(line, begin):
    """(the text that is quoted from `begin` on, where it ends)."""
    escaped = line[begin] == "U"
    end = begin + (3 if escaped else 1)
    text = ""
    while line[end] != "'" or line[end:end + 2] == "''":
        text += line[end]
        end += 2 if line[end] == "'" else 1
    if escaped:
        text = ESCAPED.sub(lambda code: "\\" if code[1] == "\\" else chr(int(code[1], 16)), text)
    return text, end + 1


def bare(line):
    """A quote is one where a value begins: texts that hold any of these characters are quoted themselves."""
    out, at = "", 0
    while at < len(line):
        begins = out.endswith(("[", "(", "{", "=", ", ")) and line.startswith(("'", "U&'"), at)
        part, at = text_at(line, at) if begins else (line[at], at + 1)
        out += part
        if begins and at < len(line):  # what follows a text is no beginning, whatever the text ends with
            out += line[at]
            at += 1
            if out.endswith(",") and line[at:at + 1] == " ":
                out += " "
                at += 1
    return out
