#!/usr/bin/env python3
"""A job between topics, exactly once, while the engine, the broker or both are killed: a reader of committed messages that
is not ours finds each once, those of a key in their order; each count of a key once and in order in a topic of upserts;
and of each key and window one count, which together are all that was sent.
   storm.py --weir PROGRAM [--kills N] [--seed N] [--ledger] [FAULTY]
FAULTY: build/weir_faulty, killed at named points as well. --ledger writes down what was run."""
import collections
import json
import os
import random
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
import installed  # noqa: E402
import ledger  # noqa: E402
from weir_shell import Scratch, expect, program  # noqa: E402

PATIENCE = 600  # seconds that a start on a busy machine may take to catch up
KEYS = 20
SOURCE_PARTITIONS, TARGET_PARTITIONS = 4, 3
POINTS = ("kafka.before_sync", "kafka.after_sync", "kafka.before_commit", "kafka.after_commit", "kafka.before_resend",
          "checkpoint.before_publish", "checkpoint.after_publish", "checkpoint.before_commit", "checkpoint.after_commit",
          "recovery.before_commit", "recovery.after_commit")
BROKER_EVERY, BOTH_EVERY = 5, 7  # kills


def script(broker, source, target):
    def table(name, columns, topic, more, keyed="'connector' = 'kafka', 'key.fields' = 'k'"):
        return (f"CREATE TABLE {name} ({columns}) WITH ({keyed}, 'topic' = '{topic}', 'key.format' = 'json', "
                f"'value.format' = 'json', 'properties.bootstrap.servers' = '{broker.address}', {more});\n")
    once = "'sink.delivery-guarantee' = 'exactly-once'"
    return ("SET 'execution.checkpointing.interval' = '200 ms';\nSET 'pipeline.name' = 'storm';\n"
            "SET 'restart-strategy.type' = 'exponential-delay';\nSET 'restart-strategy.exponential-delay.initial-backoff' = '200 ms';\n"
            + table("source", "k INT, n INT, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND", source,
                    "'scan.startup.mode' = 'earliest-offset'")
            + table("target", "k INT, n INT", target, once)
            + table("counts", "k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED", target + "-counts", once, "'connector' = 'upsert-kafka'")
            + table("windows", "k INT, w TIMESTAMP(3), n BIGINT", target + "-windows", once)
            + "EXECUTE STATEMENT SET BEGIN\nINSERT INTO target SELECT k, n FROM source WHERE k >= 0;\n"
            "INSERT INTO counts SELECT k, COUNT(*) FROM source WHERE k >= 0 GROUP BY k;\n"
            "INSERT INTO windows SELECT k, window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '1' SECOND)) "
            "WHERE k >= 0 GROUP BY k, window_start, window_end;\nEND;\n")


class Feed:
    """Sends numbered messages of each key until it is ended, whatever becomes of the broker."""

    def __init__(self, broker, topic):
        self.sent, self.ended, self.failure = collections.Counter(), threading.Event(), None
        self.broker, self.topic = broker, topic
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        # In order and once, also over a restart of the broker.
        producer = self.broker.producer(enable_idempotence=True, message_timeout_ms=0)
        chance = random.Random(1)
        while not self.ended.wait(0.01):
            for _ in range(10):
                key = chance.randrange(KEYS)
                producer.produce(self.topic, key=json.dumps({"k": key}), value=json.dumps({"k": key, "n": self.sent[key]}))
                self.sent[key] += 1
            producer.poll(0)
        # Of no key, and so late that every window before it has ended.
        later = int(time.time() * 1000) + 3_600_000
        for partition in range(SOURCE_PARTITIONS):
            producer.produce(self.topic, key='{"k": -1}', value='{"k": -1, "n": 0}', partition=partition, timestamp=later)
        if producer.flush(PATIENCE):
            self.failure = "not all that was fed arrived"

    def end(self):
        self.ended.set()
        self.thread.join()
        expect(self.failure is None, self.failure)


def check(broker, topic, sent):
    """Whether all that was sent is there, message by message, in the counts and in the windows; that none is twice or before
    an earlier one holds at any time."""
    found = collections.defaultdict(list)
    for message in broker.read(topic):
        row = json.loads(message.value())
        found[row["k"]].append(row["n"])
    for key, numbers in found.items():
        if numbers != list(range(len(numbers))):
            place = next(i for i, number in enumerate(numbers) if number != i)
            raise AssertionError(f"key {key}: message {place} is {numbers[place]}; around it {numbers[max(0, place - 5):place + 6]}")
    counts = check_counts(broker, topic + "-counts")
    windows = check_windows(broker, topic + "-windows")
    total = sum(sent.values())
    return sum(map(len, found.values())) == total and counts == sent and windows == total


def check_counts(broker, topic):
    """The last count of each key."""
    counts = collections.Counter()
    for message in broker.read(topic):
        row = json.loads(message.value())
        expect(message.key() == json.dumps({"k": row["k"]}, separators=(",", ":")).encode(), message.key())
        expect(row["n"] > counts[row["k"]], f"key {row['k']}: the count {row['n']} comes after {counts[row['k']]}")
        counts[row["k"]] = row["n"]
    return counts


def check_windows(broker, topic):
    """The sum of the windows' counts."""
    windows = {}
    for message in broker.read(topic):
        row = json.loads(message.value())
        window = row["k"], row["w"]
        expect(window not in windows, f"the window {window} comes twice: {windows.get(window)} and {row['n']}")
        windows[window] = row["n"]
    return sum(windows.values())


def start(scratch, weir, file, parallelism, kill_at=None):
    said = open(os.path.join(scratch.path, "said"), "w", encoding="utf-8")  # noqa: SIM115: the child keeps it
    more = {"WEIR_KILL_AT": kill_at} if kill_at else {}
    with said:
        return subprocess.Popen([weir, "-D", f"parallelism.default={parallelism}", "run", file], cwd=scratch.path,
                                env=scratch.environment(**more), stdin=subprocess.DEVNULL, stdout=said, stderr=said)


def storm(broker, scratch, kills, seed=0, faulty=None, say=lambda _: None, longest=10):
    chance = random.Random(seed)
    source, target = f"storm-in-{seed}", f"storm-out-{seed}"
    broker.make(source, SOURCE_PARTITIONS)
    for topic in (target, target + "-counts", target + "-windows"):
        broker.make(topic, TARGET_PARTITIONS)
    file = scratch.write("storm.sql", script(broker, source, target))
    feed = Feed(broker, source)
    killed, fired = collections.Counter(), set()
    try:
        for number in range(1, kills + 1):
            point = f"{chance.choice(POINTS)}:{chance.randrange(1, 12)}" if faulty and number % 2 else None
            job = start(scratch, faulty if point else program(), file, chance.choice((1, 2, 3)), point)
            until = time.monotonic() + (longest if point else chance.uniform(0.3, longest * 0.4))
            while time.monotonic() < until and job.poll() is None:
                time.sleep(0.05)
            of_broker = number % BROKER_EVERY == 0 or number % BOTH_EVERY == 0
            if of_broker:
                broker.kill()
            if number % BOTH_EVERY and of_broker:  # the engine goes on, and hears from it again
                broker.start()
                time.sleep(chance.uniform(1, 5))
            ended = job.poll()
            expect(ended in (None, -9, 137) or gave_up(scratch), f"the engine ended with {ended}: {tail(scratch)}")
            job.kill()
            job.wait()
            if number % BOTH_EVERY == 0:
                broker.start()
            if point and ended in (-9, 137):
                fired.add(point.split(":", maxsplit=1)[0])
            killed["at a point" if point and ended is not None else "SIGKILL"] += 1
            killed["broker"] += of_broker
            if number % 10 == 0:
                check(broker, target, feed.sent)
                say(f"{number} kills {dict(killed)}, {sum(feed.sent.values())} messages")
    finally:
        feed.end()
    job = start(scratch, program(), file, 2)
    end = time.monotonic() + PATIENCE
    while not check(broker, target, feed.sent):
        if job.poll() is not None:
            expect(gave_up(scratch), f"the engine ended: {tail(scratch)}")
            job = start(scratch, program(), file, 2)
        expect(time.monotonic() < end, f"messages are missing: {tail(scratch)}")
        time.sleep(1)
    job.terminate()
    job.wait(timeout=PATIENCE)
    expect(check(broker, target, feed.sent), "and nothing comes behind it")
    say(f"{dict(killed)}, {sum(feed.sent.values())} messages: none lost, none twice, in their order, and so their counts")
    return fired


def gave_up(scratch):
    """Whether the broker took too long for the engine, on a machine that is too busy."""
    return "E4010" in tail(scratch)


def tail(scratch):
    with open(os.path.join(scratch.path, "said"), encoding="utf-8", errors="replace") as file:
        return file.read()[-3000:]


def main():
    def option(name, otherwise):
        return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else otherwise
    jars, why = installed.place(HERE, program(), "pom.xml", "kafka", ["java", "-version"],
                                ["mvn", "-q", "-B", "-f", "pom.xml", "dependency:copy-dependencies", "-DoutputDirectory=PLACE"])
    expect(jars is not None, why)
    import tempfile  # noqa: PLC0415

    import broker as brokers  # noqa: PLC0415
    faulty = os.path.abspath(sys.argv[-1]) if sys.argv[-1].endswith("weir_faulty") else None
    with tempfile.TemporaryDirectory(prefix="weir-kafka-") as folder, Scratch() as scratch:
        broker = brokers.Broker(jars, folder).start()
        try:
            kills, seed, began = option("--kills", 100), option("--seed", 0), time.monotonic()
            fired = storm(broker, scratch, kills, seed, faulty, lambda text: print(text, flush=True), 40)
            if "--ledger" in sys.argv:
                ledger.record("crash.kafka", seed, kills, time.monotonic() - began, f"{len(fired)}/{len(POINTS)}" if faulty else "-")
        finally:
            broker.kill()


if __name__ == "__main__":
    main()
