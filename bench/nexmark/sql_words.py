"""Words of SQL text put in place of others."""
import re


def replaced(text, pairs):
    """`text` with every old word of (old, new) replaced, all at once. Words: quoted texts, numbers, identifiers."""
    table = dict(pairs)
    return re.sub(r"'(?:[^']|'')*'|\d+(?:\.\d+)?|\w+", lambda m: table.get(m[0], m[0]), text)
