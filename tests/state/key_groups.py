#!/usr/bin/env python3
"""The key group of every row of a savepoint in canonical format, computed anew from the bytes of its key.

  key_groups.py SAVEPOINT GROUPS

reads state/*.rows as state/FORMAT.md describes them, by code that shares nothing with the engine: XXH3-64 is written
here from its specification. It prints each table with its rows, its layout, and the groups that have some, and fails
when a row is in another group than Hash64(key) modulo GROUPS, when a counter does not agree with the rows that it
counts, or when rows do not ascend.
"""
import collections
import pathlib
import struct
import sys

MASK = (1 << 64) - 1
PRIME32 = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
PRIME64 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
# The default secret of XXH3 (its specification, "Default secret").
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
STRIPE, SECRET_STEP, LANES = 64, 8, 8
VALUE, LIST, MAP = 0, 1, 2
BOOKKEEPING, ROWS, END = 1, 2, 3


def u32(data, at):
    return struct.unpack_from("<I", data, at)[0]


def u64(data, at):
    return struct.unpack_from("<Q", data, at)[0]


def folded(a, b):
    product = a * b
    return (product & MASK) ^ (product >> 64)


def shifted(value, bits):
    return value ^ (value >> bits)


def rotated(value, bits):
    return ((value << bits) | (value >> (64 - bits))) & MASK


def swapped(value, size):
    return int.from_bytes(value.to_bytes(size, "little"), "big")


def avalanche(value):
    return shifted(shifted(value, 37) * 0x165667919E3779F9 & MASK, 32)


def xxh64_avalanche(value):
    value = shifted(value, 33) * PRIME64[1] & MASK
    return shifted(shifted(value, 29) * PRIME64[2] & MASK, 32)


def mix16(data, at, secret):
    return folded(u64(data, at) ^ u64(SECRET, secret), u64(data, at + 8) ^ u64(SECRET, secret + 8))


def short(data):
    """At most 16 bytes."""
    size = len(data)
    if size > 8:
        low = u64(data, 0) ^ u64(SECRET, 24) ^ u64(SECRET, 32)
        high = u64(data, size - 8) ^ u64(SECRET, 40) ^ u64(SECRET, 48)
        return avalanche((size + swapped(low, 8) + high + folded(low, high)) & MASK)
    if size >= 4:
        value = (u32(data, size - 4) + (u32(data, 0) << 32)) ^ u64(SECRET, 8) ^ u64(SECRET, 16)
        value = (value ^ rotated(value, 49) ^ rotated(value, 24)) * 0x9FB21C651E98DF25 & MASK
        value = (value ^ ((value >> 35) + size)) * 0x9FB21C651E98DF25 & MASK
        return shifted(value, 28)
    if size > 0:
        value = data[size - 1] | size << 8 | data[0] << 16 | data[size >> 1] << 24
        return xxh64_avalanche(value ^ u32(SECRET, 0) ^ u32(SECRET, 4))
    return xxh64_avalanche(u64(SECRET, 56) ^ u64(SECRET, 64))


def middle(data):
    """17 to 240 bytes."""
    size = len(data)
    total = size * PRIME64[0]
    if size <= 128:
        for i in reversed(range((size - 1) // 32 + 1)):
            total += mix16(data, 16 * i, 32 * i) + mix16(data, size - 16 * (i + 1), 32 * i + 16)
        return avalanche(total & MASK)
    for i in range(8):
        total += mix16(data, 16 * i, 16 * i)
    total = avalanche(total & MASK)
    for i in range(8, size // 16):
        total += mix16(data, 16 * i, 16 * (i - 8) + 3)
    return avalanche((total + mix16(data, size - 16, 136 - 17)) & MASK)


def accumulate(lanes, data, at, secret):
    for lane in range(LANES):
        value = u64(data, at + 8 * lane)
        keyed = value ^ u64(SECRET, secret + 8 * lane)
        lanes[lane ^ 1] = (lanes[lane ^ 1] + value) & MASK
        lanes[lane] = (lanes[lane] + (keyed & 0xFFFFFFFF) * (keyed >> 32)) & MASK


def long(data):
    """More than 240 bytes."""
    lanes = [PRIME32[2], PRIME64[0], PRIME64[1], PRIME64[2], PRIME64[3], PRIME32[1], PRIME64[4], PRIME32[0]]
    stripes = (len(SECRET) - STRIPE) // SECRET_STEP
    block = STRIPE * stripes
    blocks = (len(data) - 1) // block
    for number in range(blocks):
        for stripe in range(stripes):
            accumulate(lanes, data, number * block + stripe * STRIPE, stripe * SECRET_STEP)
        for lane in range(LANES):
            scrambled = shifted(lanes[lane], 47) ^ u64(SECRET, len(SECRET) - STRIPE + 8 * lane)
            lanes[lane] = scrambled * PRIME32[0] & MASK
    for stripe in range((len(data) - 1 - block * blocks) // STRIPE):
        accumulate(lanes, data, blocks * block + stripe * STRIPE, stripe * SECRET_STEP)
    accumulate(lanes, data, len(data) - STRIPE, len(SECRET) - STRIPE - 7)
    total = len(data) * PRIME64[0]
    for pair in range(4):
        total += folded(lanes[2 * pair] ^ u64(SECRET, 11 + 16 * pair), lanes[2 * pair + 1] ^ u64(SECRET, 19 + 16 * pair))
    return avalanche(total & MASK)


def hash64(data):
    """XXH3-64 without a seed."""
    return short(data) if len(data) <= 16 else middle(data) if len(data) <= 240 else long(data)


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def take(self, size):
        piece = self.data[self.at:self.at + size]
        assert len(piece) == size, "cut off"
        self.at += size
        return piece

    def text(self):
        return self.take(self.varint())

    def ended(self):
        return self.at == len(self.data)


def blocks_of(path):
    """Kind, name and pairs of the blocks of a file."""
    file = Bytes(path.read_bytes())
    assert file.take(8) == b"WEIRSTAT" and u32(file.take(4), 0) == 1, path
    while True:
        size = u32(file.take(8), 0)
        block = Bytes(file.take(size))
        kind = block.take(1)[0]
        if kind == END:
            assert file.ended(), path
            return
        name, pairs = block.text().decode(), []
        while not block.ended():
            pairs.append((block.text(), block.text()))
        yield kind, name, pairs


class Table:
    def __init__(self, record):
        schema = Bytes(record)
        assert schema.varint() == 1
        schema.text()
        self.layout, self.sliced = schema.take(1)[0], schema.take(1)[0] != 0
        self.rows = collections.Counter()  # by group and slice
        self.sequences = collections.Counter()
        self.counters = {}
        self.last = b""

    def place_and_key(self, record_key):
        at = 10 if self.sliced else 2
        place, rest = record_key[:at], record_key[at:]
        if self.layout == LIST:
            return place, rest[:-8]
        if self.layout == MAP:
            return place, rest[:struct.unpack(">I", rest[-4:])[0]]
        return place, rest

    def add(self, record_key, groups):
        assert record_key > self.last, "rows do not ascend"
        self.last = record_key
        place, key = self.place_and_key(record_key)
        group = struct.unpack_from(">H", place)[0]
        assert group == hash64(key) % groups, f"key {key.hex()} is in group {group} of {groups}, not {hash64(key) % groups}"
        self.rows[place] += 1
        if self.layout == LIST:
            self.sequences[place] = max(self.sequences[place], struct.unpack(">Q", record_key[-8:])[0] + 1)

    def check_counters(self):
        for place, rows in self.rows.items():
            assert self.counters.get(place, (0, 0))[0] == rows, f"{rows} rows in {place.hex()}, counted {self.counters.get(place)}"
        for place, (rows, sequence) in self.counters.items():
            assert self.rows[place] == rows and self.sequences[place] <= sequence, f"nothing in {place.hex()}, counted {rows}"


def tables_of(savepoint, groups):
    """The tables of a savepoint by their names; AssertionError says what is wrong with one."""
    tables = {}
    for path in sorted(pathlib.Path(savepoint, "state").glob("*.rows")):
        for kind, name, pairs in blocks_of(path):
            tables.update((key[1:].decode(), Table(value)) for key, value in pairs if kind == BOOKKEEPING and key[:1] == b"S")
            for key, value in pairs:
                if kind == ROWS:
                    tables[name].add(key, groups)
                elif key[:1] == b"C":
                    family, place = key[1:].split(b"\0", 1)
                    counter = Bytes(value)
                    assert counter.varint() == 1
                    tables[family.decode()].counters[place] = (counter.varint(), counter.varint())
    for name, table in tables.items():
        try:
            table.check_counters()
        except AssertionError as problem:
            raise AssertionError(f"{name}: {problem}") from problem
    return tables


def main():
    for name, table in tables_of(sys.argv[1], int(sys.argv[2])).items():
        layout = ("value", "list", "map")[table.layout]
        used = {struct.unpack_from(">H", place)[0] for place in table.rows}
        print(f"{name}: {sum(table.rows.values())} rows, {layout}{', sliced' if table.sliced else ''}, {len(used)} groups")


if __name__ == "__main__":
    main()
