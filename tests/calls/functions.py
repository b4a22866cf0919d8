"""Which calls of which functions are asked: for each function templates with the types of their arguments.

`{0}`, `{1}` in a template stand for arguments; a type is a name of VALUES, or a list: pieces of SQL that are literals
in Weir and Flink alike (patterns, units), which stand as they are in columns' questions, too.
"""
import random

import date_texts

LEAST, TARGET, MOST = 42, 104, 300  # calls of one function

TEXTS = ["", "a", "abc", "Abc dEF", " x ", "äÖü ß", "😀b", "12", "-1.5", "a,b,,c", "ΑΣ", "%_\\", "a'b\"c", "1E3"]
INTS = ["0", "1", "-1", "2", "3", "10", "2147483647", "-2147483648"]
DOUBLES = ["0.0", "-0.0", "1.0", "-1.5", "0.1", "2.5", "1.0E10", "1.7976931348623157E308", "4.9E-324", "NaN", "Infinity",
           "-Infinity"]
DATES = ["1970-01-01", "2024-02-29", "2023-12-31", "1969-12-31", "0001-01-01", "9999-12-31", "2024-03-31"]
STAMPS = ["1970-01-01 00:00:00", "2024-02-29 23:59:59.999", "2024-03-31 02:30:00", "1969-12-31 23:59:59.500",
          "2023-12-31 12:34:56.789", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999", "2024-11-03 01:30:00"]
SHORT = ["0", "1", "-1", "2", "5", "-3", "100"]

# Values of a type as texts, in which each is cast from a text; of collections as Python's values.
VALUES = {
    "BOOLEAN": ["true", "false"],
    "TINYINT": ["0", "1", "-1", "7", "127", "-128"],
    "SMALLINT": ["0", "1", "-1", "7", "300", "32767", "-32768"],
    "INT": INTS,
    "BIGINT": ["0", "1", "-1", "7", "4294967296", "9223372036854775807", "-9223372036854775808"],
    "FLOAT": ["0.0", "1.5", "-1.5", "0.1", "3.4028235E38", "1.4E-45", "NaN", "Infinity", "16777216.0"],
    "DOUBLE": DOUBLES,
    "DECIMAL(5, 2)": ["0.00", "1.00", "-1.50", "2.55", "999.99", "-999.99", "0.01"],
    "DECIMAL(20, 0)": ["0", "1", "-5", "99999999999999999999", "9223372036854775808"],
    "DECIMAL(38, 18)": ["0.000000000000000000", "1.000000000000000001", "-2.500000000000000000",
                        "99999999999999999999.999999999999999999"],
    "STRING": TEXTS,
    "CHAR": ["", "a", "abc", "AbC d", "ß", "  x", "12"],
    "BYTES": ["", "00", "616263", "c3a4", "ff", "f09f9880", "deadbeef"],
    "DATE": DATES,
    "TIME(0)": ["00:00:00", "12:34:56", "23:59:59"],
    "TIMESTAMP(0)": STAMPS,
    "TIMESTAMP(3)": STAMPS,
    "TIMESTAMP(9)": ["1970-01-01 00:00:00.000000001", "2024-02-29 23:59:59.999999999", "1969-12-31 23:59:59.123456789"],
    "TIMESTAMP_LTZ(3)": STAMPS[:5] + STAMPS[7:],
    "INTERVAL SECOND": ["0", "1", "-1", "86400", "90061", "-100000"],
    "INTERVAL MONTH": ["0", "1", "-1", "12", "25", "-14"],
    "ARRAY<INT>": [[1, 2, 3], [], [None], [3, 1, None, 3], [0], [-1, 2147483647]],
    "ARRAY<STRING>": [["a", "b"], [], [None, "a"], ["b", "a", "b", ""], ["ä", "😀"]],
    "ARRAY<DOUBLE>": [[1.5, 2.5], [0.5, None, -1.25, 1.5], [3.0]],
    "MAP<STRING, INT>": [{"a": 1}, {}, {"a": 1, "b": 2}, {"b": 2, "a": 1}, {"c": None}],
    "MAP<STRING, STRING>": [{"a": "x"}, {"a": "x", "b": ""}, {"k": None}],
}
INTEGERS = ["TINYINT", "SMALLINT", "INT", "BIGINT"]
DECIMALS = ["DECIMAL(5, 2)", "DECIMAL(20, 0)", "DECIMAL(38, 18)"]
NUMBERS = [*INTEGERS, "FLOAT", "DOUBLE", *DECIMALS]
FEW_NUMBERS = ["INT", "BIGINT", "DOUBLE", "DECIMAL(5, 2)"]
STAMP_TYPES = ["TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(9)", "TIMESTAMP_LTZ(3)"]
TIMES = ["DATE", "TIME(0)", *STAMP_TYPES]
SCALARS = ["BOOLEAN", *NUMBERS, "STRING", "CHAR", "BYTES", *TIMES, "INTERVAL SECOND", "INTERVAL MONTH"]
COLLECTIONS = ["ARRAY<INT>", "ARRAY<STRING>", "MAP<STRING, INT>"]
ARRAYS = ["ARRAY<INT>", "ARRAY<STRING>", "ARRAY<DOUBLE>"]
ELEMENT = {"ARRAY<INT>": "INT", "ARRAY<STRING>": "STRING", "ARRAY<DOUBLE>": "DOUBLE"}


def some(kind, *values):
    """An argument of a type with values of its own."""
    return (kind, list(values))


COUNT = some("INT", *SHORT)
PIECE = some("STRING", "", "a", "b", ",", "bc", "ß", "😀", ".", " ")
REGEX = some("STRING", "a", "[a-c]+", "(a)(b)?", "", ".", "^a|c$", "\\d+", "(", "(?i)ABC", "x*")
REGEXABLE = some("STRING", "", "abc", "aabbcc", "12-34", "ABC abc", "äb", "a\nb", "xx")
JSONS = some("STRING", '{"a": 1, "b": [1, 2, {"c": "x"}]}', "[1, 2.5, null]", '"text"', "12", "true", "null", "", "{", "nope",
             '{"a b": 1.0, "": 2}', '{"a": 9223372036854775808}', '{"a": {"b": null}}', '[]', '{"a": "1", "a": 2}', " {} ",
             '{"a": 1.50, "t": "ä😀"}')
PATHS = ["'$'", "'$.a'", "'lax $.b[0]'", "'strict $.b[5]'", "'$.b[*].c'", "'$[1]'", "'$.b[2].c'", "'$.*'", "'$.[\"a b\"]'",
         "'$[\"a b\"]'", "'lax $.a.b'", "'$..c'"]
PATTERNS = ["'yyyy-MM-dd HH:mm:ss'", "'yyyy/MM/dd'", "'HH:mm'", "'yyyyMMddHHmmss'", "'dd.MM.yy'", "'yyyy-MM-dd HH:mm:ss.SSS'",
            "'EEE MMM d yyyy'", "'D'", "'h:mm a'", "''", "'nonsense'"]
COLUMN_PATTERNS = some("STRING", "yyyy-MM-dd HH:mm:ss", "yyyy/MM/dd", "HH:mm", "nonsense", "'", "yy-M-d")
STAMP_TEXTS = some("STRING", "2024-02-29 12:34:56", "1970-01-01 00:00:00", "2024-02-30 00:00:00", "2024-03-31 02:30:00", "nope",
                   "", "2024-02-29", "2024-1-5 1:2:3", "1969-12-31 23:59:59", "2024-02-29 12:34:56.789", "9999-12-31 23:59:59",
                   "2024-02-29T12:34:56")
ZONES = some("STRING", "UTC", "America/New_York", "Asia/Kathmandu", "GMT+08:00", "Nowhere/Land", "PST", "")
SECONDS = some("BIGINT", "0", "1", "-1", "1709210096", "1711848600", "253402300799", "253402300800", "-62135596800",
               "-62135596801", "9223372036854775807", "-9223372036854775808", "100000000000000")
UNITS = ["SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]
FIELDS = ["MILLENNIUM", "CENTURY", "DECADE", "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOW", "ISODOW", "DOY", "HOUR", "MINUTE",
          "SECOND", "MILLISECOND", "EPOCH", "ISOYEAR", "MICROSECOND"]
FLOORED = ["MILLENNIUM", "CENTURY", "DECADE", "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"]
URLS = some("STRING", "http://user:pw@host.com:8080/p/a.html?x=1&y=a%20b#ref", "https://flink.apache.org", "nope", "", "ftp://h/p",
            "http://h/?x", "http://h:port/", "http://h/a b?q=1")
CASTS = [*SCALARS[:-2], "INTERVAL DAY", "INTERVAL MONTH"]
CAST_TARGETS = ["BOOLEAN", "TINYINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(5, 2)", "DECIMAL(38, 18)", "STRING", "CHAR(3)",
                "VARCHAR(4)", "BYTES", "BINARY(2)", "DATE", "TIME", "TIMESTAMP(3)", "TIMESTAMP(9)", "TIMESTAMP_LTZ(3)",
                "INTERVAL DAY", "INTERVAL MONTH"]

FUNCTIONS = {}  # name -> [(template, types, whether the session's zone counts)]


def add(name, template, *types, zone=False):
    FUNCTIONS.setdefault(name, []).append((template, types, zone))


def call(name, *types, zone=False):
    add(name, f"{name}({', '.join('{%d}' % i for i in range(len(types)))})", *types, zone=zone)


def add_operators():
    for symbol in ["+", "-", "*", "/", "%"]:
        for left in FEW_NUMBERS:
            for right in FEW_NUMBERS:
                add(symbol, f"{{0}} {symbol} {{1}}", left, right)
    for kind in ["DATE", "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)", "TIME(0)"]:
        for step in ["INTERVAL SECOND", "INTERVAL MONTH"]:
            add("+", "{0} + {1}", kind, step, zone=kind.endswith("LTZ(3)"))
            add("-", "{0} - {1}", kind, step, zone=kind.endswith("LTZ(3)"))
    for step in ["INTERVAL SECOND", "INTERVAL MONTH"]:
        add("+", "{0} + {1}", step, step)
        add("*", "{0} * {1}", step, "INT")
    for symbol in ["=", "<>", "<", "<=", ">", ">="]:
        for kind in [*NUMBERS, "BOOLEAN", "STRING", "BYTES", *TIMES]:
            add(symbol, f"{{0}} {symbol} {{1}}", kind, kind)
        for left, right in [("INT", "DOUBLE"), ("BIGINT", "DECIMAL(5, 2)"), ("STRING", "INT"), ("DATE", "STRING"),
                            ("TIMESTAMP(3)", "DATE"), ("STRING", "TIMESTAMP(3)"), ("FLOAT", "DOUBLE"), ("STRING", "BOOLEAN"),
                            ("STRING", "TIME(0)"), ("INTERVAL SECOND", "INTERVAL SECOND")]:
            add(symbol, f"{{0}} {symbol} {{1}}", left, right)
    for symbol in ["=", "<>"]:
        for kind in COLLECTIONS:
            add(symbol, f"{{0}} {symbol} {{1}}", kind, kind)
    for kind in [*FEW_NUMBERS, "STRING", "DATE", "TIMESTAMP(3)", "BOOLEAN", "BYTES", "FLOAT"]:
        for name in ["IS DISTINCT FROM", "IS NOT DISTINCT FROM"]:
            add(name, f"{{0}} {name} {{1}}", kind, kind)
        for name, middle in [("BETWEEN", "BETWEEN"), ("NOT BETWEEN", "NOT BETWEEN"), ("BETWEEN SYMMETRIC", "BETWEEN SYMMETRIC")]:
            if kind not in ("BOOLEAN", "BYTES"):
                add(name, f"{{0}} {middle} {{1}} AND {{2}}", kind, kind, kind)
        for name in ["IN", "NOT IN"]:
            add(name, f"{{0}} {name} ({{1}}, {{2}})", kind, kind, kind)
        for name in ["NULLIF", "IFNULL", "COALESCE", "GREATEST", "LEAST"]:
            call(name, kind, kind)
        add("CASE", "CASE WHEN {0} THEN {1} ELSE {2} END", "BOOLEAN", kind, kind)
        add("CASE", "CASE {0} WHEN {1} THEN {2} END", kind, kind, kind)
        add("IF", "IF({0}, {1}, {2})", "BOOLEAN", kind, kind)
    for kind in [*SCALARS, *COLLECTIONS]:
        for name in ["IS NULL", "IS NOT NULL"]:
            add(name, f"{{0}} {name}", kind)
        add("TYPEOF", "TYPEOF({0})", kind)
        add("IS_DECIMAL", "IS_DECIMAL({0})", kind)
    for left, right in [("INT", "DOUBLE"), ("INT", "BIGINT"), ("DECIMAL(5, 2)", "INT"), ("DECIMAL(5, 2)", "DECIMAL(38, 18)"),
                        ("CHAR", "STRING"), ("FLOAT", "DECIMAL(5, 2)"), ("DATE", "TIMESTAMP(3)"), ("INT", "STRING")]:
        for name in ["IFNULL", "COALESCE", "GREATEST", "LEAST", "NULLIF"]:
            call(name, left, right)
        add("CASE", "CASE WHEN {0} THEN {1} ELSE {2} END", "BOOLEAN", left, right)
    for name in ["AND", "OR"]:
        add(name, f"{{0}} {name} {{1}}", "BOOLEAN", "BOOLEAN")
        add(name, f"{{0}} {name} {{1}} {name} {{2}}", "BOOLEAN", "BOOLEAN", "BOOLEAN")
        add(name, f"{{0}} > 1 {name} {{1}} < 2", "INT", "INT")
        add(name, f"{{0}} = {{1}} {name} {{0}} IS NULL", "DOUBLE", "DOUBLE")
    for name in ["IS TRUE", "IS FALSE", "IS UNKNOWN", "IS NOT TRUE", "IS NOT FALSE", "IS NOT UNKNOWN"]:
        add(name, f"{{0}} {name}", "BOOLEAN")
        for kind in ["INT", "DOUBLE", "STRING"]:
            add(name, f"({{0}} > {{1}}) {name}", kind, kind)
    add("NOT", "NOT {0}", "BOOLEAN")
    add("NOT", "NOT ({0} = {1})", "INT", "INT")
    add("NOT", "NOT ({0} < {1})", "DOUBLE", "DOUBLE")
    for kind in [*NUMBERS, "INTERVAL SECOND", "INTERVAL MONTH"]:
        add("NEGATE", "-{0}", kind)
    for left, right in [("STRING", "STRING"), ("CHAR", "STRING"), ("BYTES", "BYTES"), ("STRING", "INT"), ("CHAR", "CHAR")]:
        add("||", "{0} || {1}", left, right)
    for name in ["OVERLAPS"]:
        for kind in ["DATE", "TIMESTAMP(3)"]:
            add(name, "({0}, {1}) OVERLAPS ({2}, {3})", kind, kind, kind, kind)
    for kind in ["TIME(0)"]:
        add("OVERLAPS", "({0}, {1}) OVERLAPS ({2}, {1})", kind, "INTERVAL SECOND", kind)


def add_texts():
    text = "STRING"
    for name in ["UPPER", "LOWER", "INITCAP", "REVERSE", "CHAR_LENGTH", "CHARACTER_LENGTH", "UCASE", "LCASE", "LENGTH", "ASCII",
                 "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "TO_BASE64", "URL_ENCODE", "IS_ALPHA", "IS_DIGIT",
                 "JSON_QUOTE", "JSON_UNQUOTE", "URL_DECODE", "TRIM", "LTRIM", "RTRIM", "BTRIM", "UNHEX", "FROM_BASE64", "HEX",
                 "INET_ATON", "CONCAT"]:
        call(name, text)
        call(name, "CHAR")
    words = some("STRING", "İıŞ", "ǆǅǄ", "ﬁﬂ", "Ἀθῆναι ΣΑΣ Σ", "tiếng VIỆT", "əƏ Ğğ", "straße STRASSE ẞ", "o'neil MAC-DONALD 3rd",
                 "𐐀𐐨", "ΌΣΟΣ.", "ǰ ΐ ŉ", "a1b2 c_d", "Ω K Å", "ა Ა", "Ꭰ ꭰ", "hello\tworld\nx", "ŒUVRE œuvre", "ÿ Ÿ µ",
                 "ᾳ ᾼ ᾲ", "ЁЖ ёж")
    for name in ["UPPER", "LOWER", "INITCAP", "UCASE", "LCASE", "REVERSE", "CHAR_LENGTH", "ASCII", "TRIM", "LTRIM", "RTRIM",
                 "BTRIM", "MD5", "URL_ENCODE", "IS_ALPHA", "JSON_QUOTE", "CHARACTER_LENGTH", "LENGTH", "SHA1", "SHA224", "SHA256",
                 "SHA384", "SHA512", "TO_BASE64", "HEX"]:
        call(name, words)
    for name in ["IS_ALPHA", "IS_DIGIT"]:
        for kind in ["INT", "BOOLEAN", "DATE"]:
            call(name, kind)
    call("IS_DIGIT", some(text, "123", "١٢", "1 2", "1.0", "²", "½", "0", "-1", "12a", "+1", "０", "1e3"))
    call("IS_ALPHA", some(text, "abc", "ä", "a b", "1", "ß", "漢", "a1", "À"))
    call("IS_DECIMAL", some(text, "1", "1.", ".5", "1e5", "-1", "+1", "1.2.3", "0x10", "NaN", " 1 ", "1f", "99999999999999999999", "-", "1d"))
    for name in ["JSON_UNQUOTE"]:
        call(name, some(text, '"a"', '"a', 'a"', '"\\u0041"', '"\\n"', '"\\x"', '"\\ud83d\\ude00"', '""', '"', '"\\', '[1]', '"a"b"',
                        "'a'", '"\\t\\"\\/"', '"\\u00"', ' "a" ', '"\\"', "null", "12", '"a\\\\b"'))
    call("JSON_QUOTE", some(text, "\t", "\n\r", "a\\b", "/", "\u0001", "é", "漢", "null"))
    call("UNHEX", some(text, "61", "abc", "0", "FF", "ff", "zz", "a", "6", "C3A4", "c3 a4", "0x61", "123", "12345", "0A0B", "g1", "FFF", "é"))
    call("FROM_BASE64", some(text, "YWJj", "YQ==", "YQ", "Y", "====", "w6Q=", "YW Jj", "!", "YWJj\n", "_-", "+/", "AA==", "/w==", "YWI=", "YWI", "8J+YgA==", "AAAA", "YWJjZA=="))
    call("URL_DECODE", some(text, "a+b", "%41", "%", "%4", "%zz", "%C3%A4", "%ff", "a%20b", "%2", "100%", "%C3", "%00", "+", "%2B", "%e4%bd%a0", "a%0Ab", "%u0041", "ä%20"))
    call("URL_ENCODE", some(text, "a b", "ä/ö?x=1&y", "*-._~", "+", "%", "\u0000"))
    call("INET_ATON", some(text, "1.2.3.4", "255.255.255.255", "256.1.1.1", "1.2.3", "1", "1.2", "a.b.c.d", "1.2.3.4.5", "01.2.3.4",
                           "0.0.0.0", "127.1", "1.2.3.", " 1.2.3.4", "-1.2.3.4", "4294967295", "1.65536", "::1", "8.8.8.8"))
    for kind in ["INT", "BIGINT"]:
        call("INET_NTOA", kind)
    call("INET_NTOA", some("BIGINT", "16909060", "4294967295", "2130706433", "4294967296", "-1", "0", "256", "3232235777", "1",
                           "255", "65535", "16777216", "2147483648", "167772161", "42", "9", "65536", "1000000", "99999999",
                           "4000000000", "3000000000", "123456789", "2886729729", "134744072", "-256", "4294967294"))
    for kind in INTEGERS:
        call("BIN", kind)
        call("HEX", kind)
        call("CHR", kind)
    call("BIN", some("BIGINT", *map(str, [5, 8, 255, -255, 1023, 65536, -65536, 12345678901, -2])))
    call("CHR", some("BIGINT", *map(str, [65, 97, 255, 256, 300, 321, 128, 233, -5, 48, 9, 10, 127, 200])))
    for name in ["CONCAT", "CONCAT_WS"]:
        call(name, PIECE, text)
        call(name, PIECE, text, text)
        call(name, PIECE, "CHAR", "INT")
    for name in ["SUBSTRING", "SUBSTR"]:
        call(name, text, COUNT)
        call(name, text, COUNT, COUNT)
        call(name, words, some("INT", "1", "2", "-2"), some("INT", "1", "3"))
    add("SUBSTRING", "SUBSTRING({0} FROM {1} FOR {2})", "CHAR", COUNT, COUNT)
    for name in ["LEFT", "RIGHT", "REPEAT"]:
        call(name, text, COUNT)
        call(name, "CHAR", COUNT)
    for side in ["BOTH", "LEADING", "TRAILING"]:
        add("TRIM", f"TRIM({side} {{0}} FROM {{1}})", some(text, "a", "", " ", "x", "ab", "c"), text)
    for name in ["LTRIM", "RTRIM", "BTRIM"]:
        call(name, text, some(text, "a", "", " ", "x", "ab", "c", "😀"))
    for name in ["LPAD", "RPAD"]:
        call(name, text, COUNT, PIECE)
        call(name, "CHAR", some("INT", "0", "3", "6", "-1"), some(text, "", "xy"))
    call("SPLIT_INDEX", text, PIECE, COUNT)
    call("SPLIT_INDEX", text, some("INT", "0", "44", "97", "-1", "256"), COUNT)
    call("SPLIT", text, PIECE)
    for name in ["REPLACE", "TRANSLATE"]:
        call(name, text, PIECE, PIECE)
    call("TRANSLATE", text, some(text, "abc", "aab", "", "😀", "äö"), some(text, "xyz", "x", "", "😀"))
    add("OVERLAY", "OVERLAY({0} PLACING {1} FROM {2})", text, PIECE, COUNT)
    add("OVERLAY", "OVERLAY({0} PLACING {1} FROM {2} FOR {3})", text, PIECE, COUNT, COUNT)
    add("POSITION", "POSITION({0} IN {1})", PIECE, text)
    call("LOCATE", PIECE, text)
    call("LOCATE", PIECE, text, COUNT)
    call("INSTR", text, PIECE)
    call("INSTR", text, PIECE, COUNT)
    call("INSTR", text, PIECE, COUNT, some("INT", "1", "2", "0", "-1"))
    for name in ["STARTSWITH", "ENDSWITH"]:
        call(name, text, PIECE)
        call(name, "BYTES", "BYTES")
    for name in ["ENCODE"]:
        call(name, text, some(text, "UTF-8", "US-ASCII", "ISO-8859-1", "UTF-16", "UTF-16BE", "UTF-16LE", "utf8", "nope"))
    call("DECODE", "BYTES", some(text, "UTF-8", "US-ASCII", "ISO-8859-1", "UTF-16", "UTF-16BE", "UTF-16LE", "utf8", "nope"))
    for name in ["IS_VALID_UTF8", "MAKE_VALID_UTF8"]:
        call(name, "BYTES")
        call(name, some("BYTES", "c3", "c3a4ff", "e282ac", "e282", "eda080", "f4908080", "c080", "80", "61ff62", "fe", "efbfbd", "f0288c28",
                        "fc8080808080", "61c3", "e2", "f09f98", "7f", "00ff", "c1bf", "e08080", "f08080af", "c2a9", "ceb1", "d0", "ed9fbf",
                        "ee8080", "efbfbf", "f48fbfbf", "f5808080", "6180", "e28282", "c328", "a0a1", "e28228"))
    call("ELT", COUNT, text, PIECE)
    call("ELT", some("INT", "1", "2", "3", "0"), "INT", "INT")
    call("ELT", some("INT", "1", "2", "3"), "BYTES", "BYTES")
    call("FIELD", text, text, PIECE)
    call("FIELD", "INT", "INT", "INT")
    call("SHA2", text, ["224", "256", "384", "512"])
    call("SHA2", "CHAR", ["256", "1", "0"])
    for name in ["HASH_CODE"]:
        for kind in ["INT", "STRING", "BIGINT", "DOUBLE", "DATE", "BOOLEAN", "TIMESTAMP(3)"]:
            call(name, kind)
    for name in ["LIKE", "NOT LIKE"]:
        add(name, f"{{0}} {name} {{1}}", text, some(text, "%", "_", "a%", "%b_", "", "abc", "%\\%%", "A%", "__", "%ß", "😀_"))
        add(name, f"{{0}} {name} {{1}} ESCAPE '\\'", text, some(text, "\\%\\_\\\\", "\\%%", "a\\%", "%\\_%", "%\\"))
        add(name, f"{{0}} {name} {{1}} ESCAPE {{2}}", text, ["'a!%'", "'!_%'", "'%!'"], ["'!'", "'xx'", "''"])
    for name in ["SIMILAR TO", "NOT SIMILAR TO"]:
        add(name, f"{{0}} {name} {{1}}", text, ["'a'", "'(a|b)%'", "'[a-c]+'", "'_*'", "'%'", "'a{1,3}'", "''", "'[^a]%'", "'a.c'", "'[[:alpha:]]+'"])
    for name in ["REGEXP", "RLIKE", "REGEXP_COUNT", "REGEXP_INSTR", "REGEXP_SUBSTR", "REGEXP_EXTRACT", "REGEXP_EXTRACT_ALL"]:
        call(name, REGEXABLE, REGEX)
    for name in ["REGEXP_EXTRACT", "REGEXP_EXTRACT_ALL"]:
        call(name, REGEXABLE, REGEX, some("INT", "0", "1", "2", "-1", "9"))
    call("REGEXP_REPLACE", REGEXABLE, REGEX, some(text, "", "x", "$1", "$9", "\\", "<$0>", "$"))
    call("STR_TO_MAP", some(text, "a=1,b=2", "a", "", "a=1,a=2", "=", "a=1=2", ",", "a:1;b:2"))
    call("STR_TO_MAP", some(text, "a=1,b=2", "a:1;b:2", "", "a", "x|1&y|2"), some(text, ",", ";", "&", ""), some(text, "=", ":", "\\|", ""))
    parts = ["'HOST'", "'PATH'", "'QUERY'", "'REF'", "'PROTOCOL'", "'FILE'", "'AUTHORITY'", "'USERINFO'", "'host'", "'NOPE'"]
    call("PARSE_URL", URLS, parts)
    call("PARSE_URL", URLS, ["'QUERY'", "'HOST'"], some(text, "x", "y", "q", ""))
    call("PRINTF", some(text, "%s", "%10s|", "%-5s|", "a", "%%", "%d", "%x", "%s %s"), text)
    call("PRINTF", some(text, "%d", "%05d", "%,d", "%x", "%s", "%o", "%+d", "%c", "%f", "%"), "INT")
    call("PRINTF", some(text, "%f", "%.2f", "%e", "%10.1f", "%g", "%s", "%a"), "DOUBLE")


def add_numbers():
    for name in ["ABS", "SIGN", "FLOOR", "CEIL", "CEILING", "ROUND", "TRUNCATE"]:
        for kind in NUMBERS:
            call(name, kind)
    more = some("DOUBLE", "1.5", "2.5", "-2.5", "0.5", "1.005", "123.456", "-0.5", "1.0E-5", "12345678.9", "1.0E20")
    for name in ["ROUND", "TRUNCATE"]:
        for kind in NUMBERS:
            call(name, kind, some("INT", "0", "1", "2", "-1", "-3", "5", "20", "-400"))
        call(name, more, some("INT", "0", "1", "-1", "3", "2"))
    for name in ["EXP", "LN", "LOG2", "LOG10", "LOG", "SQRT", "SIN", "COS", "TAN", "COT", "ASIN", "ACOS", "ATAN", "SINH", "COSH", "TANH",
                 "DEGREES", "RADIANS"]:
        for kind in NUMBERS:
            call(name, kind)
        call(name, more)
    for name in ["POWER", "LOG", "ATAN2"]:
        for left, right in [("DOUBLE", "DOUBLE"), ("INT", "INT"), ("DECIMAL(5, 2)", "INT"), ("BIGINT", "DOUBLE")]:
            call(name, left, right)
    for left in [*INTEGERS, *DECIMALS]:
        for right in ["INT", "BIGINT", "DECIMAL(5, 2)"]:
            call("MOD", left, right)
    for name in ["PI", "E"]:
        for kind in FEW_NUMBERS:
            add(name, f"{name}() * {{0}}", kind)
            add(name, f"{name}() > {{0}}", kind)
    add("RAND", "RAND({0}) < {1}", "INT", some("DOUBLE", "0.0", "1.0", "2.0"))
    add("RAND", "RAND() < {0}", some("DOUBLE", "0.0", "-1.0", "1.0", "2.0", "NaN"))
    add("RAND", "RAND() >= {0}", "INT")
    add("RAND_INTEGER", "RAND_INTEGER({0}) < {1}", some("INT", "1", "2", "10"), some("INT", "10", "0", "-1", "100"))
    add("RAND_INTEGER", "RAND_INTEGER({0}, {1}) >= 0", "INT", some("INT", "1", "10", "5", "2147483647"))
    add("UUID", "CHAR_LENGTH(UUID()) = {0}", some("INT", "36", "35", "0"))
    add("UUID", "UUID() = {0}", "STRING")
    add("UUID", "SUBSTRING(UUID(), {0}, 1) = '-'", some("INT", "9", "14", "19", "24", "1", "8", "37", "0"))
    add("UUID", "SUBSTRING(UUID(), 15, 1) = {0}", some("STRING", "4", "1", ""))
    add("UUID", "UUID() LIKE {0}", some("STRING", "%-%-4%-%", "%", "", "x%"))
    add("UUID", "UUID() IS NULL OR {0}", "BOOLEAN")
    add("UUID", "UUID() < {0}", some("STRING", "", "g", "zz", "!"))


def add_times():
    for name in ["YEAR", "QUARTER", "MONTH", "WEEK", "DAYOFYEAR", "DAYOFMONTH", "DAYOFWEEK", "HOUR", "MINUTE", "SECOND"]:
        for kind in TIMES:
            call(name, kind, zone=kind == "TIMESTAMP_LTZ(3)")
        call(name, some("TIMESTAMP(3)", "2000-01-01 00:00:00", "1999-12-31 23:59:59.999", "2021-01-03 10:20:30", "1600-06-15 12:00:00"))
    for field in FIELDS:
        for kind in TIMES:
            add("EXTRACT", f"EXTRACT({field} FROM {{0}})", kind, zone=kind == "TIMESTAMP_LTZ(3)" and field in ("HOUR", "DAY", "WEEK"))
    for field in ["DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"]:
        add("EXTRACT", f"EXTRACT({field} FROM {{0}})", "INTERVAL SECOND")
    for field in ["YEAR", "MONTH"]:
        add("EXTRACT", f"EXTRACT({field} FROM {{0}})", "INTERVAL MONTH")
    for name in ["FLOOR", "CEIL"]:
        for unit in FLOORED:
            for kind in ["DATE", "TIME(0)", "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)"]:
                add(name, f"{name}({{0}} TO {unit})", kind, zone=kind == "TIMESTAMP_LTZ(3)" and unit in ("DAY", "MONTH"))
    for unit in UNITS:
        for kind in ["DATE", "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)", "TIME(0)"]:
            add("TIMESTAMPADD", f"TIMESTAMPADD({unit}, {{0}}, {{1}})", "INT", kind, zone=kind == "TIMESTAMP_LTZ(3)" and unit == "DAY")
        for left, right in [("TIMESTAMP(3)", "TIMESTAMP(3)"), ("DATE", "DATE"), ("TIMESTAMP(3)", "DATE"),
                            ("TIMESTAMP_LTZ(3)", "TIMESTAMP_LTZ(3)"), ("TIME(0)", "TIME(0)")]:
            add("TIMESTAMPDIFF", f"TIMESTAMPDIFF({unit}, {{0}}, {{1}})", left, right)
    for kind in [*STAMP_TYPES, "STRING", "DATE"]:
        call("DATE_FORMAT", kind if kind != "STRING" else STAMP_TEXTS, PATTERNS, zone=kind == "TIMESTAMP_LTZ(3)")
    call("DATE_FORMAT", "TIMESTAMP(3)", COLUMN_PATTERNS)
    for name in ["TO_TIMESTAMP", "TO_DATE", "UNIX_TIMESTAMP", "TO_TIMESTAMP_LTZ"]:
        zone = name in ("UNIX_TIMESTAMP", "TO_TIMESTAMP_LTZ")
        call(name, STAMP_TEXTS, zone=zone)
        call(name, STAMP_TEXTS, PATTERNS, zone=zone)
        call(name, STAMP_TEXTS, COLUMN_PATTERNS, zone=zone)
    call("TO_TIMESTAMP_LTZ", STAMP_TEXTS, PATTERNS[:3], ZONES)
    call("TO_TIMESTAMP_LTZ", SECONDS, ["0", "3", "6", "9"])
    call("TO_TIMESTAMP_LTZ", SECONDS)
    call("TO_TIMESTAMP_LTZ", "DOUBLE", ["0", "3"])
    call("TO_TIMESTAMP_LTZ", "DECIMAL(5, 2)", ["0", "3"])
    call("FROM_UNIXTIME", SECONDS, zone=True)
    call("FROM_UNIXTIME", SECONDS, PATTERNS, zone=True)
    call("FROM_UNIXTIME", SECONDS, COLUMN_PATTERNS, zone=True)
    call("CONVERT_TZ", STAMP_TEXTS, ZONES, ZONES)
    for name in ["CURRENT_DATE", "LOCALTIME", "CURRENT_TIME", "LOCALTIMESTAMP", "CURRENT_TIMESTAMP", "NOW()", "CURRENT_ROW_TIMESTAMP()", "PROCTIME()"]:
        kind = {"CURRENT_DATE": "DATE", "LOCALTIME": "TIME(0)", "CURRENT_TIME": "TIME(0)", "LOCALTIMESTAMP": "TIMESTAMP(3)"}.get(name, "TIMESTAMP_LTZ(3)")
        known = some(kind, *[v for v in VALUES[kind] if v not in ("12:34:56", "00:00:00", "23:59:59")] or ["00:00:00"])
        short = name.removesuffix("()")
        for symbol in [">", "<", ">=", "<="]:
            if kind != "TIME(0)":
                add(short, f"{name} {symbol} {{0}}", known)
        for symbol in ["=", "<>"]:
            if kind != "TIME(0)":
                add(short, f"{name} {symbol} {{0}}", known)
        if kind == "TIME(0)":
            add(short, f"{name} >= {{0}}", some(kind, "00:00:00"))
            add(short, f"({name} >= TIME '00:00:00') = {{0}}", "BOOLEAN")
        add(short, f"{name} IS NULL OR {{0}}", "BOOLEAN")
        add(short, f"NULLIF({name}, {name}) IS NULL = {{0}}", "BOOLEAN")
        add(short, f"CASE WHEN {name} IS NULL THEN {{0}} ELSE {{1}} END", "INT", "INT")
        add(short, f"{name} IS NOT NULL AND {{0}} > {{1}}", "INT", "INT")
        add(short, f"CASE WHEN {{0}} THEN TYPEOF({name}) END", "BOOLEAN")
    add("CURRENT_DATABASE", "CURRENT_DATABASE() || {0}", "STRING")
    add("CURRENT_DATABASE", "CURRENT_DATABASE() = {0}", "STRING")
    add("CURRENT_DATABASE", "CHAR_LENGTH(CURRENT_DATABASE()) > {0}", "INT")
    add("CURRENT_DATABASE", "UPPER(CURRENT_DATABASE()) < {0}", "STRING")


def add_casts():
    for name in ["CAST", "TRY_CAST"]:
        for source in SCALARS:
            for target in CAST_TARGETS:
                zone = (source, target) in [("TIMESTAMP_LTZ(3)", "STRING"), ("TIMESTAMP_LTZ(3)", "TIMESTAMP(3)")]
                add(name, f"{name}({{0}} AS {target})", source, zone=zone)
        for target in ["ARRAY<INT>", "ARRAY<STRING>", "ARRAY<BIGINT>", "STRING"]:
            for source in ["ARRAY<INT>", "ARRAY<STRING>"]:
                add(name, f"{name}({{0}} AS {target})", source)
        add(name, f"{name}({{0}} AS ARRAY<INT>)", some("ARRAY<STRING>", ["1", "x"], ["1", None], ["2", "3"]))
        add(name, f"{name}({{0}} AS STRING)", "MAP<STRING, INT>")
        add(name, f"{name}({{0}} AS MAP<STRING, BIGINT>)", "MAP<STRING, INT>")


def add_json():
    for path in PATHS:
        add("JSON_VALUE", f"JSON_VALUE({{0}}, {path})", JSONS)
        add("JSON_QUERY", f"JSON_QUERY({{0}}, {path})", JSONS)
        add("JSON_EXISTS", f"JSON_EXISTS({{0}}, {path})", JSONS)
    for kind in ["INT", "BIGINT", "DOUBLE", "BOOLEAN", "STRING", "INTEGER", "VARCHAR(3)"]:
        add("JSON_VALUE", f"JSON_VALUE({{0}}, '$.a' RETURNING {kind})", JSONS)
    for rest in ["NULL ON EMPTY NULL ON ERROR", "ERROR ON EMPTY ERROR ON ERROR", "DEFAULT 'd' ON EMPTY DEFAULT 'e' ON ERROR"]:
        add("JSON_VALUE", f"JSON_VALUE({{0}}, 'strict $.a.b' {rest})", JSONS)
    for rest in ["WITH WRAPPER", "WITH CONDITIONAL WRAPPER", "EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR", "ERROR ON EMPTY"]:
        add("JSON_QUERY", f"JSON_QUERY({{0}}, 'lax $.b' {rest})", JSONS)
    for rest in ["TRUE", "FALSE", "UNKNOWN", "ERROR"]:
        add("JSON_EXISTS", f"JSON_EXISTS({{0}}, 'strict $.a' {rest} ON ERROR)", JSONS)
    for name in ["IS JSON", "IS JSON VALUE", "IS JSON ARRAY", "IS JSON OBJECT", "IS JSON SCALAR", "IS NOT JSON", "IS NOT JSON VALUE",
                 "IS NOT JSON ARRAY", "IS NOT JSON OBJECT", "IS NOT JSON SCALAR"]:
        add(name, f"{{0}} {name}", JSONS)
        add(name, f"{{0}} {name}", "STRING")
        add(name, f"{{0}} {name}", some("STRING", "[", "1.", "-", "'a'", "{a:1}", "[1,]", "01", "1e5", "NaN", "tru", "nul", '"\\u00"',
                                       '"a', "[[]]", '{"a"}', "1 2"))
    for kind in [*SCALARS, *COLLECTIONS]:
        add("JSON_STRING", "JSON_STRING({0})", kind)
        add("JSON_ARRAY", "JSON_ARRAY({0})", kind)
        add("JSON_OBJECT", "JSON_OBJECT('k' VALUE {0})", kind)
    for rest in ["NULL ON NULL", "ABSENT ON NULL"]:
        add("JSON_OBJECT", f"JSON_OBJECT('a' VALUE {{0}}, 'b' VALUE {{1}} {rest})", "STRING", "DOUBLE")
        add("JSON_ARRAY", f"JSON_ARRAY({{0}}, {{1}} {rest})", "STRING", "INT")
    add("JSON", "JSON_OBJECT('a' VALUE JSON({0}))", JSONS)
    add("JSON", "JSON_ARRAY(JSON({0}), {1})", JSONS, "INT")
    add("JSON", "JSON_OBJECT('a' VALUE JSON({0}))", some("STRING", "[", "1.", "-", "{a:1}", "[1,]", "01", "1e5", '"a'))


def add_collections():
    for kind in ARRAYS:
        element = ELEMENT[kind]
        for name in ["ARRAY_APPEND", "ARRAY_PREPEND", "ARRAY_CONTAINS", "ARRAY_POSITION", "ARRAY_REMOVE"]:
            call(name, kind, element)
        for name in ["ARRAY_DISTINCT", "ARRAY_REVERSE", "ARRAY_MAX", "ARRAY_MIN", "ARRAY_SORT", "CARDINALITY"]:
            call(name, kind)
        for name in ["ARRAY_UNION", "ARRAY_EXCEPT", "ARRAY_INTERSECT", "ARRAY_CONCAT"]:
            call(name, kind, kind)
        call("ARRAY_CONCAT", kind, kind, kind)
        call("ARRAY_SLICE", kind, COUNT)
        call("ARRAY_SLICE", kind, COUNT, COUNT)
        call("ARRAY_SORT", kind, "BOOLEAN")
        call("ARRAY_SORT", kind, "BOOLEAN", "BOOLEAN")
        add("ITEM", "{0}[{1}]", kind, some("INT", "1", "2", "0", "-1", "5"))
        add("ARRAY", "ARRAY[{0}, {1}]", element, element)
    nested = [some("ARRAY<INT>", [1], [3, 1, None, 3], [2, 2], [-1, 0, 1]), some("ARRAY<STRING>", ["a"], ["b", None], ["b", "A", "", "ä"], ["10", "9"]),
              some("ARRAY<DOUBLE>", [0.5], [1.5, None], [2.0, -2.0, 2.0])]
    for name in ["ARRAY_DISTINCT", "ARRAY_REVERSE", "ARRAY_MAX", "ARRAY_MIN", "CARDINALITY"]:
        for kind in nested:
            call(name, kind)
        for kind in ["STRING", "INT", "DATE", "BOOLEAN", "DECIMAL(5, 2)"]:
            add(name, f"{name}(ARRAY[{{0}}, {{1}}])", kind, kind)
    for kind in ["INT", "STRING", "DOUBLE", "DATE", "BOOLEAN"]:
        add("ELEMENT", "ELEMENT(ARRAY[{0}])", kind)
        add("ELEMENT", "ELEMENT(ARRAY_REMOVE(ARRAY[{0}, {1}], {1}))", kind, kind)
    for kind in ["INT", "DATE", "DECIMAL(5, 2)", "BOOLEAN"]:
        add("ARRAY", "ARRAY[{0}, {1}]", kind, kind)
    add("ARRAY", "ARRAY[{0}, {1}]", "INT", "DOUBLE")
    call("ARRAY_JOIN", "ARRAY<STRING>", PIECE)
    call("ARRAY_JOIN", "ARRAY<STRING>", PIECE, some("STRING", "", "NULL", "x"))
    for kind in ["MAP<STRING, INT>", "MAP<STRING, STRING>"]:
        for name in ["MAP_KEYS", "MAP_VALUES", "MAP_ENTRIES", "CARDINALITY"]:
            call(name, kind)
        call("MAP_UNION", kind, kind)
        add("ITEM", "{0}[{1}]", kind, some("STRING", "a", "b", "", "k"))
    for name in ["MAP_KEYS", "MAP_VALUES", "MAP_ENTRIES"]:
        for key, value in [("STRING", "INT"), ("INT", "STRING"), ("DATE", "DOUBLE")]:
            add(name, f"{name}(MAP[{{0}}, {{1}}])", key, value)
    for key, value in [("STRING", "INT"), ("INT", "STRING"), ("CHAR", "BOOLEAN"), ("DATE", "DOUBLE")]:
        add("MAP", "MAP[{0}, {1}]", key, value)
    add("MAP", "MAP[{0}, {1}, {2}, {3}]", "STRING", "INT", "STRING", "INT")
    call("MAP_FROM_ARRAYS", "ARRAY<STRING>", "ARRAY<INT>")
    call("MAP_FROM_ARRAYS", "ARRAY<INT>", "ARRAY<STRING>")
    for one, two in [("INT", "STRING"), ("STRING", "DATE"), ("BOOLEAN", "DECIMAL(5, 2)"), ("ARRAY<INT>", "INT")]:
        call("ROW", one, two)


AGGREGATES = {}  # name -> [(template, type)]


def add_aggregates():
    def of(name, template, *kinds):
        for kind in kinds:
            AGGREGATES.setdefault(name, []).append((template, kind))
    ordered = [*NUMBERS, "STRING", "BOOLEAN", "DATE", "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)", "TIME(0)"]
    for name in ["SUM", "AVG", "STDDEV_POP", "STDDEV_SAMP", "VAR_POP", "VAR_SAMP", "STDDEV", "VARIANCE"]:
        of(name, f"{name}({{0}})", *NUMBERS)
        of(name, f"{name}(DISTINCT {{0}})", "INT", "DOUBLE", "DECIMAL(5, 2)")
    for name in ["MIN", "MAX"]:
        of(name, f"{name}({{0}})", *ordered)
    for name in ["FIRST_VALUE", "LAST_VALUE"]:
        of(name, f"{name}({{0}})", *ordered)
    of("COUNT", "COUNT({0})", *ordered)
    of("COUNT", "COUNT(DISTINCT {0})", *ordered)
    of("ARRAY_AGG", "ARRAY_AGG({0})", "INT", "STRING", "DOUBLE", "DATE")
    of("ARRAY_AGG", "ARRAY_AGG(DISTINCT {0})", "INT", "STRING")
    of("COLLECT", "COLLECT({0})", "INT", "STRING", "DATE", "DECIMAL(5, 2)")
    of("COLLECT", "COLLECT(DISTINCT {0})", "INT", "STRING")
    of("LISTAGG", "LISTAGG({0})", "STRING", "CHAR")
    of("LISTAGG", "LISTAGG({0}, '; ')", "STRING")
    of("LISTAGG", "LISTAGG(DISTINCT {0})", "STRING")
    of("JSON_ARRAYAGG", "JSON_ARRAYAGG({0})", "STRING", "INT", "DOUBLE", "BOOLEAN")
    of("JSON_ARRAYAGG", "JSON_ARRAYAGG({0} NULL ON NULL)", "STRING", "INT")
    of("JSON_OBJECTAGG", "JSON_OBJECTAGG(KEY CAST(id AS STRING) VALUE {0})", "STRING", "INT", "DOUBLE")
    of("JSON_OBJECTAGG", "JSON_OBJECTAGG(KEY CAST(id AS STRING) VALUE {0} ABSENT ON NULL)", "STRING", "BOOLEAN")
    for fraction in ["0", "0.5", "1", "0.9", "ARRAY[0.25, 0.75]"]:
        of("PERCENTILE", f"PERCENTILE({{0}}, {fraction})", *FEW_NUMBERS, "FLOAT")


for make in [add_operators, add_texts, add_numbers, add_times, add_casts, add_json, add_collections, add_aggregates]:
    make()


def pool(kind):
    """(type, values) of an argument: NULL comes first. The type is None for pieces of SQL."""
    if isinstance(kind, list):
        return None, kind
    if isinstance(kind, tuple):
        return kind[0], [None, *kind[1]]
    return kind, [None, *VALUES[kind]]


def combinations(pools, count, chance):
    """All combinations where there are few; else each value once in each place, and others at random."""
    product = 1
    for values in pools:
        product *= len(values)
    if product <= count:
        out = [()]
        for values in pools:
            out = [(*o, v) for o in out for v in values]
        return out
    seen, out = set(), []

    def keep(values):
        if repr(values) not in seen:
            seen.add(repr(values))
            out.append(values)
    longest = max(len(values) for values in pools)
    for i in range(longest):
        if len(out) < count:
            keep(tuple(values[i] if i < len(values) else chance.choice(values) for values in pools))
    while len(out) < count:
        keep(tuple(chance.choice(values[1:] if values[0] is None and chance.random() < 0.8 else values) for values in pools))
    return out


# --- Patterns of dates, regular expressions and JSON paths: each with texts of its own -----------

DATE_PATTERNS = [
    "G", "GGGG", "GGGGG", "u", "uu", "uuuu", "uuuuu", "y", "yyy", "yyyyy", "yyyyyy", "Y", "YY", "YYYY", "M", "MM", "MMM", "MMMM",
    "MMMMM", "L", "LL", "LLL", "LLLL", "LLLLL", "d", "D", "DDD", "E", "EE", "EEEE", "EEEEE", "e", "ee", "eee", "eeee", "c", "ccc",
    "cccc", "ccccc", "Q", "QQ", "QQQ", "QQQQ", "q", "qqq", "qqqqq", "w", "ww", "W", "F", "g", "a", "B", "BBBB", "BBBBB", "h", "hh",
    "H", "K", "KK", "k", "kk", "m", "s", "S", "SSSSSS", "SSSSSSSSS", "A", "AAAAAAAAAA", "n", "nnnnnnnnnn", "N", "ppH", "pppd",
    "ppppppy", "pppMMM", "ppppE:ppm", "h:mm B", "yyyy-MM-dd['T']HH", "[yyyy]", "''yyyy''", "'o''clock' h", "yyyy年MM月",
    # refused, or without a zone
    "aa", "BB", "cc", "ddd", "HHH", "MMMMMM", "EEEEEE", "WW", "pH", "pp", "p'x'", "H pp", "x", "XXX", "z", "zzzz", "VV", "V", "O",
    "OO", "v", "b", "j", "#", "{", "[yyyy", "yyyy]", "'open"]
PARSED_DATES = [
    ("yyyy-MM-dd HH:mm:ss.SSSSSSSSS", "2024-02-29 23:59:59.123456789"), ("yyyy-MM-dd HH:mm:ss.SSS", "2024-02-29 23:59:59.12"),
    ("yyyy-MM-dd", "2024-02-30"), ("yyyy-MM-dd", "2024-02-32"), ("yyyy-MM-dd", "2024-13-01"), ("yyyy-MM-dd", "2024-1-5"),
    ("y-M-d", "2024-1-5"), ("y-M-d", "24-01-05"), ("yy-M-d", "24-1-5"), ("yy-M-d", "2024-1-5"), ("yyyy-M-d", "12024-1-5"),
    ("yyyy-M-d", "-2024-1-5"), ("yyyyMMdd", "20240105"), ("YYYY-MM-dd", "2024-01-05"), ("Hmm", "905"), ("MM-dd", "02-30"),
    ("yyyyMMddHHmmssSSS", "20240105010203004"), ("yyyyMMdd", "2024015"), ("yMMdd", "20240105"), ("yyyy-DDD", "2024-060"),
    ("yyyy-D", "2024-60"), ("yyyy-DDD", "2023-366"), ("yyyy-MMM-dd", "2024-Jan-05"), ("yyyy-MMM-dd", "2024-JAN-05"),
    ("yyyy-MMM-dd", "2024-jan-05"), ("yyyy-MMMM-dd", "2024-January-05"), ("yyyy-MMMM-dd", "2024-Jan-05"),
    ("yyyy-MMM-dd", "2024-January-05"), ("yyyy-LLL-dd", "2024-Jan-05"), ("EEE yyyy-MM-dd", "Fri 2024-01-05"),
    ("EEE yyyy-MM-dd", "Mon 2024-01-05"), ("EEE yyyy-MM-dd", "fri 2024-01-05"), ("EEEE yyyy-MM-dd", "Friday 2024-01-05"),
    ("EEE yyyy-MM", "Tue 2024-01"), ("ccc yyyy-MM-dd", "Fri 2024-01-05"), ("c yyyy-MM-dd", "6 2024-01-05"),
    ("c yyyy-MM-dd", "5 2024-01-05"), ("e yyyy-MM-dd", "6 2024-01-05"), ("Q yyyy-MM-dd", "1 2024-01-05"),
    ("Q yyyy-MM-dd", "2 2024-01-05"), ("QQQ yyyy-MM-dd", "Q1 2024-01-05"), ("QQQQ yyyy-MM-dd", "1st quarter 2024-01-05"),
    ("G yyyy-MM-dd", "AD 2024-01-05"), ("GGGG yyyy-MM-dd", "Anno Domini 2024-01-05"),
    ("HH:mm", "23:59"), ("HH:mm", "24:00"), ("HH:mm", "24:01"), ("HH:mm", "7:05"), ("H:mm", "7:05"), ("H:mm", "007:05"),
    ("hh:mm a", "12:30 AM"), ("hh:mm a", "12:30 PM"), ("hh:mm a", "07:30 pm"), ("hh:mm a", "13:30 PM"), ("hh:mm a", "00:30 AM"),
    ("hh:mm", "07:30"), ("K:mm a", "0:30 PM"), ("K:mm a", "12:30 PM"), ("k:mm", "24:30"), ("k:mm", "0:30"), ("k:mm", "25:30"),
    ("mm:ss", "60:00"), ("mm:ss", "59:60"), ("HH a", "13 PM"), ("HH a", "13 AM"), ("a", "PM"), ("h:mm B", "9:00 in the morning"),
    ("h:mm B", "9:00 at night"), ("h:mm B", "9:00 in the evening"), ("h:mm B", "12:00 noon"), ("h:mm B", "12:00 midnight"),
    ("H:mm B", "9:00 at night"), ("H:mm B", "21:00 at night"), ("B", "in the afternoon"), ("B", "at night"), ("B", "At Night"),
    ("BBBBB", "mi"), ("K B", "20 in the evening"), ("ppH:mm", " 9:05"), ("ppH:mm", "9:05"), ("ppH:mm", "  9:05"), ("ppH:mm", "19:05"),
    ("pppd", "  9"), ("yyyy-MM-dd[ HH:mm]", "2024-01-05"), ("yyyy-MM-dd[ HH:mm]", "2024-01-05 06:07"),
    ("yyyy-MM-dd[ HH:mm]", "2024-01-05 06:"), ("[yyyy-MM-dd][dd.MM.yyyy]", "05.01.2024"), ("yyyy-MM-dd'T'HH:mm", "2024-01-05T06:07"),
    ("yyyy-MM-dd'T'HH:mm", "2024-01-05t06:07"), ("yyyy-MM-dd''HH", "2024-01-05'06"), ("yyyy-MM-dd HH:mm", " 2024-01-05 06:07"),
    ("yyyy-MM-dd HH:mm", "2024-01-05 06:07 "), ("yyyy-MM-dd HH:mm X", "2024-01-05 06:07 +02"),
    ("yyyy-MM-dd HH:mm XXX", "2024-01-05 06:07 +02:30"), ("yyyy-MM-dd HH:mm X", "2024-01-05 06:07 Z"),
    ("yyyy-MM-dd HH:mm xx", "2024-01-05 06:07 -0800"), ("yyyy-MM-dd HH:mm z", "2024-01-05 06:07 UTC"),
    ("yyyy-MM-dd HH:mm VV", "2024-01-05 06:07 Europe/Berlin"), ("yyyy-MM-dd HH:mm z", "2024-01-05 06:07 PST"),
    ("A", "3600000"), ("N", "3600000000000"), ("HH:mm:ss n", "01:02:03 4000000"), ("yyyy-MM-dd SSS", "2024-01-05 123"),
    ("yyyy-'W'ww", "2024-W05"), ("YYYY-ww-e", "2024-01-3"), ("yyyy", "2024"), ("MM", "07"), ("dd", "07"), ("yyyy-MM", "2024-07"),
    ("yyyy-MM-dd yyyy", "2024-01-05 2024"), ("yyyy-MM-dd yyyy", "2024-01-05 2023"), ("S", "5"), ("yyyy年MM月dd日", "2024年01月05日")]
SIMPLE_DATES = [
    ("yyyy-MM-dd", "2024-1-5"), ("yyyy-MM-dd", "2024-02-30"), ("yyyy-MM-dd", "2024-13-45"), ("yyyy-MM-dd", "2024-01-05 junk"),
    ("dd.MM.yyyy", "5.1.2024"), ("yyyyMMdd", "20240105"), ("yyMMdd", "240105"), ("MMM d, yyyy", "Jan 5, 2024"),
    ("MMM d, yyyy", "JAN 5, 2024"), ("MMMM d, yyyy", "January 5, 2024"), ("MMMM d, yyyy", "Jan 5, 2024"),
    ("EEE, d MMM yyyy", "Fri, 5 Jan 2024"), ("EEE, d MMM yyyy", "fri, 5 jan 2024"), ("EEEE d MMMM yyyy", "Friday 5 January 2024"),
    ("yyyy-MM-dd", "99-1-1"), ("yyyy-DDD", "2024-060"), ("yyyy-MM-dd", " 2024-01-05"),
    ("yyyy-MM-dd'T'HH", "2024-01-05T06"), ("'x'yyyy", "x2024"), ("M/d/yy", "1/5/24"),
    ("yyyyMM", "202407"), ("MM", "7"), ("yyyy-MM-dd", "2024/01/05"), ("d", "400"), ("yyyy-MM-dd", "")]
REGEXES = [
    ("\\w+", "äb_1 c"), ("\\W", "a b"), ("\\d{2,}", "1 22 ٣٣"), ("\\D+", "1ab2"), ("\\s", "a\u00a0b c"), ("\\S+", " ab c"), ("\\h", "a\u00a0b"),
    ("\\v", "a\nb"), ("\\R", "a\r\nb"), ("[a-c&&[^b]]+", "abcab"), ("[a-d&&[c-f]]", "abcd"), ("[^a-c]", "abcd"), ("[a[xy]]+", "xay"),
    ("[\\w&&[^\\d]]+", "a1b"), ("[-a]", "b-a"), ("[a-]", "b-a"), ("[]a]", "]"), ("[\\]a]", "]"), ("[.]", "a.b"), ("[a\\-c]", "-"),
    ("\\Qa.b\\E", "axb a.b"), ("\\Qa.b", "a.b"), ("a{2}", "aaa"), ("a{,2}", "a{,2}"), ("a{2,1}", "aa"), ("a{0}", "a"), ("a+?", "aaa"),
    ("a*?b", "aab"), ("a??b", "ab"), ("(?i)äB", "ÄB"), ("(?i)ab", "AB"), ("(?iu)äb", "ÄB"), ("(?s)a.b", "a\nb"), ("a.b", "a\nb"),
    ("(?m)^b$", "a\nb"), ("^b$", "a\nb"), ("(?x)a b # c", "ab"), ("(?-i)A", "a"), ("(?i:a)B", "AB"), ("\\bab\\b", "x ab y"),
    ("\\Bb", "ab b"), ("\\Aa", "ba"), ("a\\z", "ba"), ("a\\Z", "a\n"), ("a$", "a\n"), ("\\p{L}+", "äb1"), ("\\p{Lu}", "aÄ"), ("\\pL", "1a"),
    ("\\P{L}", "a1"), ("\\p{IsGreek}", "aΩ"), ("\\p{IsAlphabetic}+", "äb1"), ("\\p{Alpha}+", "äb"), ("\\p{Punct}", "a!b"),
    ("\\p{Upper}", "aB"), ("\\p{Nope}", "a"), ("\\p{InGreek}", "Ω"), ("\\p{javaLowerCase}", "Aa"), ("\\x41", "A"), ("\\u0041", "A"),
    ("\\x{1F600}", "😀"), ("\\t", "a\tb"), ("\\0101", "A"), ("\\cA", "\u0001"), ("\\e", "\u001b"), ("\\a", "\u0007"), ("(?<n>a)(b)", "ab"),
    ("(?:a)(b)", "ab"), ("(a)|(b)", "b"), ("((a)(b))", "ab"), ("()", "a"), ("a|", "b"), ("|a", "a"), ("a||b", "b"), ("(a", "a"), ("a)", "a"),
    ("[a", "a"), ("*a", "a"), ("a**", "a"), ("\\", "a"), ("\\y", "y"), ("{", "{"), ("a{", "a{"), ("}", "}"), ("]", "]"), (".", "😀"),
    ("^.$", "😀"), ("[😀]", "😀"), ("😀+", "😀😀"), ("", ""), ("x*", ""), ("^", "a"), ("$", "a"), ("\\.", "a.b"), ("\\/", "a/b"),
    ("\\-", "a-b"), ("\\_", "_"), ("a++", "aa"), ("(a)\\1", "aa"), ("a(?=b)", "ab"), ("a(?!b)", "ac"), ("(?<=a)b", "ab"), ("(?>a)b", "ab"),
    ("\\G", "a"), ("\\X", "a")]
ODD_PATHS = [
    "@.a", "@", "$.a[", "$.a[0]]", "$.a[0]b", "$.a[1]bc", "a", ".a", "$a", "$.", "$..", "$.a.", "$.a]", "$[", "$[]", "$[0", "$[a]", "$['a'",
    "$.a[*", "$.a[-1]", "$.a[- 1]", "$.a[0,1]", "$.a[0:1]", "$.a[0:1:9]", "$.a[:]", "$.a[1: 2]", "$.a[0 1]", "$.*", "$.x.*a", "$.b*", "$.a b",
    "$. a", "$ .a", " $.a", "$.a ", "lax$.a", "lax @.a", "lax  $.a", "STRICT $.a", "", "  ", "$.a[?(", "$.a[?(@>1)]", "$.a[?]", "$.length(",
    "$.a.size()", "$.a.size()b", "$['b*' 'x']", "$['b*', 'x']", "$['b*',]", "$.a[4294967296]", "$.a[+1]", "$.a[ 0 ]", "$.[0]", "$.a.[0]",
    "$['\\u0061']"]
ODD_DOCUMENT = '{"a": [7, {"bc": 8}], "x": {"y": 1}, "b*": 3, "a b": 2}'


def pattern_calls():
    """(function, template, types, values) of calls whose pattern makes the difference."""
    def literal(text):
        return "'" + text.replace("'", "''") + "'"

    def ask(name, template, *arguments):
        return name, template, [kind for kind, _ in arguments], [value for _, value in arguments]

    for pattern in DATE_PATTERNS:
        for stamp in [STAMPS[1], STAMPS[4]][:2 if pattern[0] in "MdEeQWFaBhHKk" else 1]:
            yield ask("DATE_FORMAT", "DATE_FORMAT({0}, {1})", ("TIMESTAMP(3)", stamp), (None, literal(pattern)))
    for pattern, text in PARSED_DATES:
        yield ask("TO_TIMESTAMP", "TO_TIMESTAMP({0}, {1})", ("STRING", text), (None, literal(pattern)))
    for pattern, text in SIMPLE_DATES:
        yield ask("TO_DATE", "TO_DATE({0}, {1})", ("STRING", text), (None, literal(pattern)))
    for pattern, text in date_texts.pairs(220):
        for name in ["TO_DATE", "UNIX_TIMESTAMP"]:
            yield ask(name, name + "({0}, {1})", ("STRING", text), ("STRING", pattern))
    for pattern, text in date_texts.strict_pairs(300):
        yield ask("TO_TIMESTAMP", "TO_TIMESTAMP({0}, {1})", ("STRING", text), ("STRING", pattern))
    for pattern, seconds in date_texts.formats(120):
        yield ask("FROM_UNIXTIME", "FROM_UNIXTIME({0}, {1})", ("BIGINT", seconds), ("STRING", pattern))
    for name, template in [("REGEXP_EXTRACT", "REGEXP_EXTRACT({0}, {1}, 0)"), ("REGEXP_REPLACE", "REGEXP_REPLACE({0}, {1}, '<$0>')"),
                           ("REGEXP_COUNT", "REGEXP_COUNT({0}, {1})"), ("REGEXP", "REGEXP({0}, {1})")]:
        for pattern, text in REGEXES:
            yield ask(name, template, ("STRING", text), (None, literal(pattern)))
    for name in ["JSON_VALUE", "JSON_QUERY", "JSON_EXISTS"]:
        for path in ODD_PATHS:
            yield ask(name, f"{name}({{0}}, {{1}})", ("STRING", ODD_DOCUMENT), (None, literal(path)))


def calls():
    """(function, template, types, values, whether the zone counts) of every call; always the same ones."""
    for name, templates in FUNCTIONS.items():
        chance = random.Random(name)
        pools = [[pool(kind) for kind in types] for _, types, _ in templates]
        share = max(3, -(-min(MOST, max(TARGET, 5 * len(templates))) // len(templates)))
        left = MOST
        for (template, types, zone), arguments in zip(templates, pools, strict=True):
            for values in combinations([p[1] for p in arguments], min(share, left), chance):
                left -= 1
                yield name, template, [p[0] for p in arguments], values, zone


def aggregates():
    """(function, template, type, rows) of every call of an aggregate function."""
    for name, templates in AGGREGATES.items():
        chance = random.Random(name)
        share = -(-LEAST * 2 // len(templates))
        for template, kind in templates:
            values = [None, *VALUES[kind]]
            lists = [[None], [values[1]], values[:4], values]
            while len(lists) < share:
                lists.append([chance.choice(values) for _ in range(chance.randint(1, 6))])
            for rows in lists[:max(share, 3)]:
                yield name, template, kind, rows
