"""Messages of Thrift's binary protocol: what is where in one, and what a mutation makes of one."""
import re
import struct

STOP, BOOL, BYTE, DOUBLE, I16, I32, I64, STRING, STRUCT, MAP, SET, LIST = 0, 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15
WIDTHS = {BOOL: 1, BYTE: 1, DOUBLE: 8, I16: 2, I32: 4, I64: 8}
KINDS = (*WIDTHS, STRING, STRUCT, MAP, SET, LIST)
HUGE = (0x7fffffff, 0x80000000, 0xffffffff, 0x40000000, 0x01000000, 65536, 65537)
# A handle: a text and its secret, of 16 bytes each.
HANDLE = re.compile(rb"\x0b\x00\x01\x00\x00\x00\x10(.{16})\x0b\x00\x02\x00\x00\x00\x10(.{16})", re.DOTALL)


class Short(Exception):
    """The message goes on behind these bytes."""


class Walk:
    """Goes through a message from its beginning: `end` is where it ends; `kinds` and `sizes` are the places of the bytes
    that say a type and of the four that say a length."""

    def __init__(self, data):
        self.data, self.end, self.kinds, self.sizes = data, 0, [], []
        self.take(4)
        self.value(STRING)  # the call's name
        self.take(4)
        self.value(STRUCT)

    def take(self, count):
        begin, self.end = self.end, self.end + count
        if self.end > len(self.data):
            raise Short
        return self.data[begin:self.end]

    def kind(self):
        self.kinds.append(self.end)
        return self.take(1)[0]

    def size(self):
        self.sizes.append(self.end)
        return struct.unpack(">I", self.take(4))[0]

    def value(self, kind):
        if kind == STRUCT:
            while (field := self.kind()) != STOP:
                self.take(2)
                self.value(field)
        elif kind == STRING:
            self.take(self.size())
        elif kind == MAP:
            two = (self.kind(), self.kind())
            for _ in range(self.size()):
                self.value(two[0])
                self.value(two[1])
        elif kind in (LIST, SET):
            of = self.kind()
            for _ in range(self.size()):
                self.value(of)
        else:
            self.take(WIDTHS[kind])


def whole(data):
    """Where the first message ends; None where it does not yet."""
    try:
        return Walk(data).end
    except Short:
        return None


def put(data, at, number):
    return data[:at] + struct.pack(">I", number) + data[at + 4:]


def flip_bits(chance, data):
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def change_bytes(chance, data):
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        out[chance.randrange(len(out))] = chance.choice((0, 1, 0x7f, 0x80, 0xff, chance.randrange(256)))
    return bytes(out)


def lie_about_a_size(chance, data):
    at = chance.choice(Walk(data).sizes)
    said = struct.unpack(">I", data[at:at + 4])[0]
    return put(data, at, chance.choice((*HUGE, max(said - 1, 0), said + 1, said + 100, 0, chance.randrange(1 << 32))))


def change_a_type(chance, data):
    at = chance.choice(Walk(data).kinds)
    return data[:at] + bytes([chance.choice((*KINDS, STOP, 1, 16, 0x7f, 0xff))]) + data[at + 1:]


def cut_off(chance, data):
    return data[:chance.randrange(len(data))]


def leave_out(chance, data):
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randint(1, 30):]


def repeat(chance, data):
    at = chance.randrange(len(data))
    return data[:at] + data[at:at + chance.randint(1, 200)] * chance.choice((1, 2, 50)) + data[at:]


def nest(chance, data):
    """Structs, lists or maps in each other, in the place of a field."""
    begin, what = chance.choice(((b"\x0c\0\1", b"\x0c\0\1"), (b"\x0f\0\1", b"\x0f\0\0\0\1"), (b"\x0d\0\1", b"\x0b\x0d\0\0\0\1\0\0\0\0")))
    at = chance.choice(Walk(data).kinds)
    return data[:at] + begin + what * chance.choice((63, 64, 65, 1000, 20_000)) + data[at:]


def bomb(chance, data):
    """A field that says to have two billion of something, of which nothing comes; 72 bytes were 16 GB."""
    number, most = struct.pack(">H", chance.randint(1, 9)), struct.pack(">I", chance.choice(HUGE))
    of = bytes([chance.choice(KINDS)])
    field = chance.choice((b"\x0b" + number + most, b"\x0f" + number + of + most, b"\x0e" + number + of + most,
                           b"\x0d" + number + of + bytes([chance.choice(KINDS)]) + most))
    at = chance.choice(Walk(data).kinds)
    return data[:at] + field + chance.choice((b"", b"\0" * 30, data[at:]))


MUTATIONS = (flip_bits, change_bytes, lie_about_a_size, change_a_type, cut_off, leave_out, repeat, nest, bomb)


def mutate(chance, data):
    """(the name of what was done, what became of it)."""
    how = chance.choice(MUTATIONS)
    return how.__name__, how(chance, data)
