#!/usr/bin/python3
"""The format protobuf over topics of a real broker: what Google's library for Python writes is read, and the other way
round, by the descriptor file that protoc makes."""
import importlib
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
from kafka_test import NULL, PATIENCE, rows, table, until, with_broker  # noqa: E402
from weir_shell import expect  # noqa: E402

COLUMNS = ("id BIGINT, customer STRING, price DOUBLE, status STRING, `at` ROW<seconds BIGINT, nanos INT>, "
           "lines ARRAY<ROW<item STRING, quantity INT>>, tags MAP<STRING, INT>, note BYTES, address STRING, locker INT")


class Types:
    """What protoc makes of order.proto: classes of Python, and the descriptor file."""

    def __init__(self, folder):
        self.file = os.path.join(folder, "order.desc")
        subprocess.run(["protoc", "-I", HERE, f"--python_out={folder}", "--include_imports", f"--descriptor_set_out={self.file}",
                        os.path.join(HERE, "order.proto")], check=True)
        sys.path.insert(0, folder)
        made = importlib.import_module("order_pb2")
        self.Order, self.Key = made.Order, made.OrderKey

    def said(self, message="com.example.Order", part="", **more):
        """The options of a table, or of its keys."""
        options = {"message-class-name": message, "descriptor-file": self.file, **more}
        return {f"{part}protobuf.{key}": value for key, value in options.items()}

    def table(self, broker, topic, columns=COLUMNS, name="t", **more):
        return table(broker, topic, columns, name, format="protobuf", **{**self.said(), **more})

    def order(self, number):
        order = self.Order(id=number, price=number / 4, status=number % 2, tags={"n": number}, note=bytes([number % 256]))
        if number % 5:
            order.customer = f"customer {number}"
        order.at.seconds = number
        for line in range(number % 3):
            order.lines.add(item=f"item {line}", quantity=line + 1)
        if number % 2:
            order.address = "Zürich"
        elif number % 4:
            order.locker = number
        return order


def test_what_python_writes_is_read(broker, types, scratch):
    broker.make("orders", 2)
    broker.send("orders", [types.order(number).SerializeToString() for number in range(1000)])
    script = types.table(broker, "orders")
    found = rows(scratch, script + "SELECT COUNT(*), SUM(id), COUNT(customer), SUM(price), SUM(`at`.seconds), SUM(tags['n']), COUNT(address), COUNT(locker), "
                 "COUNT(lines) FROM t;")
    total = sum(range(1000))
    expect(found == [("1000", str(total), "800", str(total / 4), str(total), str(total), "500", "250", "666")], found)
    found = rows(scratch, script + "SELECT id, customer, price, status, `at`, lines, tags, note, address, locker FROM t WHERE id IN (5, 6);")
    expect(found == [("5", NULL, "1.25", "PAID", "(5, 0)", "[(item 0, 1), (item 1, 2)]", "{n=5}", "x'05'", "Zürich", NULL),
                     ("6", "customer 6", "1.5", "NEW", "(6, 0)", NULL, "{n=6}", "x'06'", NULL, "6")], found)
    found = rows(scratch, script + "SELECT lines[1].quantity, `at`.nanos FROM t WHERE id = 1;")
    expect(found == [("1", "0")], found)
    # The class's name in Java, and what is not set as its default.
    java = types.table(broker, "orders", **types.said("com.example.OrderOuterClass$Order"), **{"protobuf.read-default-values": "true"})
    found = rows(scratch, java + "SELECT customer, locker, CARDINALITY(lines) FROM t WHERE id = 0;")
    expect(found == [("", "0", "0")], found)


def test_python_reads_what_is_written(broker, types, scratch):
    broker.make("written")
    script = types.table(broker, "written", **{"protobuf.write-null-string-literal": "none"})
    script += ("INSERT INTO t VALUES (1, 'ä', 1.25, 'PAID', ROW(1767225600, 5), ARRAY[ROW('x', 2), ROW('y', 3)], MAP['a', 1, 'b', 2], x'00ff', 'here', "
               "CAST(NULL AS INT)), (2, CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST(NULL AS STRING), CAST(NULL AS ROW<seconds BIGINT, nanos INT>), "
               "CAST(NULL AS ARRAY<ROW<item STRING, quantity INT>>), CAST(NULL AS MAP<STRING, INT>), CAST(NULL AS BYTES), CAST(NULL AS STRING), 7);\n")
    rows(scratch, script)
    found = sorted((types.Order.FromString(message.value()) for message in broker.read("written")), key=lambda order: order.id)
    full = types.Order(id=1, customer="ä", price=1.25, status=1, tags={"a": 1, "b": 2}, note=b"\0\xff", address="here")
    full.at.seconds, full.at.nanos = 1767225600, 5
    full.lines.add(item="x", quantity=2)
    full.lines.add(item="y", quantity=3)
    expect(found == [full, types.Order(id=2, locker=7)], found)
    back = rows(scratch, types.table(broker, "written") + "SELECT id, customer, status, lines, tags['b'], note, locker FROM t;")
    expect(back == [("1", "ä", "PAID", "[(x, 2), (y, 3)]", "2", "x'00ff'", NULL), ("2", NULL, "NEW", NULL, NULL, "x''", "7")], back)
    wrong = rows(scratch, types.table(broker, "written") + "SET 'restart-strategy.type' = 'none';\nINSERT INTO t (id, status) VALUES (3, 'GONE');\n", 4)
    expect("E3001" in wrong and 'column "status"' in wrong and "com.example.Status has no value 'GONE'" in wrong, wrong)


def test_keys_and_upserts(broker, types, scratch):
    broker.make("upserts")
    said = {"connector": "upsert-kafka", "scan.startup.mode": None, "key.format": "protobuf", "format": None, "value.format": "protobuf",
            **types.said("com.example.OrderKey", "key."), **types.said(part="value.")}
    script = table(broker, "upserts", "id BIGINT, locker INT, PRIMARY KEY (id) NOT ENFORCED", **said)
    rows(scratch, script + "INSERT INTO t SELECT id, CAST(COUNT(*) AS INT) FROM (VALUES (CAST(1 AS BIGINT)), (2), (1)) AS v (id) GROUP BY id;\n")
    left = {types.Key.FromString(message.key()).id: types.Order.FromString(message.value()).locker for message in broker.read("upserts")}
    expect(left == {1: 2, 2: 1}, left)
    broker.send("upserts", [{"key": types.Key(id=2).SerializeToString(), "value": None}])
    found = rows(scratch, script + "SELECT id, locker FROM t;")
    expect({row[-2:] for row in found} == {("1", "2")}, found)
    # The key alone has the column: the value's type need not.
    broker.make("apart")
    broker.send("apart", [{"key": types.Key(id=9).SerializeToString(), "value": types.Order(customer="c").SerializeToString()}])
    keyed = {"key.format": "protobuf", "key.fields": "k_id", "key.fields-prefix": "k_", "value.fields-include": "EXCEPT_KEY",
             **types.said("com.example.OrderKey", "key.")}
    found = rows(scratch, types.table(broker, "apart", "k_id BIGINT, customer STRING", **keyed) + "SELECT k_id, customer FROM t;")
    expect(found == [("9", "c")], found)
    refused = rows(scratch, types.table(broker, "apart", "k_x BIGINT, customer STRING", **{**keyed, "key.fields": "k_x"}), 3)
    expect('E2008: the keys: column "x": the message com.example.OrderKey has no field "x"' in refused, refused)


def test_bad_messages(broker, types, scratch):
    good = types.order(1).SerializeToString()
    for number, bad in enumerate((good[:-1], b'{"id": 1}', b"\x0a\xff", types.Order(customer="abc").SerializeToString().replace(b"abc", b"a\xffc"))):
        topic = f"bad-{number}"
        broker.make(topic)
        broker.send(topic, [good, bad, b""])
        said = rows(scratch, types.table(broker, topic, "id BIGINT") + "SELECT id FROM t;", 4)
        expect("E3005" in said and f"topic '{topic}', partition 0, offset 1" in said and "it is no message com.example.Order" in said and
               "'protobuf.ignore-parse-errors' = 'true'" in said, said)
        found = rows(scratch, types.table(broker, topic, "id BIGINT", **{"protobuf.ignore-parse-errors": "true"}) + "SELECT id FROM t;")
        expect(found == [("0",), ("1",)], f"{bad!r}: {found}")
    must = types.table(broker, "bad-0", "id BIGINT, customer STRING NOT NULL", **{"scan.startup.mode": "specific-offsets",
                                                                                "scan.startup.specific-offsets": "partition:0,offset:2"})
    said = rows(scratch, must + "SELECT id, customer FROM t;", 4)
    expect("offset 2" in said and 'column "customer"' in said and "customer is not set, and it is NOT NULL" in said, said)


def test_columns_and_files_that_do_not_fit(broker, types, scratch):
    def said(columns, mark, **more):
        answer = rows(scratch, types.table(broker, "any", columns, **more), 3)
        expect("E2008" in answer, answer)
        lines = answer.splitlines()
        place = next(i for i, line in enumerate(lines) if "^" in line)
        begin, end = lines[place].index("^"), lines[place].rindex("^") + 1
        expect(lines[place - 1][begin:end] == mark, answer)
        return answer
    answer = said("id BIGINT, custmer STRING", "custmer STRING")
    expect('column "custmer": the message com.example.Order has no field "custmer"' in answer and 'did you mean "customer"?' in answer, answer)
    answer = said("id INT", "id INT")
    expect("INT cannot be the field com.example.Order.id, which is int64" in answer and "HINT: the column would be BIGINT" in answer, answer)
    said("`at` ROW<seconds BIGINT, millis INT>", "`at` ROW<seconds BIGINT, millis INT>")
    answer = said("id BIGINT", "'com.example.Ordr'", **types.said("com.example.Ordr"))
    expect("has no message 'com.example.Ordr'" in answer and 'did you mean "com.example.Order"?' in answer, answer)
    answer = said("id BIGINT", "'nowhere.desc'", **{"protobuf.descriptor-file": "nowhere.desc"})
    refused = rows(scratch, table(broker, "any", "id BIGINT", format="protobuf"), 3)
    expect("needs the option 'protobuf.message-class-name'" in refused, refused)


def test_a_file_that_is_gone(broker, types, scratch):
    """A definition that is kept is shown and dropped without it; a query says what it lacks."""
    place = os.path.join(scratch.path, "gone.desc")
    with open(types.file, "rb") as file, open(place, "wb") as to:
        to.write(file.read())
    done = scratch.run("-c", types.table(broker, "gone", "id BIGINT", **{"protobuf.descriptor-file": "gone.desc"}))
    expect(done.returncode == 0, done.stderr)
    os.remove(place)
    done = scratch.run("-c", "SHOW CREATE TABLE t; SELECT id FROM t;")
    expect(f"'protobuf.descriptor-file' = '{place}'" in done.stdout and done.returncode == 3, done.stdout + done.stderr)
    expect("E2008" in done.stderr and "'protobuf.descriptor-file' is wrong" in done.stderr and place in done.stderr, done.stderr)
    done = scratch.run("-c", "DROP TABLE t;")
    expect(done.returncode == 0, done.stderr)


def test_a_job_is_killed(broker, types, scratch):
    """What a job reads and writes goes on behind its last checkpoint; the descriptor file may lie elsewhere by then."""
    broker.make("from", 2)
    broker.make("to")
    sent = 3000
    broker.send("from", [types.order(number).SerializeToString() for number in range(sent)])
    moved = os.path.join(scratch.path, "moved.desc")
    with open(types.file, "rb") as file, open(moved, "wb") as to:
        to.write(file.read())
    for turn, place in enumerate((types.file, moved, moved)):
        at = {"protobuf.descriptor-file": place}
        script = "SET 'execution.checkpointing.interval' = '200 ms';\nSET 'execution.restore-policy' = 'auto';\n"
        script += types.table(broker, "from", **{**at, "scan.bounded.mode": None})
        script += types.table(broker, "to", name="copy", **{**at, "scan.bounded.mode": None, "sink.delivery-guarantee": "exactly-once"})
        script += "CREATE JOB flow AS INSERT INTO copy SELECT * FROM t;\nWAIT FOR JOB flow UNTIL FINISHED;\n"
        job = scratch.start("run", scratch.write("flow.sql", script))
        until(lambda: len(broker.read("to")) >= sent or job.poll() is not None, "all are written")
        expect(job.poll() is None, job.communicate()[1] if job.poll() is not None else "")
        job.send_signal(signal.SIGKILL if turn < 2 else signal.SIGTERM)
        job.communicate(timeout=PATIENCE)
        if turn < 2:
            broker.send("from", [types.order(number).SerializeToString() for number in range(sent, sent + 500)])
            sent += 500
    found = sorted((types.Order.FromString(message.value()) for message in broker.read("to")), key=lambda order: order.id)
    expect([order.id for order in found] == list(range(sent)), f"{len(found)} rows of {sent}")
    expect(found[:3000] == [types.order(number) for number in range(3000)], "the same messages")


def main():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    with_broker("kafka.protobuf", tests, lambda folder: (Types(folder),))


if __name__ == "__main__":
    main()
