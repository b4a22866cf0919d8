#!/usr/bin/env python3
"""The formats avro, avro-confluent and debezium-avro-confluent over topics of a real broker, with a real schema registry (registry.py): what
Confluent's own client for Python and fastavro write is read, and the other way round."""
import base64
import collections
import datetime
import decimal
import io
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
import installed  # noqa: E402
from kafka_test import DEAD, NULL, PATIENCE, options, rows, table  # noqa: E402
from weir_shell import expect, program, run_all  # noqa: E402

UTC = datetime.timezone.utc
ORDER = {"type": "record", "name": "Order", "namespace": "com.example", "fields": [
    {"name": "id", "type": "long"}, {"name": "item", "type": ["null", "string"], "default": None},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "status", "type": {"type": "enum", "name": "Status", "symbols": ["NEW", "PAID"]}},
    {"name": "where", "type": ["null", {"type": "record", "name": "Place", "fields": [{"name": "city", "type": "string"}]}], "default": None},
    {"name": "tags", "type": {"type": "map", "values": "int"}}, {"name": "lines", "type": {"type": "array", "items": "double"}}]}
COLUMNS = ("id BIGINT NOT NULL, item STRING, price DECIMAL(10, 2) NOT NULL, `at` TIMESTAMP(3) NOT NULL, status STRING NOT NULL, "
           "`where` ROW<city STRING NOT NULL>, tags MAP<STRING NOT NULL, INT NOT NULL> NOT NULL, lines ARRAY<DOUBLE NOT NULL> NOT NULL")


def order(number):
    return {"id": number, "item": None if number % 5 == 0 else f"item {number}", "price": decimal.Decimal(number) / 4,
            "at": datetime.datetime(2026, 1, 1, tzinfo=UTC) + datetime.timedelta(seconds=number), "status": "PAID" if number % 2 else "NEW",
            "where": {"city": "Zürich"} if number % 3 == 0 else None, "tags": {"n": number}, "lines": [number / 2, -1.5]}


class Writer:
    """Messages as Confluent's client makes them."""

    def __init__(self, registry, schema, topic, **config):
        from confluent_kafka.schema_registry import SchemaRegistryClient  # noqa: PLC0415
        from confluent_kafka.schema_registry.avro import AvroSerializer  # noqa: PLC0415
        from confluent_kafka.serialization import MessageField, SerializationContext  # noqa: PLC0415
        self.context = SerializationContext(topic, MessageField.VALUE)
        self.write = AvroSerializer(SchemaRegistryClient({"url": registry.url}), json.dumps(schema), conf=config)

    def __call__(self, value):
        return self.write(value, self.context)


def reader(registry, topic):
    from confluent_kafka.schema_registry import SchemaRegistryClient  # noqa: PLC0415
    from confluent_kafka.schema_registry.avro import AvroDeserializer  # noqa: PLC0415
    from confluent_kafka.serialization import MessageField, SerializationContext  # noqa: PLC0415
    read = AvroDeserializer(SchemaRegistryClient({"url": registry.url}))
    return lambda data, part=MessageField.VALUE: read(data, SerializationContext(topic, part))


def confluent(url, **more):
    return {"format": "avro-confluent", "avro-confluent.url": url, **more}


def test_what_confluents_client_writes_is_read(servers, scratch):
    broker, registry = servers
    broker.make("orders", 2)
    writer = Writer(registry, ORDER, "orders")
    broker.send("orders", [writer(order(number)) for number in range(1000)])
    script = table(broker, "orders", COLUMNS, **confluent(registry.url))
    expect(rows(scratch, script + "SELECT COUNT(*), SUM(id), COUNT(item), SUM(price), COUNT(`where`.city), SUM(tags['n']), SUM(lines[1]) FROM t;") ==
           [("1000", str(sum(range(1000))), "800", f"{sum(range(1000)) / 4:.2f}", "334", str(sum(range(1000))), f"{sum(range(1000)) / 2}")],
           rows(scratch, script + "SELECT COUNT(*), SUM(id), COUNT(item), SUM(price), COUNT(`where`.city), SUM(tags['n']), SUM(lines[1]) FROM t;"))
    found = rows(scratch, script + "SELECT id, item, price, `at`, status, `where`.city FROM t WHERE id IN (15, 16);")
    expect(found == [("15", NULL, "3.75", "2026-01-01 00:00:15.000", "PAID", "Zürich"),
                     ("16", "item 16", "4.00", "2026-01-01 00:00:16.000", "NEW", NULL)], found)


def test_schemas_change_under_a_table(servers, scratch):
    broker, registry = servers
    broker.make("changing")
    first = {"type": "record", "name": "V", "fields": [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}]}
    second = {"type": "record", "name": "V", "fields": [{"name": "extra", "type": {"type": "array", "items": "string"}, "default": []},
                                                        {"name": "name", "type": ["null", "string"], "default": None},
                                                        {"name": "score", "type": "float", "default": 0}, {"name": "id", "type": "long"}]}
    registry.register("changing-value", first)
    registry.set_compatibility("changing-value", "NONE")
    old, new = Writer(registry, first, "changing"), Writer(registry, second, "changing")
    broker.send("changing", [old({"id": 1, "name": "a"}), new({"extra": ["x", "y"], "name": None, "score": 2.5, "id": 2**40}), old({"id": 3, "name": "c"})])
    script = table(broker, "changing", "id BIGINT, name STRING, score DOUBLE", **confluent(registry.url))
    found = rows(scratch, script + "SELECT id, name, score FROM t;")
    expect(found == [("1", "a", NULL), (str(2**40), NULL, "2.5"), ("3", "c", NULL)], found)
    given = {"type": "record", "name": "V", "fields": [{"name": "number", "aliases": ["id"], "type": "double"}, {"name": "score", "type": "float", "default": 9.5}]}
    script = table(broker, "changing", "number DOUBLE NOT NULL, score FLOAT NOT NULL", **confluent(registry.url), **{"avro-confluent.schema": json.dumps(given)})
    found = rows(scratch, script + "SELECT CAST(number AS BIGINT), score FROM t;")
    expect(found == [("1", "9.5"), (str(2**40), "2.5"), ("3", "9.5")], found)


def test_what_is_written_is_registered(servers, scratch):
    broker, registry = servers
    broker.make("written")
    columns = ("id BIGINT NOT NULL, name STRING, price DECIMAL(10, 2), day DATE, `time` TIME(3), ts TIMESTAMP(3), ok BOOLEAN, raw BYTES, "
               "tags MAP<STRING, INT>, r ROW<x INT, y ARRAY<DOUBLE>>")
    script = table(broker, "written", columns, **confluent(registry.url))
    script += ("INSERT INTO t VALUES (1, 'ä', 1.25, DATE '2026-01-02', TIME '03:04:05', TIMESTAMP '2026-01-02 03:04:05.678', TRUE, x'00ff', "
               "MAP['a', 1], ROW(7, ARRAY[CAST(0.5 AS DOUBLE), NULL])), (2, CAST(NULL AS STRING), CAST(NULL AS DECIMAL(10, 2)), CAST(NULL AS DATE), "
               "CAST(NULL AS TIME(3)), CAST(NULL AS TIMESTAMP(3)), CAST(NULL AS BOOLEAN), CAST(NULL AS BYTES), CAST(NULL AS MAP<STRING, INT>), "
               "CAST(NULL AS ROW<x INT, y ARRAY<DOUBLE>>));\n")
    rows(scratch, script)
    said = registry.get("/subjects/written-value/versions/latest")
    schema = json.loads(said["schema"])
    expect(schema["namespace"] + "." + schema["name"] == "org.apache.flink.avro.generated.record", said)
    expect(schema["fields"][1] == {"name": "name", "type": ["null", "string"], "default": None}, said)
    messages = [message.value() for message in broker.read("written")]
    expect(all(message[:5] == b"\0" + said["id"].to_bytes(4, "big") for message in messages), messages)
    read = reader(registry, "written")
    found = sorted((read(message) for message in messages), key=lambda row: row["id"])
    full = {"id": 1, "name": "ä", "price": decimal.Decimal("1.25"), "day": datetime.date(2026, 1, 2), "time": datetime.time(3, 4, 5),
            "ts": datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC), "ok": True, "raw": b"\0\xff", "tags": {"a": 1}, "r": {"x": 7, "y": [0.5, None]}}
    expect(found == [full, {**dict.fromkeys(full), "id": 2}], found)
    back = rows(scratch, table(broker, "written", columns, **confluent(registry.url)) + "SELECT id, name, price, `time`, ts, tags['a'], r.y[1] FROM t;")
    expect(back == [("1", "ä", "1.25", "03:04:05.000", "2026-01-02 03:04:05.678", "1", "0.5"), ("2",) + (NULL,) * 6], back)


def test_a_part_of_a_row_is_read(servers, scratch):
    """The bytes of the other fields are there, whichever a query reads."""
    import fastavro  # noqa: PLC0415
    broker, registry = servers
    broker.make("parts")
    place = {"type": "record", "name": "P", "fields": [{"name": "x", "type": "int"}, {"name": "s", "type": "string"}, {"name": "y", "type": "int"}]}
    schema = {"type": "record", "name": "W", "fields": [{"name": "r", "type": place}, {"name": "z", "type": "int"}]}
    value = {"r": {"x": 7, "s": "text", "y": 8}, "z": 9}
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, value)
    broker.send("parts", [out.getvalue()])
    columns = "r ROW<x INT NOT NULL, s STRING NOT NULL, y INT NOT NULL> NOT NULL, z INT NOT NULL"
    broker.make("parts-registered")
    broker.send("parts-registered", [Writer(registry, schema, "parts-registered")(value)])
    given = {"avro-confluent.schema": json.dumps(schema)}
    for script in (table(broker, "parts", columns, format="avro"), table(broker, "parts-registered", columns, **confluent(registry.url)),
                   table(broker, "parts-registered", columns, **confluent(registry.url, **given))):
        for query, wanted in (("r.y, z", ("8", "9")), ("r.s", ("text",)), ("z", ("9",)), ("r.x, r.y", ("7", "8"))):
            found = rows(scratch, script + f"SELECT {query} FROM t;")
            expect(found == [wanted], f"{query}: {found}")


def test_digits_are_not_lost(servers, scratch):
    broker, registry = servers
    broker.make("digits")
    schema = {"type": "record", "name": "W", "fields": [{"name": "ts", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
    said = confluent(registry.url, **{"avro-confluent.schema": json.dumps(schema)})
    script = table(broker, "digits", "ts TIMESTAMP(6) NOT NULL", **said)
    refused = rows(scratch, script + "SET 'restart-strategy.type' = 'none';\nINSERT INTO t VALUES (TIMESTAMP '2026-01-01 00:00:00.123456');\n", 3)
    expect("E2008" in refused and 'field "ts"' in refused and "milliseconds" in refused, refused)
    rows(scratch, table(broker, "digits", "ts TIMESTAMP(3) NOT NULL", **said) + "INSERT INTO t VALUES (TIMESTAMP '2026-01-01 00:00:00.123');\n")
    found = rows(scratch, script + "SELECT ts FROM t;")
    expect(found == [("2026-01-01 00:00:00.123000",)], found)


def test_subjects_and_schemas_that_are_given(servers, scratch):
    broker, registry = servers
    broker.make("given")
    schema = {"type": "record", "name": "G", "namespace": "a.b", "fields": [
        {"name": "id", "type": "int"}, {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["A", "B"]}},
        {"name": "d", "type": [{"type": "fixed", "name": "D", "size": 6, "logicalType": "decimal", "precision": 9, "scale": 3}, "null"]}]}
    said = {**confluent(registry.url), "avro-confluent.schema": json.dumps(schema), "avro-confluent.subject": "a subject/of mine"}
    script = table(broker, "given", "id INT NOT NULL, kind STRING NOT NULL, d DECIMAL(9, 3)", **said)
    rows(scratch, script + "INSERT INTO t VALUES (1, 'B', -1.5), (2, 'A', CAST(NULL AS DECIMAL(9, 3)));\n")
    expect("a subject/of mine" in registry.get("/subjects"), registry.get("/subjects"))
    read = reader(registry, "given")
    found = sorted((read(message.value()) for message in broker.read("given")), key=lambda row: row["id"])
    expect(found == [{"id": 1, "kind": "B", "d": decimal.Decimal("-1.500")}, {"id": 2, "kind": "A", "d": None}], found)
    wrong = rows(scratch, script + "SET 'restart-strategy.type' = 'none';\nINSERT INTO t VALUES (3, 'C', 1);\n", 4)
    expect("E3001" in wrong and 'column "kind"' in wrong and "has no symbol 'C'" in wrong, wrong)
    other = rows(scratch, table(broker, "given", "id INT NOT NULL, kind INT NOT NULL, d DECIMAL(9, 3)", **said) + "SELECT id FROM t;", 3)
    expect("E2008" in other and 'field "kind" as enum a.b.K' in other, other)


def test_keys_and_upserts(servers, scratch):
    broker, registry = servers
    broker.make("upserts")
    said = options(broker, "upserts", **{"connector": "upsert-kafka", "format": None, "scan.startup.mode": None, "key.format": "avro-confluent",
                                         "key.avro-confluent.url": registry.url, "value.format": "avro-confluent",
                                         "value.avro-confluent.url": registry.url})
    script = f"CREATE TABLE t (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ({said});\n"
    rows(scratch, script + "INSERT INTO t SELECT k, COUNT(*) FROM (VALUES ('a'), ('b'), ('a')) AS v (k) GROUP BY k;\n")
    expect({"upserts-key", "upserts-value"} <= set(registry.get("/subjects")), registry.get("/subjects"))
    key = json.loads(registry.get("/subjects/upserts-key/versions/latest")["schema"])
    expect(key["fields"] == [{"name": "k", "type": "string"}], key)
    found = rows(scratch, script + "SELECT k, n FROM t;")
    expect({row[-2:] for row in found} >= {("a", "2"), ("b", "1")}, found)


def test_bad_messages(servers, scratch):
    broker, registry = servers
    broker.make("bad")
    schema = {"type": "record", "name": "B", "fields": [{"name": "id", "type": "int"}, {"name": "s", "type": "string"}]}
    good = Writer(registry, schema, "bad")
    cut = good({"id": 2, "s": "cut"})[:-1]
    unknown = b"\0" + (123456).to_bytes(4, "big") + b"\x02\x02x"
    for number, (message, why) in enumerate({cut: "ends too early", unknown: "schema 123456", b"\1234567": "does not begin with the number",
                                             b'{"id": 1}': "does not begin with the number", b"": "does not begin with the number"}.items()):
        topic = f"bad-{number}"
        broker.make(topic)
        broker.send(topic, [good({"id": 1, "s": "a"}), message, good({"id": 3, "s": "c"})])
        said = rows(scratch, table(broker, topic, "id INT, s STRING", **confluent(registry.url)) + "SELECT id FROM t;", 4)
        expect("E3005" in said and f"topic '{topic}', partition 0, offset 1" in said and why in said, said)
        script = table(broker, topic, "id INT, s STRING", **confluent(registry.url), **{"avro-confluent.ignore-parse-errors": "true"})
        found = rows(scratch, script + "SELECT id, s FROM t;")
        expect(found == [("1", "a"), ("3", "c")], f"{message!r}: {found}")


def test_a_schema_is_asked_for_once(servers, scratch):
    from registry import Gate, basic  # noqa: PLC0415
    broker, registry = servers
    broker.make("gated", 4)
    writer = Writer(registry, ORDER, "gated")
    for partition in range(4):
        broker.send("gated", [writer(order(number)) for number in range(50)], partition=partition)
    gate = Gate(registry, basic("ada:secret"))
    try:
        script = "SET 'restart-strategy.type' = 'none';\n" + table(broker, "gated", COLUMNS, **confluent(gate.url), **{
            "avro-confluent.basic-auth.credentials-source": "USER_INFO", "avro-confluent.basic-auth.user-info": "ada:secret"})
        expect(rows(scratch, script + "SELECT COUNT(*), SUM(id) FROM t;") == [("200", "4900")], "all of them")
        expect(len(gate.asked) == 1, gate.asked)
        gate.refusals = 2
        expect(rows(scratch, script + "SELECT COUNT(*), SUM(id) FROM t;") == [("200", "4900")], "after two refusals")
        gate.refusals = 100
        said = rows(scratch, script + "SELECT SUM(id) FROM t;", 4)
        expect("E4010" in said and f"'avro-confluent.url' = '{gate.url}'" in said and "503" in said, said)
        gate.refusals = 0
        said = rows(scratch, script.replace("ada:secret", "ada:wrong") + "SELECT SUM(id) FROM t;", 4)
        expect("E4010" in said and "401" in said and "wrong" not in said, said)
        astray = script.replace(gate.url, gate.url + "/elsewhere")
        said = rows(scratch, astray.replace("'format'", "'avro-confluent.ignore-parse-errors' = 'true', 'format'") + "SELECT SUM(id) FROM t;", 4)
        expect("E4010" in said and "404" in said and "/elsewhere" in said, said)
    finally:
        gate.close()
    said = rows(scratch, script + "SELECT SUM(id) FROM t;", 4)
    expect("E4010" in said and "avro-confluent.url" in said, said)


def test_a_bearer_and_tls(servers, scratch):
    from registry import Gate  # noqa: PLC0415
    broker, registry = servers
    broker.make("safe")
    broker.send("safe", [Writer(registry, ORDER, "safe")(order(7))])
    gate = Gate(registry, "Bearer a.b.c")
    try:
        script = table(broker, "safe", COLUMNS, **confluent(gate.url), **{"avro-confluent.bearer-auth.credentials-source": "STATIC_TOKEN",
                                                                           "avro-confluent.bearer-auth.token": "a.b.c"})
        expect(rows(scratch, script + "SELECT id FROM t;") == [("7",)], "with a token")
    finally:
        gate.close()
    trusted = table(broker, "safe", COLUMNS, **confluent(registry.tls_url), **{"avro-confluent.ssl.truststore.location": f"{registry.folder}/registry.pem"})
    expect(rows(scratch, trusted + "SELECT id FROM t;") == [("7",)], "by TLS")
    said = rows(scratch, "SET 'restart-strategy.type' = 'none';\n" + table(broker, "safe", COLUMNS, **confluent(registry.tls_url)) + "SELECT id FROM t;", 4)
    expect("E4010" in said and "certificate" in said, said)


def test_waiting_for_a_registry_is_interrupted(servers, scratch):
    from registry import Gate  # noqa: PLC0415
    broker, registry = servers
    broker.make("silent")
    broker.send("silent", [Writer(registry, ORDER, "silent")(order(1))])
    gate = Gate(registry)
    gate.shut = True
    try:
        path = scratch.write("silent.sql", table(broker, "silent", COLUMNS, **confluent(gate.url)) + "SELECT SUM(id) FROM t;")
        started = subprocess.Popen([program(), "-f", path], cwd=scratch.path, env=scratch.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + PATIENCE
        while not gate.asked:
            expect(time.monotonic() < end, "the registry is asked")
            time.sleep(0.05)
        begin = time.monotonic()
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=PATIENCE)
        expect(time.monotonic() - begin < 10, "it ends soon")
        expect(started.returncode != 0 and "E8001" in (out + err).decode(), f"{started.returncode}: {out} {err}")
    finally:
        gate.close()


def test_a_registry_refuses_a_schema(servers, scratch):
    broker, registry = servers
    broker.make("refused")
    registry.register("refused-value", {"type": "record", "name": "R", "fields": [{"name": "id", "type": "string"}]})
    registry.set_compatibility("refused-value", "FULL")
    said = rows(scratch, table(broker, "refused", "id INT", **confluent(registry.url)) + "INSERT INTO t VALUES (1);\n", 4)
    expect("E2008" in said and "refused-value" in said and "409" in said, said)


def test_avro_without_a_registry(servers, scratch):
    import fastavro  # noqa: PLC0415
    broker, _ = servers
    broker.make("plain")
    columns = "id INT NOT NULL, name STRING, ts TIMESTAMP(6), z TIMESTAMP_LTZ(3)"
    schema = {"type": "record", "name": "any", "fields": [
        {"name": "id", "type": "int"}, {"name": "name", "type": ["null", "string"]},
        {"name": "ts", "type": ["null", {"type": "long", "logicalType": "local-timestamp-micros"}]},
        {"name": "z", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]}]}
    local = {"format": "avro", "avro.timestamp_mapping.legacy": "false"}
    messages = []
    for row in ({"id": 1, "name": "a", "ts": datetime.datetime(2026, 1, 2, 3, 4, 5, 678901), "z": datetime.datetime(2026, 1, 1, tzinfo=UTC)},
                {"id": 2, "name": None, "ts": None, "z": None}):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, row)
        messages.append(out.getvalue())
    broker.send("plain", messages)
    script = "SET 'table.local-time-zone' = 'UTC';\n" + table(broker, "plain", columns, **local)
    found = rows(scratch, script + "SELECT id, name, ts, z FROM t;")
    expect(found == [("1", "a", "2026-01-02 03:04:05.678901", "2026-01-01 00:00:00.000"), ("2", NULL, NULL, NULL)], found)
    broker.make("plain-copy")
    script += table(broker, "plain-copy", columns, name="copy", **local)
    rows(scratch, script + "INSERT INTO copy SELECT * FROM t;\n")
    expect(sorted(message.value() for message in broker.read("plain-copy")) == sorted(messages), "the same bytes")
    for said, what in (({**local, "avro.encoding": "json"}, "'avro.encoding' = 'json'"),):
        refused = rows(scratch, table(broker, "plain", columns, **said), 3)
        expect("E1002" in refused and what in refused, refused)
    refused = rows(scratch, "CREATE TABLE f (a INT) WITH ('connector' = 'filesystem', 'path' = 'x', 'format' = 'avro');", 3)
    expect("E1002" in refused and "'format' = 'avro' in files" in refused, refused)


def test_a_job_over_avro_is_killed(servers, scratch):
    """What a restored job reads and writes goes on under the same schemas."""
    broker, registry = servers
    broker.make("from", 2)
    broker.make("to")
    writer = Writer(registry, ORDER, "from")
    broker.send("from", [writer(order(number)) for number in range(3000)])
    endless = {"scan.bounded.mode": None}
    script = table(broker, "from", COLUMNS, name="source", **confluent(registry.url), **endless)
    script += table(broker, "to", "id BIGINT NOT NULL, price DECIMAL(10, 2)", name="target", **confluent(registry.url), **endless, **{
        "sink.delivery-guarantee": "exactly-once"})
    script += "SET 'execution.checkpointing.interval' = '200 ms';\nCREATE JOB flow AS INSERT INTO target SELECT id, price FROM source;\nWAIT FOR JOB flow UNTIL FINISHED;\n"
    path = scratch.write("flow.sql", script)
    read = reader(registry, "to")
    sent = 3000
    for turn in range(4):
        job = subprocess.Popen([program(), "run", path], cwd=scratch.path, env=scratch.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        end = time.monotonic() + PATIENCE
        wanted = sent if turn == 3 else sent - 500
        while len(broker.read("to")) < wanted:
            expect(job.poll() is None, job.poll() is not None and job.stdout.read().decode())
            expect(time.monotonic() < end, f"{len(broker.read('to'))} of {sent} rows")
            time.sleep(0.2)
        job.kill()
        job.wait()
        if turn < 3:
            broker.send("from", [writer(order(number)) for number in range(sent, sent + 1000)])
            sent += 1000
    found = sorted(read(message.value())["id"] for message in broker.read("to"))
    expect(found == list(range(sent)), f"{len(found)} rows of {sent}")


# --- changes of Debezium -------------------------------------------------------------------------

CUSTOMER = {"type": "record", "name": "Value", "fields": [
    {"name": "id", "type": "int"}, {"name": "first_name", "type": "string"}, {"name": "last_name", "type": "string"}, {"name": "email", "type": ["null", "string"], "default": None},
    {"name": "birthday", "type": [{"type": "int", "connect.version": 1, "connect.name": "io.debezium.time.Date"}, "null"]},
    {"name": "changed", "type": {"type": "long", "connect.version": 1, "connect.default": 0, "connect.name": "io.debezium.time.MicroTimestamp"}, "default": 0}],
    "connect.name": "dbserver1.inventory.customers.Value"}
# debezium.io, "Change event values", as Confluent's converter has it.
ENVELOPE = {"type": "record", "name": "Envelope", "namespace": "dbserver1.inventory.customers", "fields": [
    {"name": "before", "type": ["null", CUSTOMER], "default": None}, {"name": "after", "type": ["null", "Value"], "default": None},
    {"name": "source", "type": {"type": "record", "name": "Source", "namespace": "io.debezium.connector.postgresql", "fields": [
        {"name": "version", "type": "string"}, {"name": "connector", "type": "string"}, {"name": "name", "type": "string"}, {"name": "ts_ms", "type": "long"},
        {"name": "snapshot", "type": [{"type": "string", "connect.version": 1, "connect.parameters": {"allowed": "true,last,false,incremental"},
                                       "connect.default": "false", "connect.name": "io.debezium.data.Enum"}, "null"], "default": "false"},
        {"name": "db", "type": "string"}, {"name": "sequence", "type": ["null", "string"], "default": None}, {"name": "schema", "type": "string"},
        {"name": "table", "type": "string"}, {"name": "txId", "type": ["null", "long"], "default": None}, {"name": "lsn", "type": ["null", "long"], "default": None},
        {"name": "xmin", "type": ["null", "long"], "default": None}], "connect.name": "io.debezium.connector.postgresql.Source"}},
    {"name": "op", "type": "string"}, {"name": "ts_ms", "type": ["null", "long"], "default": None},
    {"name": "transaction", "type": ["null", {"type": "record", "name": "block", "namespace": "event", "fields": [
        {"name": "id", "type": "string"}, {"name": "total_order", "type": "long"}, {"name": "data_collection_order", "type": "long"}],
        "connect.version": 1, "connect.name": "event.block"}], "default": None}], "connect.version": 1, "connect.name": "dbserver1.inventory.customers.Envelope"}
CUSTOMERS = "id INT, first_name STRING, last_name STRING, email STRING, birthday INT, changed BIGINT"


def customer(number, email, birthday=None):
    return {"id": number, "first_name": "Anne Marie", "last_name": "Kretchmar", "email": email, "birthday": birthday, "changed": 1559033904863000 + number}


def event(op, before, after, number=0):
    return {"before": before, "after": after, "op": op, "ts_ms": 1559033904863, "transaction": number % 2 and {"id": "571:53195829", "total_order": 1, "data_collection_order": 1} or None,
            "source": {"version": "2.7.4.Final", "connector": "postgresql", "name": "PostgreSQL_server", "ts_ms": 1559033904863, "snapshot": "true" if op == "r" else None, "db": "postgres",
                       "sequence": "[\"24023119\",\"24023128\"]", "schema": "public", "table": "customers", "txId": 555, "lsn": 24023128 if number % 3 else None, "xmin": None}}


def debezium(url, **more):
    return {"format": "debezium-avro-confluent", "debezium-avro-confluent.url": url, **more}


CHANGELOG = "SET 'sql-client.execution.result-mode' = 'changelog';\n"


def test_events_of_debezium_are_read(servers, scratch):
    broker, registry = servers
    broker.make("dbserver1.inventory.customers")
    write = Writer(registry, ENVELOPE, "dbserver1.inventory.customers")
    first, second, third = customer(1, "annek@noanswer.org", 10957), customer(1, None), customer(2, "ä@b.c", -1)
    events = [event("r", None, first, 1), event("c", None, third, 2), event("u", first, second, 3), event("d", third, None, 4)]
    broker.send("dbserver1.inventory.customers", [write(one) for one in events] + [{"key": "2", "value": None}, {"key": "2", "value": b""}])
    script = table(broker, "dbserver1.inventory.customers", CUSTOMERS, **debezium(registry.url))
    found = rows(scratch, script + CHANGELOG + "SELECT id, email, birthday, changed FROM t;")
    time_of = {number: str(1559033904863000 + number) for number in (1, 2)}
    expect(found == sorted([("+I", "1", "annek@noanswer.org", "10957", time_of[1]), ("+I", "2", "ä@b.c", "-1", time_of[2]),
                            ("-U", "1", "annek@noanswer.org", "10957", time_of[1]), ("+U", "1", NULL, NULL, time_of[1]), ("-D", "2", "ä@b.c", "-1", time_of[2])]), found)
    found = rows(scratch, script + "SELECT id, first_name, email, COUNT(*) FROM t GROUP BY id, first_name, email;")
    expect(found == [("1", "Anne Marie", NULL, "1")], found)
    # With the offset of its last change, as the format itself has no metadata.
    script = table(broker, "dbserver1.inventory.customers", "id INT, o BIGINT METADATA FROM 'offset' VIRTUAL, PRIMARY KEY (id) NOT ENFORCED", **debezium(registry.url))
    expect(rows(scratch, script + "SELECT id, o FROM t;") == [("1", "2")], rows(scratch, script + "SELECT id, o FROM t;"))


def test_events_mean_what_they_do_as_json(servers, scratch):
    """Many random changes, in Avro and in JSON: the same changelog, which folds to the rows that are left."""
    broker, registry = servers
    chance, left, events = random.Random(7), {}, []
    for number in range(4000):
        key = chance.randrange(300)
        row = customer(key, chance.choice([None, "a@b", "someone with a long address@example.org"]), chance.choice([None, number]))
        before = left.get(key)
        if before is not None and chance.random() < 0.3:
            events.append(event("d", before, None, number))
            del left[key]
        else:
            events.append(event(chance.choice("cr") if before is None else "u", before, row, number))
            left[key] = row
    broker.make("events-avro")
    broker.make("events-json")
    write = Writer(registry, ENVELOPE, "events-avro")
    broker.send("events-avro", [write(one) for one in events])
    broker.send("events-json", [json.dumps(one) for one in events])
    answers = [rows(scratch, script + CHANGELOG + "SELECT * FROM t;") for script in (
        table(broker, "events-avro", CUSTOMERS, **debezium(registry.url)), table(broker, "events-json", CUSTOMERS, format="debezium-json"))]
    expect(answers[0] == answers[1], f"{len(answers[0])} and {len(answers[1])} changes")
    script = table(broker, "events-avro", CUSTOMERS, **debezium(registry.url))
    found = rows(scratch, script + "SELECT id, email, birthday, COUNT(*) FROM t GROUP BY id, email, birthday;")
    expect(found == sorted((str(key), row["email"] or NULL, NULL if row["birthday"] is None else str(row["birthday"]), "1") for key, row in left.items()),
           f"{len(found)} of {len(left)} rows")


def folded(messages, read):
    """The rows that are left of events, as counts, and how many events of each kind there were."""
    left, kinds = collections.Counter(), collections.Counter()
    for message in messages:
        one = read(message.value())
        expect(set(one) == {"before", "after", "op"} and one["op"] in ("c", "d") and (one["before"] is None) == (one["op"] == "c") == (one["after"] is not None), one)
        row = one["after"] if one["op"] == "c" else one["before"]
        left[tuple((name, tuple(value.items()) if isinstance(value, dict) else value) for name, value in row.items())] += 1 if one["op"] == "c" else -1
        kinds[one["op"]] += 1
    return +left, kinds


def test_changes_are_written_as_events(servers, scratch):
    broker, registry = servers
    broker.make("totals")
    source = ("CREATE TABLE source (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3000', 'rows-per-second' = '0', "
              "'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '2999');\n")
    columns = "k INT, n BIGINT NOT NULL, d DECIMAL(10, 2), r ROW<x INT, s STRING NOT NULL>"
    script = source + table(broker, "totals", columns, "totals", **debezium(registry.url))
    rows(scratch, script + "INSERT INTO totals SELECT MOD(id, 7), COUNT(*), CAST(SUM(id) AS DECIMAL(10, 2)), ROW(CAST(MAX(id) AS INT), 'x') "
                           "FROM source GROUP BY MOD(id, 7);\n")
    said = registry.get("/subjects/totals-value/versions/latest")
    messages = broker.read("totals")
    expect(all(message.value()[:6] == b"\0" + said["id"].to_bytes(4, "big") + b"\2" for message in messages), "the number, and the branch of a union")
    schema = json.loads(said["schema"])
    expect(schema[0] == "null" and [field["name"] for field in schema[1]["fields"]] == ["before", "after", "op"], said)
    left, kinds = folded(messages, reader(registry, "totals"))
    groups = {k: [number for number in range(3000) if number % 7 == k] for k in range(7)}
    wanted = [{"k": k, "n": len(group), "d": decimal.Decimal(sum(group)), "r": {"x": max(group), "s": "x"}} for k, group in groups.items()]
    expect(left == collections.Counter(tuple({**row, "r": tuple(row["r"].items())}.items()) for row in wanted), left)
    expect(kinds["c"] == kinds["d"] + 7, kinds)
    back = rows(scratch, table(broker, "totals", columns, **debezium(registry.url)) + "SELECT k, n, d, r.x, r.s FROM t;")
    expect(back == sorted((str(row["k"]), str(row["n"]), f"{row['d']:.2f}", str(row["r"]["x"]), "x") for row in wanted), back)


def test_events_by_a_given_schema(servers, scratch):
    broker, registry = servers
    broker.make("by-schema")
    value = {"type": "record", "name": "V", "fields": [{"name": "id", "type": "int"}, {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["A", "B"]}}]}
    schema = {"type": "record", "name": "Events", "namespace": "a.b", "fields": [
        {"name": "before", "type": ["null", value], "default": None}, {"name": "after", "type": ["V", "null"]}, {"name": "op", "type": "string"}]}
    said = debezium(registry.url, **{"debezium-avro-confluent.schema": json.dumps(schema), "debezium-avro-confluent.subject": "events of mine"})
    script = table(broker, "by-schema", "id INT NOT NULL, kind STRING NOT NULL", **said)
    rows(scratch, script + "INSERT INTO t VALUES (1, 'B'), (2, 'A');\n")
    expect(json.loads(registry.get("/subjects/events%20of%20mine/versions/latest")["schema"])["name"] == "Events", "it is registered")
    read = reader(registry, "by-schema")
    found = sorted((read(message.value()) for message in broker.read("by-schema")), key=lambda one: one["after"]["id"])
    expect(found == [{"before": None, "after": {"id": 1, "kind": "B"}, "op": "c"}, {"before": None, "after": {"id": 2, "kind": "A"}, "op": "c"}], found)
    expect(rows(scratch, script + "SELECT id, kind FROM t;") == [("1", "B"), ("2", "A")], "what Weir itself reads")
    other = rows(scratch, table(broker, "by-schema", "id BIGINT NOT NULL, kind STRING NOT NULL", **said) + "SELECT id FROM t;", 3)
    expect("E2008" in other and '"before": ' in other and 'field "id" as int' in other, other)


def test_bad_events(servers, scratch):
    broker, registry = servers
    write = Writer(registry, ENVELOPE, "bad-events")
    good = [event("c", None, customer(1, "a")), event("c", None, customer(3, "c"))]
    bad = {write(event("u", None, customer(1, "b"))): "REPLICA IDENTITY FULL", write(event("d", None, None)): "REPLICA IDENTITY FULL",
           write(event("t", None, None)): "none of c, r, u and d", write(event("c", None, customer(2, "b")))[:9]: "ends too early", b'{"op": "c"}': "does not begin with the number"}
    for number, (message, why) in enumerate(bad.items()):
        topic = f"bad-events-{number}"
        broker.make(topic)
        broker.send(topic, [write(good[0]), message, write(good[1])])
        said = rows(scratch, table(broker, topic, CUSTOMERS, **debezium(registry.url)) + "SELECT id FROM t;", 4)
        expect("E3005" in said and f"topic '{topic}', partition 0, offset 1" in said and why in said, said)
        script = table(broker, topic, CUSTOMERS, **debezium(registry.url, **{"debezium-avro-confluent.ignore-parse-errors": "true"}))
        expect(rows(scratch, script + "SELECT id, email FROM t;") == [("1", "a"), ("3", "c")], why)


def test_bad_events_go_into_a_table(servers, scratch):
    broker, registry = servers
    broker.make("dead-events")
    write = Writer(registry, ENVELOPE, "dead-events")
    first, second, third = (customer(number, None) for number in (1, 2, 3))
    cut = write(event("u", first, third))
    cut = cut.replace(b"Kretchmar", b"Kretchm\xff\xff", 2).replace(b"Kretchm\xff\xff", b"Kretchmar", 1)  # the row after, once the one before is read
    messages = [write(event("c", None, first)), write(event("d", None, None)), write(event("u", first, second)), cut, b"{}", write(event("d", second, None)), b"",
                write(event("c", None, third))]
    broker.send("dead-events", messages)
    script = DEAD.replace("raw STRING", "raw BYTES").replace("k INT, v INT", "id INT") + table(
        broker, "dead-events", CUSTOMERS, **debezium(registry.url), **{"errors.table": "dead"}) + "INSERT INTO good SELECT id FROM t;"
    done = scratch.run("run", "-D", "parallelism.default=1", scratch.write("dead.sql", script))
    expect(done.returncode == 0, done.stderr)
    good, dead = ([line for path in sorted((pathlib.Path(scratch.path) / folder).glob("[!.]*")) for line in path.read_text().splitlines()]
                  for folder in ("good", "dead"))
    expect(good == ["+I[1]", "-U[1]", "+U[2]", "-D[2]", "+I[3]"], good)
    found = [(int(row["place"].split("offset ")[1]), base64.b64decode(row["raw"]), row["column"]) for row in map(json.loads, dead)]
    expect(found == [(1, messages[1], None), (3, cut, "last_name"), (4, b"{}", None)], found)


def test_a_job_over_events_is_killed(servers, scratch):
    """What a restored job reads and writes goes on under the same schemas, and folds to what is left."""
    broker, registry = servers
    broker.make("events-from")
    broker.make("events-to")
    write = Writer(registry, ENVELOPE, "events-from")
    endless = {"scan.bounded.mode": None}
    script = table(broker, "events-from", CUSTOMERS, name="source", **debezium(registry.url), **endless)
    script += table(broker, "events-to", "k INT, n BIGINT NOT NULL, s BIGINT", name="target", **debezium(registry.url), **endless, **{"sink.delivery-guarantee": "exactly-once"})
    script += ("SET 'execution.checkpointing.interval' = '200 ms';\nCREATE JOB flow AS INSERT INTO target SELECT MOD(id, 10), COUNT(*), SUM(birthday) FROM source GROUP BY MOD(id, 10);\n"
               "WAIT FOR JOB flow UNTIL FINISHED;\n")
    path = scratch.write("events.sql", script)
    read = reader(registry, "events-to")
    left = {}
    for turn in range(3):
        events = []
        for number in range(turn * 500, turn * 500 + 500):
            left[number] = customer(number, None, number)
            events.append(event("c", None, left[number], number))
            if number % 3 == 0:
                row = customer(number, "x", -number)
                events.append(event("u", left[number], row, number))
                left[number] = row
            if number % 5 == 0:
                events.append(event("d", left.pop(number), None, number))
        broker.send("events-from", [write(one) for one in events])
        wanted = collections.Counter((("k", k), ("n", len(group)), ("s", sum(row["birthday"] for row in group)))
                                     for k in range(10) for group in [[row for row in left.values() if row["id"] % 10 == k]] if group)
        job = subprocess.Popen([program(), "run", path], cwd=scratch.path, env=scratch.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        end = time.monotonic() + PATIENCE
        while folded(broker.read("events-to"), read)[0] != wanted:
            expect(job.poll() is None, job.poll() is not None and job.stdout.read().decode())
            expect(time.monotonic() < end, f"{folded(broker.read('events-to'), read)[0]} and not {wanted}")
            time.sleep(0.2)
        job.kill()
        job.wait()


def main():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    jars, why = installed.place(HERE, program(), "pom.xml", "kafka", ["java", "-version"],
                                ["mvn", "-q", "-B", "-f", "pom.xml", "dependency:copy-dependencies", "-DoutputDirectory=PLACE"])
    place, python = None, None
    if jars is not None:
        place, why = installed.place(HERE, program(), "registry-pom.xml", "registry",
                                     ["mvn", "-q", "-B", "-f", "registry-pom.xml", "dependency:unpack-dependencies", "-DoutputDirectory=PLACE", "-DmarkersDirectory=PLACE/markers"])
    if place is not None:
        python, why = installed.place(HERE, program(), "requirements.txt", "kafka-python",
                                      [sys.executable, "-m", "pip", "install", "-q", "--target", "PLACE", "-r", "requirements.txt"])
    if python is None:
        for name in tests:
            print(f"SKIPPED kafka.avro.{name[5:]}: no registry can be had: {why}")
        print("files: 0 passed, 0 failed")
        return
    sys.path.insert(0, python)
    import broker as brokers  # noqa: PLC0415
    import registry as registries  # noqa: PLC0415
    with tempfile.TemporaryDirectory(prefix="weir-avro-") as folder:
        broker = brokers.Broker(jars, folder).start()
        registry = registries.Registry(place, os.path.join(folder, "registry"))
        try:
            registry.start()
            run_all({name: lambda scratch, test=test: test((broker, registry), scratch) for name, test in tests.items()})
        finally:
            broker.kill()
            registry.kill()


if __name__ == "__main__":
    main()
