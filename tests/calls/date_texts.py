"""Patterns of java.text.SimpleDateFormat and DateTimeFormatter and texts that nearly fit them, always the same ones.

Years have four digits from 1600 to 2399: those of two, and days before 1582 or Christ, are other ones in Flink
(docs/differences-from-flink.md). No text has the name of a zone, which is refused.
"""
import random

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
# Of a letter: the counts that it stands with, and the numbers of a text, some of which are beyond the field.
NUMBERS = {"M": ([1, 2], (0, 14)), "L": ([1, 2], (1, 12)), "d": ([1, 2], (0, 33)), "D": ([1, 3], (0, 400)), "H": ([1, 2], (0, 26)),
           "k": ([1, 2], (0, 25)), "K": ([1, 2], (0, 13)), "h": ([1, 2], (0, 13)), "m": ([1, 2], (0, 61)), "s": ([1, 2], (0, 61)),
           "S": ([1, 3], (0, 1200)), "w": ([1, 2], (0, 55)), "W": ([1], (-1, 6)), "F": ([1], (-2, 6)), "u": ([1, 2], (-1, 9))}
YEARS = {"yyyy": 4, "YYYY": 2, "y": 1, "Y": 1}
WORDS = {"MMM": MONTHS, "MMMM": MONTHS, "LLL": MONTHS, "E": DAYS, "EEE": DAYS, "EEEE": DAYS, "a": ["AM", "PM"], "G": ["AD", "Anno Domini"]}
OFFSETS = {"X": ["Z", "+01", "-0530", "+1"], "XX": ["Z", "+0100", "-05:30"], "XXX": ["Z", "+01:00", "-0530"],
           "Z": ["+0100", "-0530", "GMT", "GMT+1:30", "gmt-01:00", "UTC", "+24"], "z": ["GMT", "+0100", "UTC", "GMT+5"]}
GLUE = ["-", "-", "/", " ", ":", ".", "'T'", "''", ", ", "年"]
BEHIND = ["", "", "", " ", "x", " 0", " junk", "-1"]


def field(chance):
    """A field of a pattern and what stands for it in the text."""
    kind = chance.choice(["number", "number", "number", "year", "word", "offset"])
    if kind == "number":
        letter = chance.choice(list(NUMBERS))
        counts, (least, most) = NUMBERS[letter]
        count = chance.choice(counts)
        number = str(chance.randint(least, most))
        return letter * count, chance.choice([number, number.rjust(count, "0"), " " + number])
    if kind == "year":
        return chance.choices(list(YEARS), list(YEARS.values()))[0], str(chance.randint(1600, 2399))
    if kind == "word":
        pattern = chance.choice(list(WORDS))
        word = chance.choice(WORDS[pattern])
        word = word if len(word) < 3 or chance.random() < 0.5 else word[:3]
        return pattern, chance.choice([word, word, word.upper(), word.lower(), " " + word])
    pattern = chance.choice(list(OFFSETS))
    return pattern, chance.choice(OFFSETS[pattern])


def pairs(count):
    """(pattern, text) of so many parses."""
    chance = random.Random("SimpleDateFormat")
    for _ in range(count):
        pattern, text = chance.choice(["yyyy", "YYYY", "yyyy"]), str(chance.randint(1600, 2399))
        for _ in range(chance.randint(0, 4)):
            glue = chance.choice(GLUE)
            more, value = field(chance)
            pattern, text = pattern + glue + more, text + glue.replace("''", "\0").replace("'", "").replace("\0", "'") + value
        yield pattern, text + chance.choice(BEHIND)


def formats(count):
    """(pattern, seconds) of so many times that are printed."""
    chance = random.Random("format")
    for _ in range(count):
        fields = [field(chance)[0] for _ in range(chance.randint(1, 4))]
        pattern = "".join(f + chance.choice(GLUE) for f in fields).replace("z", "y")  # names of zones are others
        yield pattern, str(chance.randint(-2_000_000_000, 6_000_000_000))


# DateTimeFormatter, which contradictions do not fit: most numbers are those of 2024-05-17 13:07:09.25, a Friday.
FRIDAY = {"yyyy": "2024", "uuuu": "2024", "yy": "24", "YYYY": "2024", "M": "5", "MM": "05", "LL": "05", "MMM": "May", "MMMM": "May",
          "MMMMM": "M", "d": "17", "dd": "17", "D": "138", "DDD": "138", "E": "Fri", "EEEE": "Friday", "EEEEE": "F", "e": "6", "ee": "06",
          "c": "6", "ccc": "Fri", "Q": "2", "QQQ": "Q2", "QQQQ": "2nd quarter", "QQQQQ": "2", "w": "20", "ww": "20", "W": "3", "F": "3",
          "g": "60447", "G": "AD", "a": "PM", "B": "in the afternoon", "h": "1", "K": "1", "H": "13", "HH": "13", "k": "13", "mm": "07",
          "ss": "09", "SSS": "250", "S": "2", "A": "47229250", "n": "250000000", "N": "47229250000000"}


def strict_pairs(count):
    """(pattern, text) of so many parses by DateTimeFormatter."""
    chance = random.Random("DateTimeFormatter")
    for _ in range(count):
        pattern, text = "", ""
        for _ in range(chance.randint(1, 6)):
            glue = chance.choice([*GLUE, ""]) if pattern else ""
            more = chance.choice(list(FRIDAY))
            value = FRIDAY[more]
            if chance.random() < 0.1:
                value = str(int(value) + 1).rjust(len(value), "0") if value.isdigit() else value.upper()
            pattern, text = pattern + glue + more, text + glue.replace("''", "\0").replace("'", "").replace("\0", "'") + value
        yield pattern, text
