"""Random definitions of tables, rows for them that are awkward to read, and random edits of definitions: those that may
say something else, which only the rows can tell, and those that say the same (definitions.py runs them).
"""
import dataclasses
import json

replace = dataclasses.replace


@dataclasses.dataclass(frozen=True)
class Field:
    """Of a record: types that it may be read as, and what it may hold, each with the first type that takes it."""
    types: tuple
    values: tuple
    family: str
    nested: bool = False     # JSON alone has it


FIELDS = {
    "k": Field(("STRING", "VARCHAR(2)", "VARCHAR(10)", "CHAR(2)"), (("a", 0), ("b", 0), ("c", 0), ("a", 0), ("", 0), ("bb", 0), (None, 0)), "text"),
    "i": Field(("TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL(20, 0)", "STRING"),
               (("5", 0), ("127", 0), ("4", 0), ("300", 1), ("-70000", 2), ("3000000000", 3), (None, 0), ("x", 5), ("1.0", 4)), "number"),
    "f": Field(("FLOAT", "DOUBLE", "DECIMAL(10, 1)", "DECIMAL(10, 3)", "STRING"),
               (("0.7", 0), ("0.1", 0), ("1.5", 0), ("16777217", 0), ("2.25", 0), (None, 0), ("x", 4)), "number"),
    "d": Field(("DECIMAL(4, 1)", "DECIMAL(8, 1)", "DECIMAL(8, 3)", "DOUBLE", "FLOAT", "STRING"),
               (("0.7", 0), ("1.5", 0), ("3.0", 0), ("0.75", 2), ("70000.7", 1), (None, 0), ("x", 5)), "number"),
    "tm": Field(("TIME(0)", "TIME(3)", "TIME", "STRING"), (("12:00:00", 0), ("12:00:00.700", 0), ("12:00:01", 0), (None, 0)), "time"),
    "at": Field(("TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(6)", "TIMESTAMP(9)", "STRING"),
                (("2026-01-01 00:00:01", 0), ("2026-01-01 00:00:01.500", 0), ("2026-01-01 00:00:01.500250", 0), (None, 0)), "stamp"),
    "s": Field(("STRING", "VARCHAR(3)", "VARCHAR(8)", "CHAR(3)"),
               (("abc", 0), ("abcdef", 0), ("", 0), (" x ", 0), ("n/a", 0), ("q,r", 0), ("#z", 0), (None, 0)), "text"),
    "b": Field(("BOOLEAN", "STRING"), (("true", 0), ("false", 0), (None, 0), ("x", 1)), "truth"),
    "arr": Field(("ARRAY<FLOAT>", "ARRAY<DOUBLE>", "ARRAY<STRING>"), (([0.7, 0.1], 0), ([], 0), ([1.5], 0), (None, 0)), "array", True),
    "m": Field(("MAP<STRING, FLOAT>", "MAP<STRING, DOUBLE>"), (({"x": 0.7}, 0), ({"y": 1}, 0), (None, 0)), "map", True),
    "r": Field(("ROW<a INT, b FLOAT>", "ROW<b FLOAT, a INT>", "ROW<a INT, b DOUBLE>", "ROW<a BIGINT, b FLOAT>", "ROW<a INT, b FLOAT, c STRING>"),
               (({"a": 1, "b": 0.7}, 0), ({"a": 3}, 0), ({"b": 2.5, "a": 2}, 0), (None, 0)), "row", True),
}
ALWAYS = ("k", "n", "ts")  # a number that no other row has, and the event time
SYNONYMS = {"STRING": "VARCHAR(2147483647)", "INT": "INTEGER", "DECIMAL(4, 1)": "NUMERIC(4,1)", "DECIMAL(20, 0)": "DEC(20)",
            "TIMESTAMP(3)": "TIMESTAMP(3) WITHOUT TIME ZONE", "TIMESTAMP(6)": "TIMESTAMP", "DOUBLE": "DOUBLE PRECISION",
            "TIME": "TIME(0)", "DECIMAL(10, 1)": "DECIMAL(10,1)"}
# Options of what is read, with values; the default first, if there is one.
CSV = {"csv.field-delimiter": (",", ";"), "csv.quote-character": ("\"", "x"), "csv.disable-quote-character": ("false", "true"),
       "csv.escape-character": (None, "b"), "csv.null-literal": (None, "n/a", "abc"), "csv.allow-comments": ("false", "true"),
       "csv.ignore-parse-errors": ("false", "true"), "csv.allow-trailing-comma": ("true", "false"),
       "csv.ignore-trailing-unmappable": ("false", "true"), "csv.fail-on-missing-columns": ("true", "false"),
       "csv.trim-spaces": ("false", "true"), "csv.empty-string-as-null": (None, "true", "false"), "csv.header": ("false", "true")}
JSON = {"json.fail-on-missing-field": ("false", "true"), "json.ignore-parse-errors": ("false", "true"),
        "json.timestamp-format.standard": ("SQL", "ISO-8601"), "json.map-null-key.mode": ("FAIL", "DROP", "LITERAL"),
        "json.map-null-key.literal": ("null", "none"), "json.encode.decimal-as-plain-number": ("false", "true"),
        "json.encode.ignore-null-fields": ("false", "true")}
DEBEZIUM = {"debezium-json.ignore-parse-errors": ("false", "true"), "debezium-json.schema-include": ("false", "true"),
            "debezium-json.timestamp-format.standard": ("SQL", "ISO-8601")}
FORMATS = {"csv": CSV, "json": JSON, "debezium-json": DEBEZIUM}
SCAN = {"source.time-domain": ("file", "table"), "source.follow": ("false", "true"), "source.settle-interval": ("1 s", "0 s"),
        "source.path.regex-pattern": (None, ".*0\\..*", ".*"), "scan.parallelism": (None, "1"), "errors.scope": ("all-columns", "read-columns"),
        "scan.watermark.idle-timeout": (None, "1 h"), "scan.watermark.emit.strategy": ("on-periodic", "on-event")}
SINK = {"csv.field-delimiter": (",", ";"), "csv.null-literal": (None, "", "n/a"), "csv.header": ("false", "true"),
        "csv.quote-character": ("\"", "'"), "json.encode.ignore-null-fields": ("false", "true"),
        "json.timestamp-format.standard": ("SQL", "ISO-8601"), "json.encode.decimal-as-plain-number": ("false", "true"),
        "sink.rolling-policy.file-size": ("128 mb", "1 mb"), "sink.missing-committed": ("accept", "fail"), "sink.parallelism": (None, "1")}
COMPUTED = ("n + 1", "n + 2", "CHAR_LENGTH(k)", "UPPER(k)", "n * 2", "MOD(n, 3)", "COALESCE(k, 'none')")
SAME_COMPUTED = {"n + 1": "1 + n", "n + 2": "n + 1 + 1", "n * 2": "2 * n", "CHAR_LENGTH(k)": "CHARACTER_LENGTH(k)",
                 "COALESCE(k, 'none')": "IFNULL(k, 'none')", "UPPER(k)": "UPPER((k))", "MOD(n, 3)": "n % 3"}
FILES = ("file.name", "file.size")


@dataclasses.dataclass(frozen=True)
class Column:
    name: str
    type: str = "STRING"
    needed: bool = False      # NOT NULL
    computed: str = ""        # AS …
    metadata: str = ""        # METADATA FROM …
    written: str = ""         # how the name, and the type, are written
    typed: str = ""
    comment: str = ""

    @property
    def read(self):
        """From records."""
        return not self.computed and not self.metadata

    def sql(self):
        name, comment = self.written or self.name, f" COMMENT '{self.comment}'" if self.comment else ""
        if self.computed:
            return f"{name} AS {self.computed}{comment}"
        end = f" METADATA FROM '{self.metadata}' VIRTUAL" if self.metadata else ""
        return f"{name} {self.typed or self.type}{' NOT NULL' if self.needed else ''}{end}{comment}"


@dataclasses.dataclass(frozen=True)
class Table:
    name: str
    columns: tuple
    options: tuple
    watermark: str = ""
    key: tuple = ()
    comment: str = ""
    aside: str = ""           # a comment of SQL
    altered: tuple = ()       # options that ALTER TABLE gives afterwards
    like: bool = False        # the columns are those of another definition

    @property
    def format(self):
        return dict(self.options).get("format", "").lower()

    def option(self, key):
        return dict(self.options).get(key)

    def setting(self, key, value):
        """With the option; without it for None."""
        options = tuple((one, value if one == key else old) for one, old in self.options if value is not None or one != key)
        if value is not None and self.option(key) is None:
            options += ((key, value),)
        return replace(self, options=options)

    def column(self, name):
        return next((column for column in self.columns if column.name == name), None)

    def with_column(self, called, **fields):
        return replace(self, columns=tuple(replace(one, **fields) if one.name == called else one for one in self.columns))

    @property
    def ignores(self):
        return (self.option(f"{self.format}.ignore-parse-errors") or "").lower() == "true"

    def definition(self):
        parts = [column.sql() for column in self.columns]
        parts += [f"WATERMARK FOR ts AS {self.watermark}"] if self.watermark else []
        parts += [f"PRIMARY KEY ({', '.join(self.key)}) NOT ENFORCED"] if self.key else []
        said = [(key, value) for key, value in self.options if key not in self.altered]
        words = ", ".join(f"'{key}' = {quoted(value)}" for key, value in said)
        comment = f" COMMENT '{self.comment}'" if self.comment else ""
        if self.like:
            return (f"CREATE TABLE like_{self.name} ({', '.join(parts)}) WITH ('connector' = 'filesystem', 'path' = 'no', "
                    f"'format' = '{self.format}');\n"
                    f"CREATE TABLE {self.name}{comment} WITH ({words}) LIKE like_{self.name} (EXCLUDING OPTIONS);\n"
                    f"DROP TABLE like_{self.name};\n")
        text = f"CREATE TABLE {self.name} ({self.aside}{', '.join(parts)}){comment} WITH ({words});\n"
        for key in self.altered:
            text += f"ALTER TABLE {self.name} SET ('{key}' = {quoted(self.option(key))});\n"
        return text


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


# --- random tables --------------------------------------------------------------------------------

def random_source(chooser, name, changes=False):
    """`changes`: as a table of changes."""
    form = "debezium-json" if changes else chooser.choice(("csv", "csv", "json"))
    others = chooser.sample([field for field in FIELDS if field not in ALWAYS and (form != "csv" or not FIELDS[field].nested)],
                            chooser.choice((1, 2, 2, 3)))
    columns = [Column(field, chooser.choice(FIELDS[field].types)) for field in ("k", *others)]
    columns += [Column("n", "INT"), Column("ts", "TIMESTAMP(3)")]
    chooser.shuffle(columns)
    if chooser.random() < 0.4:
        columns.append(computed_column(chooser.choice(COMPUTED)))
    if chooser.random() < 0.4 and not changes:
        columns.append(metadata(chooser.choice(FILES)))
    columns.append(Column("p", computed="PROCTIME()"))
    options = [("connector", "filesystem"), ("path", name), ("format", form), ("source.monitor-interval", "20 ms"),
               ("source.settle-interval", "0 s")]
    if chooser.random() < 0.5:
        options.append((f"{form}.ignore-parse-errors", "true"))
    for key in chooser.sample(sorted(FORMATS[form]), chooser.choice((0, 0, 1, 2))):
        value = chooser.choice(FORMATS[form][key])
        if value is not None and key not in dict(options):
            options.append((key, value))
    delay = chooser.choice((0, 2, 4))
    watermark = "" if changes else f"ts - INTERVAL '{delay}' SECOND" if delay else "ts"
    key = ("n",) if changes else ()
    return Table(name, tuple(columns), tuple(options), watermark, key)


def random_found(chooser, key):
    """A file that is looked up by a key of this type."""
    others = chooser.sample(("f", "d", "s", "i", "b", "tm"), chooser.choice((1, 2, 3)))
    columns = [Column("k", key), *(Column(field, chooser.choice(FIELDS[field].types)) for field in others), Column("n", "INT")]
    chooser.shuffle(columns)
    options = [("connector", "filesystem"), ("path", "l.csv"), ("format", "csv")]
    if chooser.random() < 0.7:
        options.append(("csv.ignore-parse-errors", "true"))
    return Table("l", tuple(columns), tuple(options))


def random_sink(chooser, form):
    options = (("connector", "filesystem"), ("path", "out"), ("format", form))
    return Table("s", (Column("k"), Column("a", "BIGINT"), Column("b")), options)


def computed_column(expression):
    return Column("c", "STRING" if expression.startswith(("UPPER", "COALESCE")) else "INT", computed=expression)


def metadata(key):
    return Column("file", "STRING" if key == "file.name" else "BIGINT", metadata=key)


# --- rows -----------------------------------------------------------------------------------------

def records(chooser, table, count, start):
    """Fields of so many records, which the table reads; the times come late now and then."""
    made = []
    for i in range(count):
        late = chooser.choice((0, 0, 0, 1, 3, 6))
        record = {"n": str(start + i), "ts": f"2026-01-01 00:{(start + i) // 30:02}:{max(2 * (start + i) - late, 0) % 60:02}.{i % 10}00"}
        for name, field in FIELDS.items():
            column = table.column(name)
            reads = len(field.types) if table.ignores else field.types.index(column.type) + 1 if column else 1
            record[name] = chooser.choice([value for value, first in field.values if first < reads])
        made.append(record)
    made.append({**made[-1], "k": "zz", "n": str(start + count), "ts": f"2026-01-01 00:{(start + count) // 30 + 2:02}:00"})
    return made


def text(chooser, table, rows):
    """A file of the rows, as the table reads it, and where it leaves bad records out, with some of these."""
    if table.format != "csv":
        return "".join(event(chooser, table, row) for row in rows)
    delimiter = table.option("csv.field-delimiter") or ","
    names = [column.name for column in table.columns if column.read]
    lines = [delimiter.join(names)] if table.option("csv.header") == "true" else []
    for row in rows:
        lines.append(delimiter.join(cell(table, row[name], delimiter) for name in names))
        if table.ignores and chooser.random() < 0.2:
            lines.append(chooser.choice((lines[-1] + delimiter + "7", lines[-1].rpartition(delimiter)[0], "# " + lines[-1], "")))
        if table.option("csv.allow-comments") == "true" and chooser.random() < 0.2:
            lines.append("# " + lines[-1])
    return "".join(line + "\n" for line in lines)


def cell(table, value, delimiter):
    if value is None:
        return table.option("csv.null-literal") or ""
    quote = table.option("csv.quote-character") or "\""
    if table.option("csv.disable-quote-character") == "true":
        return value.replace(delimiter, ".")
    return quote + value + quote if delimiter in value or value in ("", "a") else value


def event(chooser, table, row):
    def value(name, said):
        if not isinstance(said, str) or FIELDS.get(name, FIELDS["k"]).family in ("text", "time", "stamp") or name == "ts":
            return said
        try:
            return json.loads(said) if chooser.random() < 0.9 else said
        except ValueError:
            return said
    said = {name: value(name, found) for name, found in row.items() if found is not None or chooser.random() < 0.5}
    broken = "{\"k\": \"a\"\n" if table.ignores and chooser.random() < 0.1 else ""
    if table.format == "json":
        return json.dumps(said) + "\n" + broken
    change = {"before": None, "after": said, "op": "c"}
    lines = [change]
    if chooser.random() < 0.3:
        after = {**said, "k": "b"}
        lines.append({"before": said, "after": after, "op": "u"})
        if chooser.random() < 0.3:
            lines.append({"before": after, "after": None, "op": "d"})
    if table.option("debezium-json.schema-include") == "true":
        lines = [{"schema": None, "payload": one} for one in lines]
    return "".join(json.dumps(one) + "\n" for one in lines) + broken


# --- edits that may say something else: a table, or None where there is nothing to edit ----------

def other(chooser, values, current):
    left = [value for value in values if value != current]
    return chooser.choice(left) if left else current


def option(options):
    def change(table, chooser):
        key = chooser.choice(sorted(options(table)))
        return table.setting(key, other(chooser, options(table)[key], table.option(key)))
    return change


def said_option(table, chooser):
    """An option of the format goes, or is another one."""
    said = [key for key, _ in table.options if key in FORMATS.get(table.format, {})]
    if not said:
        return None
    key = chooser.choice(said)
    return table.setting(key, other(chooser, (None, *FORMATS[table.format][key]), table.option(key)))


def column_of(table, chooser, passes):
    found = [column for column in table.columns if passes(column)]
    return chooser.choice(found) if found else None


def other_type(table, chooser):
    column = column_of(table, chooser, lambda one: one.read and one.name in FIELDS)
    return column and table.with_column(column.name, type=other(chooser, FIELDS[column.name].types, column.type))


def next_type(table, chooser):
    """A little more, as somebody would who has seen what is missing: of a number, a time or a text."""
    column = column_of(table, chooser, lambda one: one.read and one.name in FIELDS and one.type != FIELDS[one.name].types[-1])
    if column is None:
        return None
    types = FIELDS[column.name].types
    return table.with_column(column.name, type=types[types.index(column.type) + 1] if column.type in types else types[0])


def needed(table, chooser):
    column = column_of(table, chooser, lambda one: one.read)
    return table.with_column(column.name, needed=not column.needed)


def primary_key(table, chooser):
    return replace(table, key=other(chooser, ((), ("n",), ("k",), ("k", "n")), table.key))


def watermark(table, chooser):
    said = ("", "ts", "ts - INTERVAL '2' SECOND", "ts - INTERVAL '4' SECOND", "ts - INTERVAL '4' MINUTE",
            "CASE WHEN n > 5 THEN ts END")
    return replace(table, watermark=other(chooser, said, table.watermark))


def computed(table, chooser):
    column = table.column("c")
    return column and table.with_column("c", computed=other(chooser, COMPUTED, column.computed))


def other_metadata(table, chooser):
    column = table.column("file")
    return column and table.with_column("file", metadata=other(chooser, FILES, column.metadata))


def added(table, chooser):
    left = [name for name in FIELDS if table.column(name) is None and (table.format != "csv" or not FIELDS[name].nested)]
    columns = list(table.columns)
    name = chooser.choice(left)
    columns.insert(chooser.randrange(len(columns) + 1), Column(name, chooser.choice(FIELDS[name].types), chooser.random() < 0.2))
    return replace(table, columns=tuple(columns))


def dropped(table, chooser):
    column = column_of(table, chooser, lambda one: one.read and one.name not in ALWAYS)
    return column and replace(table, columns=tuple(one for one in table.columns if one != column))


def at_the_end(table, chooser):
    """A column more behind the others, or the last one gone: those before it stay where they are."""
    last = [column for column in table.columns if column.read][-1]
    if last.name in ALWAYS or chooser.random() < 0.5:
        more = added(replace(table, columns=()), chooser).columns
        return None if table.column(more[0].name) else replace(table, columns=table.columns + more)
    return replace(table, columns=tuple(column for column in table.columns if column != last))


def reordered(table, chooser):
    return replace(table, columns=tuple(chooser.sample(table.columns, len(table.columns))))


def exchanged(table, chooser):
    """Two columns of one type change their names."""
    pairs = [(one, two) for one in table.columns for two in table.columns if one.read and two.read and one.name < two.name]
    one, two = chooser.choice(pairs)
    names = {one.name: two.name, two.name: one.name}
    return replace(table, columns=tuple(replace(column, name=names.get(column.name, column.name)) for column in table.columns))


def renamed(table, chooser):
    column = column_of(table, chooser, lambda one: one.name not in ALWAYS and one.name != "p")
    return column and table.with_column(column.name, name=column.name + "_new")


def other_format(table, chooser):
    return replace(table.setting("format", other(chooser, ("csv", "json"), table.format)),
                   options=tuple((key, other(chooser, ("csv", "json"), table.format) if key == "format" else value)
                                 for key, value in table.options if not key.startswith(table.format + ".")))


def unwatched(table, _):
    return table.setting("source.monitor-interval", None)


def elsewhere(table, _):
    return table.setting("path", table.option("path") + "/0*.*")


def sink_column(table, chooser):
    """Another type, name or place, one more or one less."""
    column = chooser.choice(table.columns)
    types = {"k": ("STRING", "VARCHAR(1)", "CHAR(3)"), "a": ("BIGINT", "DECIMAL(20, 0)", "DOUBLE"), "b": ("STRING", "VARCHAR(3)", "CHAR(9)")}
    return chooser.choice((
        table.with_column(column.name, type=other(chooser, types[column.name.removesuffix("_new")], column.type)),
        table.with_column(column.name, needed=not column.needed),
        table.with_column(column.name, name=column.name + "_new"),
        reordered(table, chooser)))


def options_of(table):
    return {**FORMATS.get(table.format, {}), **SCAN}


def options_of_format(table):
    return FORMATS.get(table.format, {}) or SCAN


def options_of_sink(table):
    return {key: value for key, value in SINK.items() if key.startswith((f"{table.format}.", "sink."))}


CHANGES = {
    "option": option(options_of), "option-of-format": option(options_of_format), "option-said": said_option,
    "type": other_type, "next-type": next_type, "not-null": needed, "key": primary_key, "watermark": watermark,
    "computed": computed, "metadata": other_metadata, "added": added, "dropped": dropped, "at-the-end": at_the_end, "reordered": reordered,
    "exchanged": exchanged, "renamed": renamed, "format": other_format, "unwatched": unwatched, "elsewhere": elsewhere,
}
SINK_CHANGES = {"sink-option": option(options_of_sink), "sink-column": sink_column, "sink-key": primary_key, "sink-format": other_format}


# --- edits that say the same ----------------------------------------------------------------------

def at_default(options):
    def change(table, chooser):
        left = [key for key, values in options(table).items() if values[0] is not None and table.option(key) is None]
        key = chooser.choice(left)
        return table.setting(key, options(table)[key][0])
    return change


def spelled(table, chooser):
    ways = {"false": ("FALSE", "False"), "true": ("TRUE", "True"), "filesystem": ("FileSystem",), "csv": ("CSV",), "json": ("JSON",),
            "20 ms": ("20ms", "20 milliseconds"), table.name: (f"./{table.name}", f"{table.name}/", f"./{table.name}//")}
    key, value = chooser.choice([(key, value) for key, value in table.options if value in ways] or [("", "")])
    return table.setting(key, chooser.choice(ways[value])) if key else None


def shuffled(table, chooser):
    return replace(table, options=tuple(chooser.sample(table.options, len(table.options))))


def commented(table, chooser):
    column = chooser.choice(table.columns)
    return chooser.choice((replace(table, comment="what it is"), replace(table, aside="/* what, is (it */ "),
                           replace(table, aside="-- 'what\n"), table.with_column(column.name, comment="of it")))


def synonym(table, chooser):
    column = column_of(table, chooser, lambda one: one.read and one.type in SYNONYMS)
    return column and table.with_column(column.name, typed=SYNONYMS[column.type])


def quoted_name(table, chooser):
    column = chooser.choice(table.columns)
    return table.with_column(column.name, written=f"`{column.name}`")


def same_computed(table, _):
    column = table.column("c")
    return column and table.with_column("c", computed=SAME_COMPUTED[column.computed])


def same_watermark(table, chooser):
    ways = {"ts": ("(ts)", "CAST(ts AS TIMESTAMP(3))"), "ts - INTERVAL '2' SECOND": ("ts - INTERVAL '2.000' SECOND", "ts - INTERVAL '0 00:00:02' DAY TO SECOND"),
            "ts - INTERVAL '4' SECOND": ("(ts - INTERVAL '4' SECOND)", "ts - INTERVAL '00:04' MINUTE TO SECOND")}
    return replace(table, watermark=chooser.choice(ways[table.watermark])) if table.watermark in ways else None


def unread(table, chooser):
    """A column that nobody reads, where records are known by names."""
    if table.format != "json" or table.ignores or (table.option("json.fail-on-missing-field") or "").lower() == "true":
        return None
    columns = list(table.columns)
    columns.insert(chooser.randrange(len(columns) + 1), Column("nobody", "STRING"))
    return replace(table, columns=tuple(columns))


def by_name(table, chooser):
    """Columns in another order, where records have names. By all of them, in their order, are rows found that are taken back."""
    named = table.format == "json" or table.option("csv.header") == "true"
    return reordered(table, chooser) if named else None


def altered(table, chooser):
    left = [key for key, _ in table.options if key not in ("connector", "path", "format")]
    return replace(table, altered=(chooser.choice(left),)) if left else None


SAME = {
    "default": at_default(options_of), "spelled": spelled, "shuffled": shuffled, "commented": commented, "synonym": synonym,
    "quoted": quoted_name, "same-computed": same_computed, "same-watermark": same_watermark, "unread": unread, "by-name": by_name,
    "altered": altered,
    "like": lambda table, _: replace(table, like=True),
}
SINK_SAME = {"sink-default": at_default(options_of_sink), "sink-spelled": spelled, "sink-shuffled": shuffled,
             "sink-commented": commented, "sink-synonym": synonym}
