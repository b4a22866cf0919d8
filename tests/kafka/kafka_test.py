#!/usr/bin/env python3
"""Tables over topics of a real Kafka broker (broker.py); what is written is read by Debian's python3-confluent-kafka, and
the other way round. A sixth of the tests a commit, as slices.py says; with names, those."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
import installed  # noqa: E402
import slices  # noqa: E402
import storm  # noqa: E402
from weir_shell import expect, program, run_all  # noqa: E402

PATIENCE = 300
NULL = "\\N"  # as --format tsv writes it


def options(broker, topic, **more):
    said = {"connector": "kafka", "topic": topic, "properties.bootstrap.servers": broker and broker.address, "format": "json",
            "scan.startup.mode": "earliest-offset", "scan.bounded.mode": "latest-offset", **more}
    return ", ".join(f"'{key}' = '{value}'" for key, value in said.items() if value is not None)


def table(broker, topic, columns, name="t", **more):
    return f"CREATE TABLE {name} ({columns}) WITH ({options(broker, topic, **more)});\n"


def rows(scratch, script, code=0):
    """The rows that a script prints, or, with another code, what it says."""
    done = subprocess.run([program(), "--format", "tsv", "-f", "-"], cwd=scratch.path, env=scratch.environment(), input=script, text=True,
                          capture_output=True, timeout=PATIENCE, check=False)
    expect(done.returncode == code, f"exit {done.returncode}: {done.stdout}{done.stderr}")
    return sorted(tuple(line.split("\t")) for line in done.stdout.splitlines()[1:]) if code == 0 else done.stderr


def until(true, what):
    end = time.monotonic() + PATIENCE
    while not true():
        expect(time.monotonic() < end, what)
        time.sleep(0.1)


def committed(scratch, folder="target"):
    """The lines of the files that readers see."""
    place = os.path.join(scratch.path, folder)
    lines = []
    for name in sorted(os.listdir(place) if os.path.isdir(place) else []):
        if name[0] in "._":
            continue
        with open(os.path.join(place, name), encoding="utf-8") as file:
            lines += file.read().splitlines()
    return lines


# --- reading --------------------------------------------------------------------------------------

def test_json(broker, scratch):
    broker.make("orders", 4)
    broker.send("orders", [json.dumps({"id": i, "item": f"item {i % 7}", "price": i / 4}) for i in range(5000)])
    script = table(broker, "orders", "id BIGINT, item STRING, price DECIMAL(10, 2)")
    expect(rows(scratch, script + "SELECT COUNT(*), SUM(id), SUM(price), COUNT(DISTINCT item) FROM t;") ==
           [("5000", str(sum(range(5000))), f"{sum(range(5000)) / 4:.2f}", "7")], "all of them, once")


def test_metadata(broker, scratch):
    broker.make("told", 2)
    broker.send("told", [{"value": '{"a": 1}', "partition": 1, "timestamp": 1700000000123,
                          "headers": [("x", b"first"), ("y", b"other"), ("x", b"last")]}])
    script = table(broker, "told", "a INT, topic STRING METADATA VIRTUAL, p INT METADATA FROM 'partition' VIRTUAL, "
                   "o BIGINT METADATA FROM 'offset' VIRTUAL, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, "
                   "kind STRING METADATA FROM 'timestamp-type' VIRTUAL, h MAP<STRING, BYTES> METADATA FROM 'headers' VIRTUAL")
    script += "SET 'table.local-time-zone' = 'UTC';\nSELECT o, a, p, topic, ts, kind, CAST(h['x'] AS STRING), CARDINALITY(h) FROM t;"
    expect(rows(scratch, script) == [("0", "1", "1", "told", "2023-11-14 22:13:20.123", "CreateTime", "last", "2")], rows(scratch, script))


def test_keys(broker, scratch):
    broker.make("keyed")
    broker.send("keyed", [{"key": '{"id": 7}', "value": '{"name": "a"}'}, {"value": '{"name": "b"}'}, {"key": '{"id": 9}', "value": '{"name": "c"}'}])
    keyed = {"key.format": "json", "key.fields": "id", "format": None, "value.format": "json", "value.json.ignore-parse-errors": "false"}
    script = table(broker, "keyed", "id INT, name STRING", **keyed, **{"value.fields-include": "EXCEPT_KEY"})
    expect(rows(scratch, script + "SELECT name, id FROM t;") == [("a", "7"), ("b", NULL), ("c", "9")], rows(scratch, script + "SELECT name, id FROM t;"))
    expect(rows(scratch, script + "SELECT name FROM t;") == [("a",), ("b",), ("c",)], "without the keys")
    prefixed = table(broker, "keyed", "k_id INT, name STRING", **{**keyed, "value.fields-include": "EXCEPT_KEY", "key.fields-prefix": "k_", "key.fields": "k_id"})
    expect(rows(scratch, prefixed + "SELECT k_id, name FROM t WHERE k_id > 7;") == [("9", "c")], "with a prefix")
    everything = table(broker, "keyed", "id INT, name STRING", **keyed)
    expect(rows(scratch, everything + "SELECT name, id FROM t;") == [("a", NULL), ("b", NULL), ("c", NULL)], "the values have all")
    said = rows(scratch, table(broker, "keyed", "id INT NOT NULL, name STRING", **keyed, **{"value.fields-include": "EXCEPT_KEY"}) + "SELECT id FROM t;", 4)
    expect("E3004" in said and "topic 'keyed', partition 0, offset 1" in said, said)


def test_messages_are_no_lines(broker, scratch):
    broker.make("odd")
    broker.send("odd", ['{\n  "a": 1,\n  "s": "one \\" two"\n}', '{"a": 2}\n', {"key": "gone", "value": None}, ' {"a": 3, "s": "x"} ', '\r\n{"a": 4}'])
    script = table(broker, "odd", "a INT, s STRING, o BIGINT METADATA FROM 'offset' VIRTUAL")
    expect(rows(scratch, script + "SELECT a, s, o FROM t;") == [("1", 'one " two', "0"), ("2", NULL, "1"), ("3", "x", "3"), ("4", NULL, "4")],
           rows(scratch, script + "SELECT a, s, o FROM t;"))
    broker.make("lines")
    broker.send("lines", ['1,"a\nb"', "2,c\n", '3,"d ""e"""'])
    script = table(broker, "lines", "a INT, s STRING", format="csv")
    expect(rows(scratch, script + "SELECT a, REPLACE(s, U&'\\000A', '|') FROM t;") == [("1", "a|b"), ("2", "c"), ("3", 'd "e"')],
           rows(scratch, script + "SELECT a, REPLACE(s, U&'\\000A', '|') FROM t;"))


def test_bad_messages(broker, scratch):
    for number, (bad, why) in enumerate({'{"a": 1': "", "": "the message is empty", "  ": "the message is empty", '{"a": "x\ny"}': "",
                                         '{"a": "\n"}': "", '{"a": 1}\n{"a": 2}': ""}.items()):
        topic = f"bad-{number}"
        broker.make(topic)
        broker.send(topic, ['{"a": 10}', bad, '{"a": 30}'])
        said = rows(scratch, table(broker, topic, "a INT") + "SELECT a FROM t;", 4)
        expect("E3005" in said and f"topic '{topic}', partition 0, offset 1" in said and why in said, f"{bad!r}: {said}")
        script = table(broker, topic, "a INT, o BIGINT METADATA FROM 'offset' VIRTUAL", **{"json.ignore-parse-errors": "true"})
        expect(rows(scratch, script + "SELECT a, o FROM t;") == [("10", "0"), ("30", "2")], f"{bad!r}: {rows(scratch, script + 'SELECT a, o FROM t;')}")
    broker.make("bad-csv")
    broker.send("bad-csv", ["1,a", "2,b\n3,c", '4,"d', "5,e"])
    said = rows(scratch, table(broker, "bad-csv", "a INT, s STRING", format="csv") + "SELECT a FROM t;", 4)
    expect("offset 1: the message has more than one record" in said, said)
    script = table(broker, "bad-csv", "a INT, s STRING", format="csv", **{"csv.ignore-parse-errors": "true"})
    expect(rows(scratch, script + "SELECT a, s FROM t;") == [("1", "a"), ("5", "e")], rows(scratch, script + "SELECT a, s FROM t;"))


def test_changes_of_debezium(broker, scratch):
    broker.make("changes")
    before, after = {"id": 1, "n": 5}, {"id": 1, "n": 6}
    broker.send("changes", [json.dumps(one) for one in ({"op": "c", "before": None, "after": before}, {"op": "c", "before": None, "after": {"id": 2, "n": 1}},
                                                        {"op": "u", "before": before, "after": after}, {"op": "d", "before": {"id": 2, "n": 1}, "after": None})]
                + [{"key": "2", "value": None}])
    script = table(broker, "changes", "id INT, n INT", format="debezium-json")
    expect(rows(scratch, script + "SELECT id, n, COUNT(*) FROM t GROUP BY id, n;") == [("1", "6", "1")], "what is left")
    script += "SET 'sql-client.execution.result-mode' = 'changelog';\nSELECT id, n FROM t;"
    expect(rows(scratch, script) == [("+I", "1", "5"), ("+I", "2", "1"), ("+U", "1", "6"), ("-D", "2", "1"), ("-U", "1", "5")], rows(scratch, script))
    script = table(broker, "changes", "id INT, n INT, o BIGINT METADATA FROM 'offset' VIRTUAL, PRIMARY KEY (id) NOT ENFORCED", format="debezium-json")
    expect(rows(scratch, script + "SELECT id, n, o FROM t;") == [("1", "6", "2")], "with the offset of its last change")


def test_where_it_begins_and_ends(broker, scratch):
    broker.make("span", 2)
    broker.send("span", [{"value": json.dumps({"a": i}), "partition": i % 2, "timestamp": 1_000_000 + i} for i in range(20)])

    def read(**more):
        return [int(a) for a, in rows(scratch, table(broker, "span", "a INT", **{key.replace("_", "-").replace("--", "."): value for key, value in more.items()})
                                      + "SELECT a FROM t;")]
    everything = list(range(20))
    expect(sorted(read()) == everything, "all")
    expect(sorted(read(scan__startup__mode="timestamp", scan__startup__timestamp_millis="1000013")) == everything[13:], "from a time")
    expect(read(scan__startup__mode="latest-offset") == [], "from the end to the end")
    expect(sorted(read(scan__startup__mode="specific-offsets", scan__startup__specific_offsets="partition:0,offset:8;partition:1,offset:9")) == [16, 18, 19], "offsets")
    expect(sorted(read(scan__bounded__mode="timestamp", scan__bounded__timestamp_millis="1000013")) == everything[:13], "to a time")
    expect(sorted(read(scan__bounded__mode="specific-offsets", scan__bounded__specific_offsets="partition:0,offset:2;partition:1,offset:1")) == [0, 1, 2], "to offsets")
    said = rows(scratch, table(broker, "span", "a INT", **{"scan.startup.mode": "group-offsets", "properties.group.id": "nobody"}) + "SELECT a FROM t;", 4)
    expect("the group 'nobody' has no offset" in said and "properties.auto.offset.reset" in said, said)
    expect(sorted(read(scan__startup__mode="group-offsets", properties__group__id="nobody", properties__auto__offset__reset="earliest")) == everything, "reset")
    import confluent_kafka  # noqa: PLC0415
    member = confluent_kafka.Consumer({"bootstrap.servers": broker.address, "group.id": "somebody"})
    member.commit(offsets=[confluent_kafka.TopicPartition("span", 0, 9), confluent_kafka.TopicPartition("span", 1, 8)], asynchronous=False)
    expect(sorted(read(scan__startup__mode="group-offsets", properties__group__id="somebody")) == [17, 18, 19], "of a group")


def test_rows_of_aborted_transactions_are_none(broker, scratch):
    broker.make("transactions")
    for number, commits in enumerate((True, False, True, False)):
        producer = broker.producer(transactional_id=f"id-{number}")
        producer.init_transactions(PATIENCE)
        producer.begin_transaction()
        for i in range(10):
            producer.produce("transactions", json.dumps({"a": number * 10 + i}))
        producer.flush(PATIENCE)
        (producer.commit_transaction if commits else producer.abort_transaction)(PATIENCE)
    script = table(broker, "transactions", "a INT")
    # The last offsets are those of an aborted transaction and of its end: the table ends all the same.
    expect(rows(scratch, script + "SELECT COUNT(*), SUM(a) FROM t;") == [("20", str(sum(range(10)) + sum(range(20, 30))))], "the committed ones")
    script = table(broker, "transactions", "a INT", **{"properties.isolation.level": "read_uncommitted"})
    expect(rows(scratch, script + "SELECT COUNT(*) FROM t;") == [("40",)], "all that are there")


def test_several_topics(broker, scratch):
    for name in ("many-a", "many-b", "other"):
        broker.make(name, 2)
        broker.send(name, [json.dumps({"s": name})] * 3)
    several = table(broker, "many-a;other", "s STRING")
    expect(rows(scratch, several + "SELECT s, COUNT(*) FROM t GROUP BY s;") == [("many-a", "3"), ("other", "3")], "by name")
    pattern = table(broker, None, "s STRING", **{"topic-pattern": "many-.*"})
    expect(rows(scratch, pattern + "SELECT s, COUNT(*) FROM t GROUP BY s;") == [("many-a", "3"), ("many-b", "3")], "by pattern")


def test_errors(broker, scratch):
    broker.make("payments")
    said = rows(scratch, table(broker, "payment", "a INT") + "SELECT a FROM t;", 4)
    expect("Kafka has no topic 'payment'" in said and 'did you mean "payments"?' in said, said)
    said = rows(scratch, table(broker, "payments", "a INT", **{"properties.bootstrap.server": "x"}) + "SELECT a FROM t;", 3)
    expect("Kafka's clients have no property of option 'properties.bootstrap.server'" in said and '"bootstrap.servers"' in said, said)
    said = rows(scratch, table(broker, "payments", "a INT", **{"properties.ssl.truststore.location": "a.jks"}) + "SELECT a FROM t;", 3)
    expect("E1002" in said and "properties.ssl.ca.location" in said, said)
    unreachable = table(broker, "payments", "a INT", **{"properties.bootstrap.servers": "127.0.0.1:1"})
    said = rows(scratch, unreachable + "SELECT a FROM t;", 4)
    expect("E4010" in said and "no broker of 'properties.bootstrap.servers' = '127.0.0.1:1' answers" in said and "Connection refused" in said, said)


def test_passwords_and_certificates(broker, scratch):
    import broker as brokers  # noqa: PLC0415
    ada, grace = "two words, and; more", "hopper"
    secure = brokers.SecureBroker(broker.jars, os.path.join(scratch.path, "secure"), ada, grace).start()

    def jaas(module, name, password):
        return f'org.apache.kafka.common.security.{module}LoginModule required username="{name}" password="{password}";'

    def told(protocol, address, **properties):
        return {"properties." + key: value for key, value in {"bootstrap.servers": address, "security.protocol": protocol, **properties}.items()}
    try:
        trust = {"ssl.truststore.location": os.path.join(secure.folder, "authority.pem"), "ssl.truststore.type": "PEM"}
        plain = {"sasl.mechanism": "PLAIN", "sasl.jaas.config": jaas("plain.Plain", "ada", ada)}
        client = os.path.join(secure.folder, "client")
        ways = {"plain": told("SASL_PLAINTEXT", secure.plain, **plain),
                "plain-tls": told("SASL_SSL", secure.sasl, **plain, **trust),
                "no-name": told("SASL_SSL", secure.sasl.replace("127.0.0.1", "localhost"), **plain, **trust, **{"ssl.endpoint.identification.algorithm": ""}),
                "store": told("SSL", secure.tls, **trust, **{"ssl.keystore.location": client + ".pem", "ssl.keystore.type": "PEM"}),
                "files": told("SSL", secure.tls, **{"ssl.ca.location": trust["ssl.truststore.location"], "ssl.certificate.location": client + ".crt",
                                                    "ssl.key.location": client + ".key"})}
        with open(trust["ssl.truststore.location"], encoding="ascii") as authority, open(client + ".crt", encoding="ascii") as certificate, \
                open(client + ".key", encoding="ascii") as key:
            ways["texts"] = told("SSL", secure.tls, **{"ssl.truststore.certificates": authority.read(), "ssl.keystore.certificate.chain": certificate.read(),
                                                       "ssl.keystore.key": key.read()})
        for number in (256, 512):
            ways[f"scram-{number}"] = told("SASL_SSL", secure.sasl, **trust, **{"sasl.mechanism": f"SCRAM-SHA-{number}",
                                                                              "sasl.jaas.config": jaas("scram.Scram", "grace", grace)})
        for topic, way in ways.items():
            secure.make(topic, 1)
            guarantee = ONCE if topic in ("plain-tls", "store") else {}
            script = table(secure, topic, "a INT", **way, **guarantee) + "INSERT INTO t VALUES (1), (2);\n"
            done = scratch.run("run", scratch.write(f"{topic}.sql", script))
            expect(done.returncode == 0, f"{topic}: {done.stdout}{done.stderr}")
            expect(rows(scratch, table(secure, topic, "a INT", **way) + "SELECT a FROM t;") == [("1",), ("2",)], topic)
        refused = {"Authentication failed": {**ways["plain"], "properties.sasl.jaas.config": jaas("plain.Plain", "ada", "another")},
                   "certificate verify failed": told("SASL_SSL", secure.sasl, **plain)}
        for why, way in refused.items():
            said = rows(scratch, table(secure, "plain", "a INT", **way) + "SELECT a FROM t;", 4)
            expect("E4010" in said and why in said, said)
        script = table(secure, "plain", "a INT", **refused["Authentication failed"]) + "INSERT INTO t VALUES (3);\n"
        done = scratch.run("run", scratch.write("refused.sql", "SET 'restart-strategy.type' = 'none';\n" + script))
        expect(done.returncode == 4 and "E4010" in done.stderr and "Authentication failed" in done.stderr, f"exit {done.returncode}: {done.stderr}")
    finally:
        secure.kill()


def test_waiting_for_a_broker_is_interrupted(_, scratch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = {"properties.bootstrap.servers": "%s:%d" % silent.getsockname(), "scan.bounded.mode": None}
        for statement, more in (("SELECT a FROM t;", {}), ("INSERT INTO t VALUES (1);", ONCE)):
            script = scratch.write("wait.sql", table(None, "payments", "a INT", **address, **more) + statement)
            waiting = scratch.start("-f", script)
            connection, _ = silent.accept()
            with connection:
                waiting.send_signal(signal.SIGINT)
                _, said = waiting.communicate(timeout=PATIENCE)
            # Without the interruption it says after half a minute that nobody answers.
            expect(waiting.returncode == 130 and "E4010" not in said, f"{statement}: exit {waiting.returncode}: {said}")


def test_a_cluster_that_is_away(_, scratch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = "%s:%d" % closed.getsockname()
    more = {"properties.bootstrap.servers": address, "scan.bounded.mode": None}
    said = os.path.join(scratch.path, "said")
    with open(said, "w", encoding="utf-8") as file:
        waiting = subprocess.Popen([program(), "run", scratch.write("away.sql", table(None, "payments", "a INT", **more) + "INSERT INTO t VALUES (1);")],
                                   cwd=scratch.path, env=scratch.environment(), stdin=subprocess.DEVNULL, stdout=file, stderr=file)

    def text():
        with open(said, encoding="utf-8") as file:
            return file.read()
    try:
        until(lambda: "unanswered request" in text(), "it says that nobody answers")
        expect(f"no broker of 'properties.bootstrap.servers' = '{address}'" in text() and "sent on" in text() and waiting.poll() is None, text())
    finally:
        waiting.kill()
        waiting.wait()


# --- jobs -----------------------------------------------------------------------------------------

FLOW = "SET 'execution.checkpointing.interval' = '200 ms';\nSET 'pipeline.name' = 'flow';\n"
FILES = "CREATE TABLE target (a INT, s STRING) WITH ('connector' = 'filesystem', 'path' = 'target', 'format' = 'csv');\n"


def test_a_job_is_killed(broker, scratch):
    broker.make("stream", 2)
    script = scratch.write("flow.sql", FLOW + FILES + table(broker, "stream", "a INT, s STRING", **{"scan.bounded.mode": None,
                           "scan.topic-partition-discovery.interval": "500 ms"}) + "INSERT INTO target SELECT a, UPPER(s) FROM t;\n")
    sent = 0
    for round_ in range(5):
        job = scratch.start("run", script)
        more = range(sent, sent + 3000)
        broker.send("stream", [json.dumps({"a": i, "s": f"x{i}"}) for i in more])
        sent = more.stop
        if round_ == 2:
            broker.add_partitions("stream", 5)
        before = len(committed(scratch))
        until(lambda before=before: len(committed(scratch)) > before or job.poll() is not None, "rows are committed")
        expect(job.poll() is None, f"it runs: {job.communicate()[1] if job.poll() is not None else ''}")
        job.send_signal(signal.SIGKILL)
        job.communicate(timeout=PATIENCE)
    job = scratch.start("run", script)
    until(lambda: len(committed(scratch)) >= sent, "all rows are committed")
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect(sorted(committed(scratch)) == sorted(f"{i},X{i}" for i in range(sent)), f"{len(committed(scratch))} of {sent} rows: {said}")


def test_topics_that_come_later(broker, scratch):
    more = {"topic-pattern": "later-.*", "scan.startup.mode": "latest-offset", "scan.bounded.mode": None, "scan.topic-partition-discovery.interval": "500 ms"}
    script = scratch.write("flow.sql", FLOW + FILES + table(broker, None, "a INT, s STRING", **more) + "INSERT INTO target SELECT a, s FROM t;\n")
    job = scratch.start("run", script)
    until(lambda: any("_metadata" in names for _, _, names in os.walk(scratch.path)) or job.poll() is not None, "a checkpoint without any partition")
    job.send_signal(signal.SIGTERM)
    job.communicate(timeout=PATIENCE)
    lines = []
    for topic, when in (("later-0", "while it did not run"), ("later-1", "while it ran")):
        broker.make(topic)
        broker.send(topic, [json.dumps({"a": a, "s": when}) for a in range(3)])
        lines += [f"{a},{when}" for a in range(3)]
        if topic == "later-0":
            job = scratch.start("run", script)
        until(lambda: len(committed(scratch)) >= len(lines) or job.poll() is not None, f"what was sent {when} is read")
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect(sorted(committed(scratch)) == sorted(lines), said)


def test_the_broker_is_killed(broker, scratch):
    broker.make("shaken", 2)
    script = scratch.write("flow.sql", FLOW + FILES + table(broker, "shaken", "a INT, s STRING", **{"scan.bounded.mode": None})
                           + "INSERT INTO target SELECT a, UPPER(s) FROM t;\n")
    broker.send("shaken", [json.dumps({"a": i, "s": f"x{i}"}) for i in range(1000)])
    job = scratch.start("run", script)
    until(lambda: len(committed(scratch)) == 1000, "the first rows are committed")
    broker.kill()
    time.sleep(2)
    broker.start()
    broker.send("shaken", [json.dumps({"a": i, "s": f"x{i}"}) for i in range(1000, 2000)])
    until(lambda: len(committed(scratch)) >= 2000, "those behind the broker's death are committed")
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect(sorted(committed(scratch)) == sorted(f"{i},X{i}" for i in range(2000)), said)


def test_what_is_deleted_before_it_was_read(broker, scratch):
    broker.make("kept-briefly")
    script = FLOW + FILES + table(broker, "kept-briefly", "a INT, s STRING", **{"scan.bounded.mode": None}) + "INSERT INTO target SELECT a, s FROM t;\n"
    broker.send("kept-briefly", [json.dumps({"a": i}) for i in range(100)])
    job = scratch.start("run", scratch.write("flow.sql", script))
    until(lambda: len(committed(scratch)) == 100, "the first rows are committed")
    job.send_signal(signal.SIGTERM)
    job.communicate(timeout=PATIENCE)
    broker.send("kept-briefly", [json.dumps({"a": i}) for i in range(100, 300)])
    offsets = os.path.join(scratch.path, "delete.json")
    with open(offsets, "w", encoding="utf-8") as file:
        json.dump({"partitions": [{"topic": "kept-briefly", "partition": 0, "offset": 200}], "version": 1}, file)
    broker.java("org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server", broker.address, "--offset-json-file", offsets)
    failing = scratch.write("failing.sql", "SET 'restart-strategy.type' = 'none';\n" + script)
    done = scratch.run("run", failing)
    expect(done.returncode in (3, 4) and "E3006" in done.stderr and "offset 100, is deleted" in done.stderr and "'scan.out-of-range'" in done.stderr, done.stderr)
    going_on = scratch.write("on.sql", script.replace("'format' = 'json'", "'format' = 'json', 'scan.out-of-range' = 'earliest'"))
    job = scratch.start("-D", "execution.restore-policy=auto", "run", going_on)
    until(lambda: len(committed(scratch)) >= 200, "what is left is committed")
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect(sorted(int(line.split(",")[0]) for line in committed(scratch)) == [*range(100), *range(200, 300)], said)
    expect("100 skipped" in said and "goes on at 200" in said, said)


def test_another_cluster(broker, scratch):
    import broker as brokers  # noqa: PLC0415
    other = brokers.Broker(broker.jars, os.path.join(scratch.path, "other")).start()
    try:
        for cluster, numbers_ in ((broker, range(10)), (other, range(100, 120))):
            cluster.make("mirrored")
            cluster.send("mirrored", [json.dumps({"a": a}) for a in numbers_])

        def flow(cluster, **more):
            return scratch.write("flow.sql", "SET 'restart-strategy.type' = 'none';\n" + FLOW + FILES + table(cluster, "mirrored", "a INT, s STRING", **{
                "scan.bounded.mode": None, **more}) + "INSERT INTO target SELECT a, s FROM t;\n")
        job = scratch.start("run", flow(broker))
        until(lambda: len(committed(scratch)) == 10 or job.poll() is not None, "the rows of the first are committed")
        job.send_signal(signal.SIGTERM)
        job.communicate(timeout=PATIENCE)
        done = scratch.run("-D", "execution.restore-policy=auto", "run", flow(other))
        expect(done.returncode != 0 and "'scan.other-cluster' = 'accept'" in done.stderr and "topic 'mirrored', partition 0" in done.stderr, done.stderr)
        job = scratch.start("-D", "execution.restore-policy=auto", "run", flow(other, **{"scan.other-cluster": "accept"}))
        until(lambda: len(committed(scratch)) >= 20 or job.poll() is not None, "it goes on at the same offset")
        job.send_signal(signal.SIGTERM)
        _, said = job.communicate(timeout=PATIENCE)
        expect(sorted(int(line.split(",")[0]) for line in committed(scratch)) == [*range(10), *range(110, 120)], said)
    finally:
        other.kill()


# --- writing --------------------------------------------------------------------------------------

INLINE = "CREATE TABLE source (id INT, name STRING) WITH ('connector' = 'inline', 'rows' = '1,a;2,b;3,c');\n"


def test_writing(broker, scratch):
    broker.make("written", 3)
    source = "CREATE TABLE source (id INT, name STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '5000', 'rows-per-second' = '0', " \
             "'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '4999');\n"
    keyed = {"key.format": "json", "key.fields": "id", "value.format": "json", "format": None, "value.fields-include": "EXCEPT_KEY"}
    script = scratch.write("a.sql", source + table(broker, "written", "id INT, name STRING", **keyed) + "INSERT INTO t SELECT id, CONCAT('n', CAST(id AS STRING)) FROM source;\n")
    done = scratch.run("run", script)
    expect(done.returncode == 0, done.stderr)
    found = broker.read("written")
    expect(sorted((json.loads(m.key())["id"], json.loads(m.value())["name"]) for m in found) == [(i, f"n{i}") for i in range(5000)], f"{len(found)} messages")
    # The Java client puts equal keys into the partition that its hash says: murmur2.
    expect(all(m.partition() == (murmur2(m.key()) & 0x7FFFFFFF) % 3 for m in found), "by the key")


def murmur2(data):
    """As org.apache.kafka.common.utils.Utils."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = (0x9747B28C ^ len(data)) & mask
    for i in range(0, len(data) // 4 * 4, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    rest = data[len(data) // 4 * 4:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def test_writing_in_turn_and_changes(broker, scratch):
    broker.make("turn", 3)
    broker.make("totals")
    source = "CREATE TABLE source (id INT, name STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '30', 'rows-per-second' = '0', " \
             "'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '29');\n"
    script = source + table(broker, "turn", "id INT", "turns", **{"sink.partitioner": "round-robin"}) + table(broker, "totals", "k INT, n BIGINT", "totals", format="debezium-json")
    script += "INSERT INTO turns SELECT id FROM source;\nINSERT INTO totals SELECT MOD(id, 2), COUNT(*) FROM source GROUP BY MOD(id, 2);\n"
    done = scratch.run("run", scratch.write("a.sql", script))
    expect(done.returncode == 0, done.stderr)
    found = broker.read("turn")
    expect(sorted(m.partition() for m in found) == [0] * 10 + [1] * 10 + [2] * 10, "each partition its share")
    left = {}
    for message in broker.read("totals"):
        change = json.loads(message.value())
        left[change["op"]] = left.get(change["op"], 0) + 1
    expect(left["c"] - left.get("d", 0) == 2, left)
    back = table(broker, "totals", "k INT, n BIGINT", format="debezium-json")
    expect(rows(scratch, back + "SELECT k, n FROM t;") == [("0", "15"), ("1", "15")], "what Weir itself reads")


def test_nothing_is_lost_between_topics(broker, scratch):
    broker.make("from", 2)
    broker.make("to", 2)
    script = scratch.write("flow.sql", FLOW + table(broker, "from", "a INT", "source", **{"scan.bounded.mode": None}) + table(broker, "to", "a INT", "target")
                           + "INSERT INTO target SELECT a FROM source;\n")
    sent = 0
    for _ in range(4):
        job = scratch.start("run", script)
        broker.send("from", [json.dumps({"a": i}) for i in range(sent, sent + 2000)])
        sent += 2000
        until(lambda: len(broker.read("to")) > sent - 2000 or job.poll() is not None, "rows arrive")
        expect(job.poll() is None, f"it runs: {job.communicate()[1] if job.poll() is not None else ''}")
        job.send_signal(signal.SIGKILL)
        job.communicate(timeout=PATIENCE)
    job = scratch.start("run", script)
    until(lambda: len({m.value() for m in broker.read("to")}) == sent, "every row arrives")
    job.send_signal(signal.SIGTERM)
    job.communicate(timeout=PATIENCE)


# --- upserts --------------------------------------------------------------------------------------

UPSERT = {"connector": "upsert-kafka", "format": None, "key.format": "json", "value.format": "json", "scan.startup.mode": None}


def upserts(broker, topic, columns, name="t", **more):
    return table(broker, topic, columns, name, **{**UPSERT, **more})


def change(key, value):
    """A message of an upsert topic; a value of None deletes the key."""
    return {"key": json.dumps(key), "value": None if value is None else json.dumps(value)}


def folded(broker, topic):
    """What is left of a topic, by the text of its keys."""
    left = {}
    for message in broker.read(topic):
        key = message.key().decode()
        left.pop(key, None)
        if message.value() is not None:
            left[key] = json.loads(message.value())
    return left


def test_upserts_are_read(broker, scratch):
    broker.make("regions")
    sent = [change({"r": "a"}, {"r": "a", "n": 1}), change({"r": "b"}, {"r": "b", "n": 2}), change({"r": "a"}, None), change({"r": "c"}, {"r": "c", "n": 3}),
            change({"r": "b"}, {"r": "b", "n": 4}), change({"r": "d"}, None), change({"r": "a"}, {"r": "a", "n": 5}), change({"r": "c"}, None)]
    broker.send("regions", sent)
    aborted = broker.producer(transactional_id="upserts")
    aborted.init_transactions(PATIENCE)
    aborted.begin_transaction()
    aborted.produce("regions", **change({"r": "a"}, None))
    aborted.flush(PATIENCE)
    aborted.abort_transaction(PATIENCE)
    script = upserts(broker, "regions", "r STRING, n INT NOT NULL, o BIGINT METADATA FROM 'offset' VIRTUAL, PRIMARY KEY (r) NOT ENFORCED")
    expect(rows(scratch, script + "SELECT r, n, o FROM t;") == [("a", "5", "6"), ("b", "4", "4")], "the last rows")
    expect(rows(scratch, script + "SELECT SUM(n), COUNT(*) FROM t;") == [("9", "2")], "and their sums")
    expect(rows(scratch, script + "SELECT n FROM t WHERE r = 'b';") == [("4",)], "of a key")
    # One at a time each change is seen.
    changes = script + "SET 'pipeline.batch-size' = '1';\nSET 'sql-client.execution.result-mode' = 'changelog';\nSELECT r, n FROM t;"
    expect(rows(scratch, changes) == sorted([("+I", "a", "1"), ("+I", "b", "2"), ("-D", "a", "1"), ("+I", "c", "3"), ("-U", "b", "2"), ("+U", "b", "4"),
                                             ("+I", "a", "5"), ("-D", "c", "3")]), rows(scratch, changes))
    timed = upserts(broker, "regions", "r STRING, n INT, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, late AS CASE WHEN n > 0 THEN ts END, "
                    "WATERMARK FOR late AS late - INTERVAL '1' SECOND, PRIMARY KEY (r) NOT ENFORCED")
    expect(rows(scratch, timed + "SELECT r, n FROM t;") == [("a", "5"), ("b", "4")], "a deletion without a time")


def test_keys_of_upserts(broker, scratch):
    broker.make("elsewhere", 3)
    broker.send("elsewhere", [change({"x": i % 5, "y": f"y{i % 5}"}, None if i % 10 == 3 else {"x": f"other {i}"}) for i in range(20)])
    script = upserts(broker, "elsewhere", "x STRING, k_y STRING, k_x INT, PRIMARY KEY (k_x, k_y) NOT ENFORCED",
                     **{"value.fields-include": "EXCEPT_KEY", "key.fields-prefix": "k_"})
    expect(rows(scratch, script + "SELECT k_x, k_y, x FROM t;") == [(str(k), f"y{k}", f"other {15 + k}") for k in range(5)], "keys and values apart")
    broker.make("keyless")
    broker.send("keyless", [change({"id": 1}, {"id": 1}), {"value": '{"id": 2}'}, {"key": "{", "value": '{"id": 3}'}, change({"id": 4}, {"id": 4})])
    said = rows(scratch, upserts(broker, "keyless", "id INT, PRIMARY KEY (id) NOT ENFORCED") + "SELECT id FROM t;", 4)
    expect("topic 'keyless', partition 0, offset" in said and "E3005" in said, said)
    script = upserts(broker, "keyless", "id INT, PRIMARY KEY (id) NOT ENFORCED", **{"key.json.ignore-parse-errors": "true"})
    expect(rows(scratch, script + "SELECT id FROM t;") == [("1",), ("4",)], "messages without a key are left out")


DEAD = "CREATE TABLE dead (raw STRING, place STRING, `column` STRING, message STRING, `time` TIMESTAMP_LTZ(3)) " \
       "WITH ('connector' = 'filesystem', 'path' = 'dead', 'format' = 'json');\n" \
       "CREATE TABLE good (k INT, v INT) WITH ('connector' = 'filesystem', 'path' = 'good', 'format' = 'changelog');\n"


def bad_and_good(scratch, script):
    """What the job writes: the rows of `good` in their order, and (offset, raw, column) of `dead`."""
    done = scratch.run("run", "-D", "parallelism.default=1", scratch.write("bad.sql", DEAD + script))
    expect(done.returncode == 0, done.stderr)
    good = [line for path in sorted((Path(scratch.path) / "good").glob("[!.]*")) for line in path.read_text().splitlines()]
    dead = [json.loads(line) for path in sorted((Path(scratch.path) / "dead").glob("[!.]*")) for line in path.read_text().splitlines()]
    return good, [(int(row["place"].split("offset ")[1]), row["raw"], row["column"]) for row in dead]


def test_bad_messages_go_into_a_table(broker, scratch):
    broker.make("mixed")
    broker.send("mixed", [change({"k": 1}, {"v": 1}), {"key": '{"k": "x"}', "value": '{"v": 2}'}, {"value": '{"v": 3}'}, change({"k": 4}, {"v": "y"}),
                          change({"k": 5}, {"v": 5}), {"key": "{", "value": "["}, {"key": '{"k": 7}', "value": '{"v":\n"z\n"}'}, change({"k": 8}, None),
                          change({"k": 9}, {"v": 9})])
    keyed = {"key.format": "json", "key.fields": "k", "value.fields-include": "EXCEPT_KEY", "format": None, "value.format": "json"}
    script = table(broker, "mixed", "k INT, v INT", **keyed, **{"errors.table": "dead"})
    good, dead = bad_and_good(scratch, script + "INSERT INTO good SELECT k, v FROM t;")
    expect(good == ["+I[1, 1]", "+I[NULL, 3]", "+I[5, 5]", "+I[9, 9]"], good)
    expect(dead == [(1, '{"k": "x"}', "k"), (3, '{"v": "y"}', "v"), (5, "{", None), (6, '{"v":\n"z\n"}', None)], dead)
    left_out = table(broker, "mixed", "k INT, v INT", **keyed, **{"key.json.ignore-parse-errors": "true", "value.json.ignore-parse-errors": "true"})
    found = rows(scratch, left_out + "SELECT k, v FROM t;")
    expect(found == [("1", "1"), ("5", "5"), ("9", "9"), ("\\N", "3")], "what is left out is the same")
    expect(rows(scratch, DEAD + script + "SELECT k, v FROM t;") == [("1", "1"), ("5", "5"), ("9", "9"), ("\\N", "3")], "a SELECT leaves it out, too")


def test_bad_upserts_go_into_a_table(broker, scratch):
    broker.make("mixed-upserts")
    broker.send("mixed-upserts", [change({"k": 1}, {"k": 1, "v": 1}), change({"k": 2}, {"k": 2, "v": 2}), change({"k": 1}, None), {"key": "{", "value": None},
                                  {"value": '{"k": 3, "v": 3}'}, change({"k": 2}, {"k": 2, "v": "x"}), change({"k": 2}, None), change({"k": 4}, {"k": 4, "v": 4}),
                                  {"value": None}, change({"k": 4}, {"k": 4, "v": 5})])
    script = upserts(broker, "mixed-upserts", "k INT, v INT, PRIMARY KEY (k) NOT ENFORCED", **{"errors.table": "dead"})
    good, dead = bad_and_good(scratch, "SET 'pipeline.batch-size' = '1';\n" + script + "INSERT INTO good SELECT k, v FROM t;")
    expect(good == ["+I[1, 1]", "+I[2, 2]", "-D[1, 1]", "-D[2, 2]", "+I[4, 4]", "-U[4, 4]", "+U[4, 5]"], good)
    expect(dead == [(3, "{", None), (4, '{"k": 3, "v": 3}', "k"), (5, '{"k": 2, "v": "x"}', "v"), (8, "", "k")], dead)


def test_topics_of_upserts(broker, scratch):
    for name in ("upserts-a", "upserts-b"):
        broker.make(name)
        broker.send(name, [{**change({"k": f"{name} {i}"}, {"n": i}), "timestamp": 1_000_000 + i} for i in range(10)])

    def count(**more):
        script = upserts(broker, None, "k STRING, n INT, PRIMARY KEY (k) NOT ENFORCED",
                         **{"topic-pattern": "upserts-.", "value.fields-include": "EXCEPT_KEY", "properties.client.id": "weir", **more})
        return rows(scratch, script + "SELECT COUNT(*), SUM(n) FROM t;")
    expect(count() == [("20", "90")], "by pattern")
    expect(count(**{"scan.bounded.mode": "timestamp", "scan.bounded.timestamp-millis": "1000003"}) == [("6", "6")], "to a time")
    expect(count(**{"scan.bounded.mode": "specific-offsets", "scan.bounded.specific-offsets": "partition:0,offset:2"}) == [("4", "2")], "to offsets")


def test_upserts_of_a_compacted_topic(broker, scratch):
    broker.make("compacted", 1, cleanup_policy="compact", segment_ms="100", min_cleanable_dirty_ratio="0.001", delete_retention_ms="0")
    end = time.monotonic() + PATIENCE
    sent = 0
    while True:
        broker.send("compacted", [change({"k": k}, {"k": k, "n": sent}) for k in range(10)])
        sent += 1
        found = broker.read("compacted")
        if len(found) < 10 * sent - 20:
            break
        expect(time.monotonic() < end, "the broker compacts")
        time.sleep(0.5)
    broker.send("compacted", [change({"k": 9}, None)])
    script = upserts(broker, "compacted", "k INT, n INT, PRIMARY KEY (k) NOT ENFORCED")
    expect(rows(scratch, script + "SELECT k, n FROM t;") == [(str(k), str(sent - 1)) for k in range(9)], "over the gaps")


CHANGES = """CREATE TABLE source (k INT, n INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', 'changelog' = 'true', 'rows' = '
  +I[1, 10]
  +I[2, 20]
  +U[1, 11]
  -D[2, 20]
  +I[3, 30]
  +U[1, 12]');
"""


def test_upserts_are_written(broker, scratch):
    broker.make("kept", 2)
    one = upserts(broker, "kept", "k INT, n INT, PRIMARY KEY (k) NOT ENFORCED")
    done = scratch.run("-D", "pipeline.batch-size=1", "run", scratch.write("a.sql", CHANGES + one + "INSERT INTO t SELECT k, n FROM source;\n"))
    expect(done.returncode == 0, done.stderr)
    found = sorted((m.key().decode(), m.offset(), m.value()) for m in broker.read("kept") if m.key() == b'{"k":1}' or m.value() is None)
    expect([value for key, _, value in found if key == '{"k":1}'] == [b'{"k":1,"n":10}', b'{"k":1,"n":11}', b'{"k":1,"n":12}'], found)
    expect([key for key, _, value in found if value is None] == ['{"k":2}'], found)
    expect(folded(broker, "kept") == {'{"k":1}': {"k": 1, "n": 12}, '{"k":3}': {"k": 3, "n": 30}}, folded(broker, "kept"))
    expect(rows(scratch, one + "SELECT k, n FROM t;") == [("1", "12"), ("3", "30")], "and read again")


def test_rows_that_leave_their_key(broker, scratch):
    """Only the old row of an update says so: it is a tombstone."""
    for size in ("1", "4096"):
        for name, key, query, left in (("moved", "k, n", "SELECT k, n FROM source", {'{"k":1,"n":12}': {"k": 1, "n": 12}, '{"k":3,"n":30}': {"k": 3, "n": 30}}),
                                       ("filtered", "k", "SELECT k, n FROM source WHERE n <> 12", {'{"k":3}': {"k": 3, "n": 30}})):
            topic = f"{name}-{size}"
            broker.make(topic, 2)
            script = CHANGES + upserts(broker, topic, f"k INT, n INT, PRIMARY KEY ({key}) NOT ENFORCED") + f"INSERT INTO t {query};\n"
            done = scratch.run("-D", f"pipeline.batch-size={size}", "run", scratch.write("a.sql", script))
            expect(done.returncode == 0, done.stderr)
            expect(folded(broker, topic) == left, f"{query}, in batches of {size}: {folded(broker, topic)}")


def test_rows_of_a_key_stay_in_order(broker, scratch):
    broker.make("ordered", 3)
    source = "CREATE TABLE source (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '20000', 'rows-per-second' = '0', " \
             "'fields.a.kind' = 'sequence', 'fields.a.start' = '0', 'fields.a.end' = '19999');\n"
    totals = upserts(broker, "ordered", "k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED", **{"sink.parallelism": "3", "value.fields-include": "EXCEPT_KEY"})
    script = source + totals + "INSERT INTO t SELECT MOD(a, 100), COUNT(*) FROM source GROUP BY MOD(a, 100);\n"
    done = scratch.run("-D", "parallelism.default=2", "-D", "pipeline.batch-size=64", "run", scratch.write("a.sql", script))
    expect(done.returncode == 0, done.stderr)
    seen = {}
    for message in broker.read("ordered"):
        number = json.loads(message.value())["n"]
        expect(number > seen.get(message.key(), 0), f"{message.key()}: {number} after {seen.get(message.key())}")
        seen[message.key()] = number
    expect(list(seen.values()) == [200] * 100, "all of them")


def test_the_last_rows_are_written(broker, scratch):
    broker.make("latest", 1)
    broker.make("few", 1)
    broker.send("latest", [json.dumps({"a": i}) for i in range(1000)])
    source = table(broker, "latest", "a INT", "source", **{"scan.bounded.mode": None})
    few = upserts(broker, "few", "k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED", **{"sink.buffer-flush.max-rows": "1000", "sink.buffer-flush.interval": "1 s"})
    script = FLOW.replace("'200 ms'", "'1 h'") + "SET 'pipeline.batch-size' = '10';\n" + source + few + "INSERT INTO t SELECT MOD(a, 5), COUNT(*) FROM source GROUP BY MOD(a, 5);\n"
    job = scratch.start("run", scratch.write("a.sql", script))
    # Without a checkpoint, and with no more rows that could bring it about.
    until(lambda: [row["n"] for row in folded(broker, "few").values()] == [200] * 5 or job.poll() is not None, "time brings them out")
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect([row["n"] for row in folded(broker, "few").values()] == [200] * 5, said)
    expect(len(broker.read("few")) < 300, f"{len(broker.read('few'))} messages of 500 changes")


def test_upserts_exactly_once(broker, scratch):
    broker.make("counted", 2)
    broker.make("counts", 2)
    script = scratch.write("flow.sql", FLOW + table(broker, "counted", "a INT", "source", **{"scan.bounded.mode": None})
                           + upserts(broker, "counts", "k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED", "target", **ONCE)
                           + "INSERT INTO target SELECT MOD(a, 10), COUNT(*) FROM source GROUP BY MOD(a, 10);\n")
    sent = 0
    for _ in range(3):
        job = scratch.start("run", script)
        broker.send("counted", [json.dumps({"a": i}) for i in range(sent, sent + 1000)])
        sent += 1000
        until(lambda: sum(row["n"] for row in folded(broker, "counts").values()) > sent - 1000 or job.poll() is not None, "counts arrive")
        expect(job.poll() is None, f"it runs: {job.communicate()[1] if job.poll() is not None else ''}")
        job.send_signal(signal.SIGKILL)
        job.communicate(timeout=PATIENCE)
    job = scratch.start("run", script)
    until(lambda: sum(row["n"] for row in folded(broker, "counts").values()) == sent or job.poll() is not None, "all are counted")
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect([row["n"] for row in folded(broker, "counts").values()] == [sent // 10] * 10, said)
    numbers_ = {}
    for message in broker.read("counts"):
        numbers_.setdefault(message.key(), []).append(json.loads(message.value())["n"])
    for key, of_key in numbers_.items():
        expect(of_key == sorted(set(of_key)), f"{key}: none twice, and in order: {of_key}")


# --- the page -------------------------------------------------------------------------------------

def script_of_the_page(broker, title, **renamed):
    """A script of docs/connectors.md, with other names of topics."""
    with open(os.path.join(HERE, "..", "..", "docs", "connectors.md"), encoding="utf-8") as file:
        section = re.search(r"^## Six scripts over topics\n(.*?)^## ", file.read(), re.M | re.S).group(1)
    found = re.search(rf"^{title}.*?```sql\n(.*?)```", section, re.M | re.S).group(1).replace("localhost:9092", broker.address)
    for name, other in renamed.items():
        found = found.replace(f"'topic' = '{name}'", f"'topic' = '{other}'")
    return found


def runs_until(scratch, script, true, what):
    job = scratch.start("run", scratch.write("page.sql", script))
    until(lambda: true() or job.poll() is not None, what)
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect(true(), f"{what}: {said}")


def values(broker, topic):
    return [json.loads(message.value()) for message in broker.read(topic)]


SOLD = [("tea", 1.5), ("cake", 2.25), ("tea", 2.5)]


def test_the_page_reads_json(broker, scratch):
    broker.make("page-read", 2)
    broker.send("page-read", [json.dumps({"id": i, "item": item, "price": price}) for i, (item, price) in enumerate(SOLD)])
    found = rows(scratch, script_of_the_page(broker, "Read JSON", orders="page-read"))
    expect(found == [("cake", "1", "2.25"), ("tea", "2", "4.00")], found)


def test_the_page_writes_windows(broker, scratch):
    broker.make("page-orders")
    broker.make("page-revenue")
    broker.send("page-orders", [{"value": json.dumps({"item": item, "price": price}), "timestamp": 1_700_000_000_000 + time_}
                                for (item, price), time_ in zip([*SOLD, ("end", 0)], (0, 1000, 2000, 120_000))])
    runs_until(scratch, script_of_the_page(broker, "Windows into a topic", orders="page-orders", revenue="page-revenue"),
               lambda: sorted((row["item"], row["revenue"]) for row in values(broker, "page-revenue")) == [("cake", 2.25), ("tea", 4)], "the windows come")


def test_the_page_writes_upserts(broker, scratch):
    broker.make("page-sold")
    broker.make("page-totals", 2)
    broker.send("page-sold", [json.dumps({"item": item, "price": price}) for item, price in SOLD])
    runs_until(scratch, script_of_the_page(broker, "A result that changes", orders="page-sold", totals="page-totals"),
               lambda: sorted((row["item"], row["orders"], row["revenue"]) for row in folded(broker, "page-totals").values())
               == [("cake", 1, 2.25), ("tea", 2, 4)], "the totals come")


def test_the_page_joins_topics(broker, scratch):
    for topic in ("page-ordered", "page-payments", "page-paid"):
        broker.make(topic)
    at, minute = 1_700_000_000_000, 60_000
    broker.send("page-ordered", [{"value": json.dumps({"id": i, "item": item}), "timestamp": at} for i, (item, _) in enumerate(SOLD)])
    broker.send("page-payments", [{"value": json.dumps({"order_id": i, "amount": SOLD[i][1]}), "timestamp": at + minutes * minute}
                                  for i, minutes in ((2, 1), (0, 59), (1, 61))])
    runs_until(scratch, script_of_the_page(broker, "A join of two topics", orders="page-ordered", payments="page-payments", paid="page-paid"),
               lambda: sorted((row["id"], row["item"], row["amount"]) for row in values(broker, "page-paid")) == [(0, "tea", 1.5), (2, "tea", 2.5)],
               "what was paid in time comes")


def test_the_page_reads_debezium(broker, scratch):
    broker.make("page-customers")
    first, second = ({"id": id_, "name": "a", "town": "Ulm"} for id_ in (1, 2))
    broker.send("page-customers", [json.dumps(one) for one in ({"op": "c", "before": None, "after": first}, {"op": "c", "before": None, "after": second},
                                                               {"op": "u", "before": first, "after": {**first, "town": "Jena"}})])
    found = rows(scratch, script_of_the_page(broker, "Debezium", **{"shop.customers": "page-customers"}))
    expect(found == [("Jena", "1"), ("Ulm", "1")], found)


def test_the_page_keeps_dead_letters(broker, scratch):
    for topic in ("page-arrived", "page-good", "page-dead"):
        broker.make(topic)
    broker.send("page-arrived", ['{"id": 1, "item": "tea"}', '{"id": 2, "item"', '{"item": "cake"}', '{"id": 4, "item": "cake"}'])
    runs_until(scratch, script_of_the_page(broker, "Dead letters", orders="page-arrived", good="page-good", dead="page-dead"),
               lambda: [row["id"] for row in values(broker, "page-good")] == [1, 4]
               and [(row["raw"], row["place"], row["column"]) for row in values(broker, "page-dead")]
               == [('{"id": 2, "item"', "topic 'page-arrived', partition 0, offset 1", None),
                   ('{"item": "cake"}', "topic 'page-arrived', partition 0, offset 2", "id")],
               "each goes where it belongs")


# --- exactly once ---------------------------------------------------------------------------------

ONCE = {"sink.delivery-guarantee": "exactly-once"}


def numbers(broker, topic, **config):
    return sorted(json.loads(m.value())["a"] for m in broker.read(topic, **config))


def counting(rows_):
    return "CREATE TABLE source (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '%d', 'rows-per-second' = '0', " \
           "'fields.a.kind' = 'sequence', 'fields.a.start' = '0', 'fields.a.end' = '%d');\n" % (rows_, rows_ - 1)


def flow_once(broker, source, target, **more):
    return FLOW + table(broker, source, "a INT", "source", **{"scan.bounded.mode": None}) + table(broker, target, "a INT", "target", **ONCE, **more) \
        + "INSERT INTO target SELECT a FROM source;\n"


def test_exactly_once_to_the_end(broker, scratch):
    broker.make("once", 3)
    script = counting(20000) + table(broker, "once", "a INT", **ONCE, **{"sink.partitioner": "round-robin"}) + "INSERT INTO t SELECT a FROM source;\n"
    done = scratch.run("run", scratch.write("a.sql", script))
    expect(done.returncode == 0, done.stderr)
    expect(numbers(broker, "once") == list(range(20000)), "all of them, once")
    plan = scratch.run("-c", script.replace("INSERT", "EXPLAIN INSERT"))
    expect("exactly-once" in plan.stdout and "at-least-once" not in plan.stdout, plan.stdout + plan.stderr)
    memory = scratch.run("-D", "execution.checkpointing.storage=jobmanager", "-D", "execution.checkpointing.interval=1s", "run",
                         scratch.write("b.sql", script))
    expect(memory.returncode != 0 and "E6002" in memory.stderr, memory.stderr)


def test_subtasks_do_not_end_transactions_of_each_other(broker, scratch):
    broker.make("apart", 3)
    broker.make("apart-from", 3)
    broker.send("apart-from", [{"value": json.dumps({"a": i}), "partition": i % 3} for i in range(3000)])
    script = FLOW + table(broker, "apart-from", "a INT", "source") + table(broker, "apart", "a INT", "target", **ONCE) + "INSERT INTO target SELECT a FROM source;\n"
    done = subprocess.run([program(), "-D", "parallelism.default=3", "run", scratch.write("a.sql", script)], cwd=scratch.path, env=scratch.environment(),
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    expect(done.returncode == 0, done.stderr)
    expect(numbers(broker, "apart") == list(range(3000)), "all of them, once")
    sent = len(broker.read("apart", **{"isolation.level": "read_uncommitted"}))
    expect(sent == 3000, f"nothing is sent again: {sent}")


def test_transactional_ids(broker, scratch):
    broker.make("named")
    script = counting(10) + table(broker, "named", "a INT", **ONCE, **{"sink.transactional-id-prefix": "mine"}) + "INSERT INTO t SELECT a FROM source;\n"
    done = scratch.run("run", scratch.write("a.sql", script))
    expect(done.returncode == 0, done.stderr)
    listed = broker.java("org.apache.kafka.tools.TransactionsCommand", "--bootstrap-server", broker.address, "list")
    expect(any(line.startswith("mine-") for line in listed.splitlines()), listed)


def test_what_is_not_committed_is_not_seen(broker, scratch):
    broker.make("before", 1)
    broker.make("hidden", 1)
    broker.send("before", [json.dumps({"a": i}) for i in range(100)])
    script = scratch.write("flow.sql", flow_once(broker, "before", "hidden").replace("'200 ms'", "'1 h'"))
    job = scratch.start("run", script)
    until(lambda: len(broker.read("hidden", **{"isolation.level": "read_uncommitted"})) == 100 or job.poll() is not None, "rows are sent at once")
    expect(numbers(broker, "hidden") == [], "and seen behind the checkpoint")
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect(numbers(broker, "hidden") == list(range(100)), said)
    logs = [name for _, _, names in os.walk(scratch.path) for name in names if name.startswith("1-0-")]
    expect(logs == [], f"no log is left: {logs}")


def test_a_transaction_that_others_ended(broker, scratch):
    broker.make("slow", 1)
    broker.make("ended", 1)
    broker.send("slow", [json.dumps({"a": i}) for i in range(100)])
    script = scratch.write("flow.sql", flow_once(broker, "slow", "ended", **{"properties.transaction.timeout.ms": "1000"}).replace("'200 ms'", "'20 s'"))
    job = scratch.start("run", script)
    until(lambda: numbers(broker, "ended") == list(range(100)) or job.poll() is not None, "they are sent again")
    broker.send("slow", [json.dumps({"a": i}) for i in range(100, 150)])
    until(lambda: numbers(broker, "ended") == list(range(150)) or job.poll() is not None, "and so are the next")
    sent = len(broker.read("ended", **{"isolation.level": "read_uncommitted"}))
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect(numbers(broker, "ended") == list(range(150)), said)
    expect(sent > 150, f"transactions were ended: {sent}")


def sql(scratch, text, code=0):
    done = scratch.run("-c", text)
    expect(done.returncode == code, f"exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def test_a_savepoint_has_what_is_not_committed(broker, scratch):
    broker.make("given", 1)
    for target, interval in (("saved", "1 h"), ("saved-and-committed", "200 ms")):
        broker.make(target, 1)
        if target == "saved":
            broker.send("given", [json.dumps({"a": i}) for i in range(100)])
        script = flow_once(broker, "given", target).replace("'200 ms'", f"'{interval}'").replace("INSERT", "CREATE JOB flow AS INSERT").replace("CREATE TABLE", "CREATE OR REPLACE TABLE")
        script += "WAIT FOR JOB flow UNTIL IDLE;\n"
        # What follows the savepoint is the next checkpoint, or nothing.
        ending = "CANCEL JOB flow;" if target == "saved" else "STOP JOB flow;"
        sql(scratch, script + f"SAVEPOINT JOB flow AS s TO 'sp'; {ending}")
        expect(numbers(broker, target) == ([] if target == "saved" else list(range(100))), "before")
        sql(scratch, "RESTORE JOB flow FROM SAVEPOINT s; STOP JOB flow; DROP SAVEPOINT s; DROP JOB flow;")
        expect(numbers(broker, target) == list(range(100)), f"{target}: {len(numbers(broker, target))}")


def test_a_savepoint_in_another_cluster(broker, scratch):
    import broker as brokers  # noqa: PLC0415
    broker.make("moved", 1)
    broker.make("moving", 1)
    broker.send("moved", [json.dumps({"a": i}) for i in range(100)])
    script = flow_once(broker, "moved", "moving").replace("'200 ms'", "'1 h'")
    sql(scratch, script.replace("INSERT", "CREATE JOB flow AS INSERT") + "WAIT FOR JOB flow UNTIL IDLE; SAVEPOINT JOB flow AS s TO 'sp'; CANCEL JOB flow;")
    expect(numbers(broker, "moving") == [], "before")
    saved = next(folder for folder, _, names in os.walk(os.path.join(scratch.path, "sp")) if "_metadata" in names)
    other = brokers.Broker(broker.jars, os.path.join(scratch.path, "other")).start()
    try:
        other.make("moving", 1)
        away = FLOW + table(broker, "moved", "a INT", "source", **{"scan.bounded.mode": None}) + table(other, "moving", "a INT", "target", **ONCE) \
            + "INSERT INTO target SELECT a FROM source;\n"
        job = scratch.start("--data-dir", os.path.join(scratch.path, "elsewhere"), "-D", f"execution.savepoint.path={saved}",
                            "-D", "execution.restore-policy=auto", "run", scratch.write("away.sql", away))
        until(lambda: numbers(other, "moving") == list(range(100)) or job.poll() is not None, "what the savepoint has is sent there")
        broker.send("moved", [json.dumps({"a": i}) for i in range(100, 150)])
        until(lambda: numbers(other, "moving") == list(range(150)) or job.poll() is not None, "and so is the rest")
        job.send_signal(signal.SIGTERM)
        _, said = job.communicate(timeout=PATIENCE)
        expect(numbers(other, "moving") == list(range(150)), said)
    finally:
        other.kill()


def test_a_topic_is_deleted_under_a_job(broker, scratch):
    for topic in ("undeleted", "deleted"):
        broker.make(topic, 1)
    broker.send("undeleted", [json.dumps({"a": i}) for i in range(50)])
    script = scratch.write("flow.sql", "SET 'restart-strategy.type' = 'none';\n" + flow_once(broker, "undeleted", "deleted", **{
        "properties.transaction.timeout.ms": "5000"}))
    job = scratch.start("run", script)
    until(lambda: numbers(broker, "deleted") == list(range(50)) or job.poll() is not None, "they are committed")
    admin = broker.admin()  # lives until there is a result
    admin.delete_topics(["deleted"])["deleted"].result(PATIENCE)
    broker.send("undeleted", [json.dumps({"a": i}) for i in range(50, 100)])
    _, said = job.communicate(timeout=PATIENCE)
    expect(job.returncode in (3, 4) and "E4010" in said and "deleted" in said, f"exit {job.returncode}: {said}")
    broker.make("deleted", 1)
    job = scratch.start("run", script)
    until(lambda: numbers(broker, "deleted") == list(range(50, 100)) or job.poll() is not None, "the rest is in the new one")
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect(numbers(broker, "deleted") == list(range(50, 100)), said)


def test_in_doubt(broker, scratch):
    broker.make("doubted", 1)
    broker.make("doubt", 1)
    broker.send("doubted", [json.dumps({"a": i}) for i in range(50)])
    faulty = os.path.join(os.path.dirname(program()), "weir_faulty")
    if not os.path.exists(faulty):
        return
    more = {"sink.commit-topic": "lost-markers"}
    script = "SET 'restart-strategy.type' = 'none';\n" + flow_once(broker, "doubted", "doubt", **more)
    done = subprocess.run([faulty, "run", scratch.write("flow.sql", script)], cwd=scratch.path, env=scratch.environment(WEIR_KILL_AT="kafka.before_commit:1"),
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    expect(done.returncode in (-9, 137), done.stderr)
    admin = broker.admin()  # lives until there is a result
    admin.delete_topics(["lost-markers"])["lost-markers"].result(PATIENCE)
    done = scratch.run("run", scratch.write("flow.sql", script))
    expect(done.returncode == 5 and "E7005" in done.stderr and "'sink.in-doubt'" in done.stderr, done.stderr)
    job = scratch.start("-D", "execution.restore-policy=auto", "run", scratch.write("resend.sql", script.replace("'lost-markers'", "'lost-markers', 'sink.in-doubt' = 'resend'")))
    until(lambda: numbers(broker, "doubt") == list(range(50)) or job.poll() is not None, "they are sent again")
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect(numbers(broker, "doubt") == list(range(50)), said)


def test_a_start_waits_for_no_transaction_of_an_older_one(broker, scratch):
    faulty = os.path.join(os.path.dirname(program()), "weir_faulty")
    if not os.path.exists(faulty):
        return
    for topic in ("parted", "one", "two"):
        broker.make(topic, 1)
    # The broker keeps what is open for longer than the test has patience.
    more = {**ONCE, "sink.commit-topic": "markers-of-both", "properties.transaction.timeout.ms": "3000000"}
    script = scratch.write("flow.sql", FLOW + table(broker, "parted", "a INT", "source", **{"scan.bounded.mode": None})
                           + table(broker, "one", "a INT", "one", **more) + table(broker, "two", "a INT", "two", **more)
                           + "EXECUTE STATEMENT SET BEGIN\nINSERT INTO one SELECT a FROM source;\nINSERT INTO two SELECT a FROM source;\nEND;\n")
    # Each time the marker of another sink's commit is with the broker, or that of a subtask which no checkpoint knows.
    for number, (point, passage, subtasks) in enumerate((("kafka.after_first_marker", 2, 2), ("kafka.after_marker", 1, 1), ("kafka.after_marker", 2, 1),
                                                         ("kafka.after_first_marker", 1, 3))):
        broker.send("parted", [json.dumps({"a": i}) for i in range(50 * number, 50 * number + 50)])
        done = subprocess.run([faulty, "-D", f"parallelism.default={subtasks}", "run", script], cwd=scratch.path, env=scratch.environment(
            WEIR_KILL_AT=f"{point}:{passage}", WEIR_DELAY_AT=f"{point}:1000000"), capture_output=True, text=True, timeout=PATIENCE, check=False)
        expect(done.returncode in (-9, 137), done.stderr)
    job = scratch.start("run", script)
    until(lambda: numbers(broker, "one") == numbers(broker, "two") == list(range(200)) or job.poll() is not None, "it starts")
    job.send_signal(signal.SIGTERM)
    _, said = job.communicate(timeout=PATIENCE)
    expect(numbers(broker, "one") == numbers(broker, "two") == list(range(200)), said)


def test_another_guarantee_goes_on(broker, scratch):
    broker.make("asked", 1)
    broker.make("lent", 1)
    broker.send("asked", [json.dumps({"a": i}) for i in range(50)])
    faulty = os.path.join(os.path.dirname(program()), "weir_faulty")
    if not os.path.exists(faulty):
        return
    script = flow_once(broker, "asked", "lent")
    done = subprocess.run([faulty, "run", scratch.write("flow.sql", script)], cwd=scratch.path, env=scratch.environment(WEIR_KILL_AT="kafka.before_commit:1"),
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    expect(done.returncode in (-9, 137), done.stderr)
    for guarantee in ("at-least-once", "exactly-once"):
        job = scratch.start("-D", "execution.restore-policy=auto", "run", scratch.write("flow.sql", script.replace("'exactly-once'", f"'{guarantee}'")))
        until(lambda: numbers(broker, "lent") == list(range(50)) or job.poll() is not None, "what was promised is sent")
        job.send_signal(signal.SIGTERM)
        _, said = job.communicate(timeout=PATIENCE)
        expect(numbers(broker, "lent") == list(range(50)), said)


def test_a_topic_that_is_not_there(broker, scratch):
    script = counting(10) + table(broker, "nowhere", "a INT", **ONCE) + "INSERT INTO t SELECT a FROM source;\n"
    done = scratch.run("run", scratch.write("a.sql", "SET 'restart-strategy.type' = 'none';\n" + script))
    expect(done.returncode in (3, 4) and "E4010" in done.stderr and "nowhere" in done.stderr, done.stderr)


def test_a_storm(broker, scratch):
    faulty = os.path.join(os.path.dirname(program()), "weir_faulty")
    storm.storm(broker, scratch, 7, faulty=faulty if os.path.exists(faulty) else None)


def with_broker(suite, tests, arguments=lambda _folder: ()):
    """Runs the tests, each with a broker, what `arguments` makes of a scratch folder, and a scratch; says aloud where no broker can be had."""
    jars, why = installed.place(HERE, program(), "pom.xml", "kafka", ["java", "-version"],
                                ["mvn", "-q", "-B", "-f", "pom.xml", "dependency:copy-dependencies", "-DoutputDirectory=PLACE"])
    try:
        import broker as brokers  # noqa: PLC0415
    except ImportError as error:
        jars, why = None, str(error)
    if jars is None:
        for name in tests:
            print(f"SKIPPED {suite}.{name[5:]}: no broker can be had: {why}")
        print("files: 0 passed, 0 failed")
        return
    import tempfile  # noqa: PLC0415
    with tempfile.TemporaryDirectory(prefix="weir-kafka-") as folder:
        more = arguments(folder)
        broker = brokers.Broker(jars, os.path.join(folder, "broker")).start()
        try:
            run_all({name: lambda scratch, test=test: test(broker, *more, scratch) for name, test in tests.items()})
        finally:
            broker.kill()


def main():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    if not sys.argv[3:] and not slices.is_full():
        tests = {name: tests[name] for name in slices.part("kafka", list(tests), slices.number("kafka"), slices.table()["kafka"][0])}
    with_broker("kafka", tests)


if __name__ == "__main__":
    main()
