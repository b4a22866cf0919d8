# The process that runs functions of users in Python for one job (docs/sql-reference.md, "Functions
# in Python"). It answers one request at a time, on descriptor 3, in the frames of
# runtime/python/wire.h. What the functions print goes to stderr. The program holds this text.
import sys

sys.path[:] = [place for place in sys.path if place not in ("", ".")]

try:  # where memory is short, this process goes before the engine does
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        score.write("1000")
except OSError:
    pass

import decimal
import hashlib
import importlib
import importlib.util
import os
import socket
import struct
import traceback

MOST_TEXT = 2000  # characters of an error
EXACT = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_UP)
FIXED = {"b": "?", "1": "i1", "2": "i2", "4": "i4", "8": "i8", "f": "f4", "d": "f8",
         "D": "M8[D]", "T": "m8[ns]", "u": "M8[us]", "n": "M8[ns]"}
RANGES = {"1": 7, "2": 15, "4": 31, "8": 63}
DAY_NANOS = 86_400_000_000_000


class Wrong(Exception):
    """What a function gave that it should not; the text says it in full."""


# --- where modules are ---------------------------------------------------------------------------

class Files:
    """Finds the modules that 'python.files' names by their files."""

    def __init__(self, paths):
        self.paths = {os.path.basename(path)[:-3]: path for path in paths}

    def find_spec(self, name, path=None, target=None):
        if name not in self.paths:
            return None
        return importlib.util.spec_from_file_location(name, self.paths[name])


def find_in(paths):
    sys.path[:0] = [path for path in paths if not path.endswith(".py")]
    sys.meta_path.insert(0, Files([path for path in paths if path.endswith(".py")]))
    sys.dont_write_bytecode = True


# --- frames --------------------------------------------------------------------------------------

def read_exactly(stream, count):
    data = bytearray(count)
    view, done = memoryview(data), 0
    while done < count:
        got = stream.recv_into(view[done:])
        if got == 0:
            os._exit(0)  # the engine has gone
        done += got
    return data


def read_frame(stream):
    kind, count = struct.unpack("<cQ", read_exactly(stream, 9))
    return kind, read_exactly(stream, count)


def write_frame(stream, kind, parts):
    stream.sendall(struct.pack("<cQ", kind, sum(map(len, parts))))
    for part in parts:
        stream.sendall(part)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def numbers(self, form):
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values

    def text(self):
        (count,) = self.numbers("<I")
        self.at += count
        return self.data[self.at - count:self.at].decode()

    def array(self, form, count):
        self.at = (self.at + 7) & ~7  # arrays of numbers are faster where they are aligned
        values = numpy.frombuffer(self.data, dtype=form, count=count, offset=self.at)
        self.at += values.nbytes
        return values


# --- columns -------------------------------------------------------------------------------------

def objects(values):
    array = numpy.empty(len(values), dtype=object)
    array[:] = values
    return array


def texts_of(data, offsets):
    text = str(data, "utf-8", "surrogateescape")
    if len(text) == len(data):  # all of it ASCII
        return [text[a:b] for a, b in zip(offsets, offsets[1:])]
    return [str(data[a:b], "utf-8", "surrogateescape") for a, b in zip(offsets, offsets[1:])]


def read_column(reader, rows, kind, scale):
    """The values as an array, and where they are NULL, or None."""
    (with_nulls,) = reader.numbers("<B")
    nulls = reader.array("?", rows) if with_nulls else None
    if kind in FIXED:
        return reader.array(FIXED[kind] if kind != "D" else "i8", rows).view(FIXED[kind]), nulls
    if kind == "m":
        whole = bytes(reader.array("V16", rows))
        numbers = [int.from_bytes(whole[i:i + 16], "little", signed=True)
                   for i in range(0, len(whole), 16)]
        return objects([EXACT.scaleb(decimal.Decimal(n), -scale) for n in numbers]), nulls
    offsets = reader.array("<u4", rows + 1).tolist()
    data = bytes(reader.array("u1", offsets[-1]))
    if kind == "s":
        return objects(texts_of(data, offsets)), nulls
    return objects([data[a:b] for a, b in zip(offsets, offsets[1:])]), nulls


def argument(values, nulls, kind, masked):
    if not masked:
        return values
    if kind in FIXED:
        return numpy.ma.MaskedArray(values, False if nulls is None else nulls)
    if nulls is not None:
        values[nulls] = None
    return values


def plain(result, rows):
    """The result as an array of numpy, and where it says itself that there is nothing."""
    if isinstance(result, (str, bytes, dict, set, frozenset)) or not hasattr(result, "__len__"):
        raise Wrong(f"returned {type(result).__name__}, and no array")
    if isinstance(result, numpy.ma.MaskedArray):
        array, nulls = result.data, numpy.ma.getmaskarray(result)
    else:
        array, nulls = result, None
        if not isinstance(result, numpy.ndarray):
            kept = list(result)
            array = objects(kept)
    if array.ndim != 1:
        raise Wrong(f"returned an array of {array.ndim} dimensions")
    if len(array) != rows:
        raise Wrong(f"returned {len(array)} values for {rows} rows")
    if array.dtype == object:
        nothing = numpy.array([value is None for value in array.tolist()], dtype=bool)
        nulls = nothing if nulls is None else nulls | nothing
    return array, nulls


def known(array, nulls):
    """An array of objects as one of numbers or times, if its values are such."""
    if array.dtype != object:
        return array
    values = [value for value in array.tolist() if value is not None]
    if nulls is not None:
        values = [v for v, null in zip(array.tolist(), nulls) if not null]
    try:
        packed = numpy.array(values)
    except (ValueError, OverflowError) as failure:
        raise Wrong(f"returned values that are of no one type: {failure}") from None
    if packed.ndim != 1:
        raise Wrong(f"returned an array of {packed.ndim} dimensions")
    if packed.dtype == object and values:
        packed = timed(packed, values)
    if nulls is None:
        return packed
    whole = numpy.zeros(len(array), dtype=packed.dtype if values else "i8")
    whole[~nulls] = packed
    return whole


def timed(packed, values):
    """What the module datetime gives, as numpy has it."""
    import datetime
    kinds = {type(value) for value in values}
    if kinds == {datetime.date}:
        return packed.astype("M8[D]")
    if kinds == {datetime.datetime} and all(value.tzinfo is None for value in values):
        return packed.astype("M8[us]")
    if kinds == {datetime.timedelta}:
        return packed.astype("m8[us]")
    if kinds == {int}:
        raise Wrong("returned a number that no integer of 64 bits holds")
    return packed


def mismatch(array, declared):
    raise Wrong(f"returned values of {array.dtype}, and RETURNS says {declared}")


def fixed(array, nulls, kind, precision, declared):
    """The bytes of numbers and times, and where they are NULL."""
    array = known(array, nulls)
    of = array.dtype.kind
    nothing = nulls is not None and bool(nulls.all())
    if nothing:
        array = numpy.zeros(len(array), dtype=FIXED[kind])
        of = array.dtype.kind
    if kind == "b":
        if of != "b":
            mismatch(array, declared)
    elif kind in RANGES:
        if of not in "iu":
            mismatch(array, declared)
        array = within(array, nulls, RANGES[kind], declared)
    elif kind in "fd":
        if of not in "fiu":
            mismatch(array, declared)
    else:
        if of != ("m" if kind == "T" else "M"):
            mismatch(array, declared)
        return times(converted(array, nulls, kind, declared), nulls, kind, precision, declared)
    with numpy.errstate(over="ignore"):
        return numpy.ascontiguousarray(array, dtype=FIXED[kind]).tobytes(), nulls


def within(array, nulls, bits, declared):
    counted = array if nulls is None else array[~nulls]
    if len(counted) and (int(counted.max()) >= 1 << bits or int(counted.min()) < -(1 << bits)):
        raise Wrong(f"returned a number that {declared} does not hold")
    return array


def converted(array, nulls, kind, declared):
    """Times in the unit of the column; numpy lets those that it does not hold overflow."""
    whole = array.astype(FIXED[kind])
    if numpy.can_cast(array.dtype, whole.dtype, "safe"):  # to a finer unit; a coarser one holds all
        far = ~numpy.isnat(array) & (whole.astype(array.dtype) != array)
        if nulls is not None:
            far &= ~nulls
        if far.any():
            raise Wrong(f"returned a time that {declared} does not hold")
    return whole


def times(array, nulls, kind, precision, declared):
    nothing = numpy.isnat(array)
    if nothing.any():
        nulls = nothing if nulls is None else nulls | nothing
    numbers = array.view("i8").copy()
    if nulls is not None:
        numbers[nulls] = 0
    if kind == "T" and len(numbers) and (numbers.min() < 0 or numbers.max() >= DAY_NANOS):
        raise Wrong(f"returned a time that {declared} does not hold")
    if kind != "D":
        digits = 6 if kind == "u" else 9
        numbers -= numbers % 10 ** (digits - precision)
    return numbers.tobytes(), nulls


def decimals(array, nulls, precision, scale, declared):
    most, parts = 10 ** precision, []
    for row, value in enumerate(array.tolist()):
        if nulls is not None and nulls[row]:
            parts.append(bytes(16))
            continue
        if isinstance(value, bool) or not isinstance(value, (decimal.Decimal, int)):
            raise Wrong(f"returned {type(value).__name__}, and RETURNS says {declared}")
        value = decimal.Decimal(value)
        if not value.is_finite() or value.adjusted() > 40:
            raise Wrong(f"returned {value}, which {declared} does not hold")
        number = int(EXACT.to_integral_value(EXACT.scaleb(value, scale)))
        if abs(number) >= most:
            raise Wrong(f"returned {value}, which {declared} does not hold")
        parts.append(number.to_bytes(16, "little", signed=True))
    return b"".join(parts), nulls


def lengths(array, nulls, kind, declared):
    """The bytes of texts or binaries behind their offsets."""
    values = array.tolist()
    if nulls is not None:
        nothing = "" if kind == "s" else b""
        values = [nothing if null else value for value, null in zip(values, nulls)]
    wanted = str if kind == "s" else (bytes, bytearray)
    for value in values:
        if not isinstance(value, wanted):
            raise Wrong(f"returned {type(value).__name__}, and RETURNS says {declared}")
    if kind == "s":
        whole = "".join(values)
        if whole.isascii():  # characters are bytes
            data = whole.encode()
        else:
            values = [value.encode("utf-8", "surrogateescape") for value in values]
            data = b"".join(values)
    else:
        data = b"".join(values)
    if len(data) >= 1 << 30:
        raise Wrong("returned more than 1 GiB for one batch")
    ends = numpy.zeros(len(values) + 1, dtype="<u4")
    numpy.cumsum([len(value) for value in values], out=ends[1:])
    return ends.tobytes() + data, nulls


# --- functions -----------------------------------------------------------------------------------

def source_of(module):
    """The bytes of its file, also of one in an archive; None for what is built in."""
    path = getattr(module, "__file__", None)
    loader = getattr(getattr(module, "__spec__", None), "loader", None)
    if not path:
        return None
    try:
        if hasattr(loader, "get_data"):
            return loader.get_data(path)
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


class Function:
    def __init__(self, reader):
        self.place = reader.text()
        self.declared = reader.text()
        self.masked, count = reader.numbers("<BI")
        kinds = [reader.numbers("<cBB") for _ in range(count + 1)]
        self.kinds = [(kind.decode(), precision, scale) for kind, precision, scale in kinds]
        name, _, attribute = self.place.rpartition(".")
        module = importlib.import_module(name)
        self.call = getattr(module, attribute)
        if not callable(self.call):
            raise Wrong(f"{self.place} is no function")
        source = source_of(module)
        self.hash = b"" if source is None else hashlib.sha256(source).hexdigest().encode()

    def run(self, reader):
        (rows,) = reader.numbers("<I")
        arguments = []
        for kind, _, scale in self.kinds[:-1]:
            values, nulls = read_column(reader, rows, kind, scale)
            arguments.append(argument(values, nulls, kind, self.masked))
        array, nulls = plain(self.call(*arguments), rows)
        kind, precision, scale = self.kinds[-1]
        if kind in FIXED:
            data, nulls = fixed(array, nulls, kind, precision, self.declared)
        elif kind == "m":
            data, nulls = decimals(array, nulls, precision, scale, self.declared)
        else:
            data, nulls = lengths(array, nulls, kind, self.declared)
        if nulls is None or not nulls.any():
            return [b"\0", data]
        return [b"\1", numpy.ascontiguousarray(nulls, dtype="?").tobytes(), data]


def error_text(failure):
    if isinstance(failure, Wrong):
        return str(failure)
    lines = traceback.format_exception_only(type(failure), failure)
    text = lines[-1].strip()
    frames = traceback.extract_tb(failure.__traceback__)
    ours = ("<string>", "<frozen ", os.path.dirname(importlib.__file__))
    own = [frame for frame in frames if not frame.filename.startswith(ours)]
    if own:
        text += f" ({os.path.basename(own[-1].filename)}, line {own[-1].lineno})"
    return text


def answer(functions, kind, reader):
    (number,) = reader.numbers("<I")
    if kind == b"L":
        functions[number] = Function(reader)
        return b"M", [functions[number].hash]
    return b"R", functions[number].run(reader)


def serve():
    stream, functions = socket.socket(fileno=3), {}
    while True:
        kind, data = read_frame(stream)
        try:
            kind, parts = answer(functions, kind, Reader(data))
        except BaseException as failure:  # also SystemExit: the process answers
            text = error_text(failure)[:MOST_TEXT]
            kind, parts = b"E", [text.encode("utf-8", "replace")]
        sys.stderr.flush()
        write_frame(stream, kind, parts)


sys.stdout = sys.stderr
find_in(sys.argv[1:])
try:
    import numpy
except ImportError as missing:
    print(f"functions in Python take arrays of numpy, and {sys.executable} has none: {missing}",
          file=sys.stderr)
    sys.exit(3)
serve()
