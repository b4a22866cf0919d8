"""A savepoint's _metadata taken apart, changed, and sealed again with a right length and checksum: what somebody can
do who has the file, and who knows state/FORMAT.md.

    forged = Metadata.read(directory)
    forged.payload[MAX_PARALLELISM] = -1
    forged.write(directory)

A struct is a dict by field id, of numbers, bytes, lists and dicts; `kinds` keeps what the wire says of each field.
"""
import pathlib

MAGIC = b"WEIRCKPT"
FORMAT_VERSION, ENGINE_VERSION, JOB_ID, CHECKPOINT_ID, KIND = 1, 2, 3, 5, 6
TRIGGER_MILLIS, COMPLETE_MILLIS, BACKEND, KEY_ENCODING, PARALLELISM, MAX_PARALLELISM = 7, 8, 12, 13, 14, 15
OPERATORS, FILES = 16, 17
FILE_PATH, FILE_BYTES, FILE_CRC, FILE_DIRTY = 1, 2, 3, 4
OP_UID, OP_KIND, OP_TABLES, OP_ROWS, OP_BYTES, OP_SPLITS, OP_SUBTASKS, OP_COMMITTABLES = 1, 3, 6, 8, 9, 11, 12, 13
OP_OUTPUT, OUTPUT_PATH = 15, 2
SCHEMA_LAYOUT, SCHEMA_KEY, SCHEMA_TTL, FIELD_TYPE, TYPE_KIND, TYPE_PRECISION = 2, 3, 7, 2, 1, 3

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)


def _table():
    entries = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ (0x82F63B78 if n & 1 else 0)
        entries.append(n)
    return entries


_CRC = _table()


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _masked(crc):
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def manifest_records(data):
    """The records of a log of RocksDB, in blocks of 32 KiB: checksum, length, kind, bytes."""
    records, at, whole = [], 0, b""
    while at + 7 <= len(data):
        size, kind = int.from_bytes(data[at + 4:at + 6], "little"), data[at + 6]
        whole += data[at + 7:at + 7 + size]
        if kind in (1, 4):  # a record, or the last part of one
            records.append(whole)
            whole = b""
        at += 7 + size
        if (1 << 15) - at % (1 << 15) < 7:
            at += -at % (1 << 15)
    return records


def manifest(records):
    """The log with these records, with right checksums."""
    data = b""
    for record in records:
        first, rest = True, record
        while first or rest:
            if (1 << 15) - len(data) % (1 << 15) < 7:
                data += bytes(-len(data) % (1 << 15))
            part = rest[:(1 << 15) - len(data) % (1 << 15) - 7]
            rest = rest[len(part):]
            kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[first, not rest]
            data += _masked(crc32c(bytes([kind]) + part)).to_bytes(4, "little") + len(part).to_bytes(2, "little") + bytes([kind]) + part
            first = False
    return data


_FOOTER, _TRAILER = 53, 5  # kind of checksum, two handles, version, magic; kind of compression, checksum


def _entries(block, sized):
    """Keys and where their values begin, in a block that shares no prefixes; without `sized` a value has no length."""
    end, at = len(block) - 4 - 4 * int.from_bytes(block[-4:], "little"), 0
    while at < end:
        reader = Reader(block[at:end])
        reader.varint()
        size = reader.varint()
        if sized:
            reader.varint()
        key = block[at + reader.at:at + reader.at + size]
        value = Reader(block[at + reader.at + size:end])
        yield key, (value.varint(), value.varint())
        at += reader.at + size + value.at


def table_blocks(table):
    """(offset, bytes) of the blocks of a table of RocksDB that is not compressed."""
    footer = Reader(table[-_FOOTER + 1:])
    meta, index = ((footer.varint(), footer.varint()) for _ in range(2))
    handles = [meta, index]
    for name, handle in _entries(table[meta[0]:meta[0] + meta[1]], True):
        handles += [handle] if b"." in name else []
    return handles + [handle for _, handle in _entries(table[index[0]:index[0] + index[1]], False)]


def believed(table):
    """The same table, which says that its blocks have no checksums: whatever is changed in it then is believed."""
    data = bytearray(table)
    for offset, size in table_blocks(table):
        data[offset + size + 1:offset + size + _TRAILER] = bytes(4)
    data[-_FOOTER] = 0
    return bytes(data)


class Struct(dict):
    """Fields by id; `kinds[id]` is the type on the wire, for a list with that of its elements."""

    def __init__(self):
        super().__init__()
        self.kinds = {}

    def copy(self):
        other = Struct()
        other.update(self)
        other.kinds = dict(self.kinds)
        return other


class Reader:
    """Thrift's compact protocol."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def binary(self):
        size = self.varint()
        self.at += size
        return self.data[self.at - size:self.at]

    def value(self, kind):
        if kind in (TRUE, FALSE):  # in a list: a byte of its own
            return self.byte() == TRUE, kind
        if kind == BYTE:
            return self.byte(), kind
        if kind in (I16, I32, I64):
            return self.zigzag(), kind
        if kind == BINARY:
            return self.binary(), kind
        if kind == LIST:
            return self.list()
        if kind == MAP:
            return self.map()
        assert kind == STRUCT, kind
        return self.struct(), kind

    def list(self):
        head = self.byte()
        size, element = head >> 4, head & 15
        if size == 15:
            size = self.varint()
        return [self.value(element)[0] for _ in range(size)], (LIST, element)

    def map(self):
        size = self.varint()
        kinds = self.byte() if size else BINARY << 4 | BINARY
        pairs = [(self.value(kinds >> 4)[0], self.value(kinds & 15)[0]) for _ in range(size)]
        return pairs, (MAP, kinds >> 4, kinds & 15)

    def struct(self):
        fields, last = Struct(), 0
        while True:
            head = self.byte()
            if head == 0:
                return fields
            last = last + (head >> 4) if head >> 4 else self.zigzag()
            kind = head & 15
            if kind in (TRUE, FALSE):
                fields[last], fields.kinds[last] = kind == TRUE, TRUE
            else:
                fields[last], fields.kinds[last] = self.value(kind)


def _varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _zigzag(value):
    return _varint((value << 1) ^ (value >> 63))


def _value(value, kind):
    base = kind[0] if isinstance(kind, tuple) else kind
    if base in (TRUE, FALSE):
        return bytes([TRUE if value else FALSE])
    if base == BYTE:
        return bytes([value])
    if base in (I16, I32, I64):
        return _zigzag(value)
    if base == BINARY:
        return _varint(len(value)) + value
    if base == LIST:
        head = bytes([len(value) << 4 | kind[1]]) if len(value) < 15 else bytes([0xF0 | kind[1]]) + _varint(len(value))
        return head + b"".join(_value(one, kind[1]) for one in value)
    if base == MAP:
        if not value:
            return b"\0"
        pairs = b"".join(_value(k, kind[1]) + _value(v, kind[2]) for k, v in value)
        return _varint(len(value)) + bytes([kind[1] << 4 | kind[2]]) + pairs
    return _struct(value)


def _struct(fields):
    out, last = b"", 0
    for number in sorted(fields):
        kind = fields.kinds[number]
        base = kind[0] if isinstance(kind, tuple) else kind
        if base in (TRUE, FALSE):
            base = TRUE if fields[number] else FALSE
        step = number - last
        out += bytes([step << 4 | base]) if step <= 15 else bytes([base]) + _zigzag(number)
        last = number
        if base not in (TRUE, FALSE):
            out += _value(fields[number], kind)
    return out + b"\0"


def seal(payload, version=1):
    """The bytes of a _metadata file with this payload."""
    checked = version.to_bytes(4, "little") + len(payload).to_bytes(4, "little")
    return MAGIC + checked + crc32c(checked + payload).to_bytes(4, "little") + payload


class Metadata:
    def __init__(self, payload, version=1):
        self.payload, self.version = payload, version

    @staticmethod
    def read(directory):
        data = (pathlib.Path(directory) / "_metadata").read_bytes()
        assert data.startswith(MAGIC)
        return Metadata(Reader(data[20:]).struct(), int.from_bytes(data[8:12], "little"))

    def write(self, directory):
        (pathlib.Path(directory) / "_metadata").write_bytes(seal(_struct(self.payload), self.version))

    @property
    def files(self):
        return self.payload[FILES]

    @property
    def operators(self):
        return self.payload[OPERATORS]

    def entry(self, output):
        """The first of `files` that holds rows of a sink, or the first that holds state; any, where there is none such."""
        held = self.output()
        return min(self.files, key=lambda file: (file[FILE_PATH] in held) != output)

    def output(self):
        return {rows[OUTPUT_PATH] for op in self.operators for rows in op.get(OP_OUTPUT, [])}

    def rename(self, entry, name):
        """Another path of a file, wherever it is named."""
        for rows in (rows for op in self.operators for rows in op.get(OP_OUTPUT, [])):
            if rows[OUTPUT_PATH] == entry[FILE_PATH]:
                rows[OUTPUT_PATH] = name
        entry[FILE_PATH] = name

    def describe(self, entry, path):
        """Makes an entry of `files` say what the file at `path` really has."""
        data = pathlib.Path(path).read_bytes()
        entry[FILE_BYTES], entry[FILE_CRC], entry[FILE_DIRTY] = len(data), crc32c(data), 0
