#!/usr/bin/env python3
"""A job between topics, exactly once, while the engine, the broker or both are killed: a reader of committed messages that
is not ours finds each once, those of a key in their order; each count of a key, of a join, once and in order in a topic of
upserts; and of each key and window one count, which together are all that was sent. Meanwhile the source gets more
partitions, strangers join and leave a group of its name, and the broker is away for longer than a transaction lives.
   storm.py --weir PROGRAM [--kills N] [--seed N] [--ledger] [--objects] [FAULTY]
   storm.py --weir PROGRAM --plants FAULTY
FAULTY: build/weir_faulty, killed in the gaps between the steps of a commit as well, where its machine loses what was not
synced. --objects, with FAULTY: checkpoints are in an object store (tests/faults/object_store.py), and nothing is lost.
--ledger writes down what was run. --plants: each defect of plants.tsv must be found."""
import collections
import json
import os
import random
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell"), os.path.join(HERE, "..", "faults")]
import installed  # noqa: E402
import ledger  # noqa: E402
import object_store  # noqa: E402
from weir_shell import Scratch, expect, program  # noqa: E402

PATIENCE = 600  # seconds that a start on a busy machine may take to catch up
KEYS = 20  # of each generation of partitions
SOURCE_PARTITIONS, MORE_PARTITIONS, TARGET_PARTITIONS = 4, 8, 3
TRANSACTION_SECONDS, AWAY_SECONDS = 5, 15
# What has just been done when the process is killed. During "commit sent" the library waits for the broker's answer.
GAPS = {"begin": "kafka.after_begin", "produce": "kafka.after_write", "log synced": "kafka.after_log_sync", "acknowledged": "kafka.after_sync",
        "checkpoint durable": "kafka.before_commit", "marker sent": "kafka.after_marker", "commit sent": "kafka.after_marker",
        "committed": "kafka.after_commit", "log deleted": "kafka.after_remove_log"}
# Further places, one of them after every round of the gaps.
POINTS = ("kafka.before_sync", "kafka.before_resend", "checkpoint.before_publish", "checkpoint.after_publish", "checkpoint.before_commit",
          "checkpoint.after_commit", "recovery.before_commit", "recovery.after_commit")
COMMIT_MICROS = 15_000  # until a commit that was sent is answered, at most
BROKER_EVERY, BOTH_EVERY, AWAY_EVERY = 5, 7, 75  # kills; the first two half as often in long storms


def script(broker, source, target):
    def table(name, columns, topic, more, keyed="'connector' = 'kafka', 'key.fields' = 'k'"):
        return (f"CREATE TABLE {name} ({columns}) WITH ({keyed}, 'topic' = '{topic}', 'key.format' = 'json', "
                f"'value.format' = 'json', 'properties.bootstrap.servers' = '{broker.address}', {more});\n")
    once = f"'sink.delivery-guarantee' = 'exactly-once', 'properties.transaction.timeout.ms' = '{TRANSACTION_SECONDS * 1000}'"
    scan = "'scan.startup.mode' = 'earliest-offset', 'scan.topic-partition-discovery.interval' = '500 ms', 'properties.group.id' = 'storm'"
    return ("SET 'execution.checkpointing.interval' = '200 ms';\nSET 'pipeline.name' = 'storm';\n"
            "SET 'restart-strategy.type' = 'exponential-delay';\nSET 'restart-strategy.exponential-delay.initial-backoff' = '200 ms';\n"
            + table("source", "k INT, n INT, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND",
                    source, scan)
            + table("names", "k INT, name STRING", source + "-names", scan)
            + table("target", "k INT, n INT", target, once)
            + table("counts", "k INT, name STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED", target + "-counts", once, "'connector' = 'upsert-kafka'")
            + table("windows", "k INT, w TIMESTAMP(3), n BIGINT", target + "-windows", once)
            + "EXECUTE STATEMENT SET BEGIN\nINSERT INTO target SELECT k, n FROM source WHERE k >= 0;\n"
            "INSERT INTO counts SELECT k, MAX(name), COUNT(*) FROM (SELECT source.k, name FROM source JOIN names ON source.k = names.k) GROUP BY k;\n"
            # A partition that appears later joins at the watermark there is, so that it may have late rows.
            "INSERT INTO windows SELECT k, window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '1' SECOND)) "
            f"WHERE k BETWEEN 0 AND {KEYS - 1} GROUP BY k, window_start, window_end;\nEND;\n")


class Feed:
    """Sends numbered messages of each key until it is ended, whatever becomes of the broker."""

    def __init__(self, broker, topic):
        self.sent, self.ended, self.failure = collections.Counter(), threading.Event(), None
        self.broker, self.topic, self.partitions = broker, topic, SOURCE_PARTITIONS
        self.broker.send(topic + "-names", [{"key": json.dumps({"k": k}), "value": json.dumps({"k": k, "name": f"name {k}"})} for k in range(2 * KEYS)])
        self.thread = threading.Thread(target=self.try_run)
        self.thread.start()

    def try_run(self):
        try:
            self.run()
        except Exception as error:  # noqa: BLE001: the storm's own thread says it
            self.failure = repr(error)

    def grow(self):
        """More partitions, with keys of their own: those of a key stay in one."""
        self.broker.add_partitions(self.topic, MORE_PARTITIONS)
        self.partitions = MORE_PARTITIONS

    def run(self):
        # In order and once, also over a restart of the broker.
        producer = self.broker.producer(enable_idempotence=True, message_timeout_ms=0, topic_metadata_refresh_interval_ms=1000)
        chance = random.Random(1)
        while not self.ended.wait(0.05):
            for _ in range(10):
                key = chance.randrange(KEYS * self.partitions // SOURCE_PARTITIONS)
                partition = key % SOURCE_PARTITIONS + (SOURCE_PARTITIONS if key >= KEYS else 0)
                try:
                    producer.produce(self.topic, key=json.dumps({"k": key}), value=json.dumps({"k": key, "n": self.sent[key]}), partition=partition)
                except Exception as error:  # noqa: BLE001: the client has not heard of the new partition
                    expect("_UNKNOWN_PARTITION" in repr(error), error)
                    continue
                self.sent[key] += 1
            producer.poll(0)
        # Of no key, and so late that every window before it has ended.
        later = int(time.time() * 1000) + 3_600_000
        for partition in range(self.partitions):
            producer.produce(self.topic, key='{"k": -1}', value='{"k": -1, "n": 0}', partition=partition, timestamp=later)
        if producer.flush(PATIENCE):
            self.failure = "not all that was fed arrived"

    def end(self):
        self.ended.set()
        self.thread.join()
        expect(self.failure is None, self.failure)


class Strangers:
    """Join and leave the group whose name the job has as well, so that it is balanced again and again."""

    def __init__(self, broker, topic):
        self.broker, self.topic, self.ended = broker, topic, threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended.is_set():
            member = self.broker.member("storm", self.topic)
            for _ in range(5):
                member.poll(1)
            member.close()

    def end(self):
        self.ended.set()
        self.thread.join()


class Target:
    """What readers of committed messages have found so far, each checked when it is found."""

    def __init__(self, broker, topic):
        self.broker, self.topic = broker, topic
        self.positions = collections.defaultdict(dict)
        self.numbers, self.counts, self.windows = collections.Counter(), collections.Counter(), {}

    def more(self, kind=""):
        return [(message, json.loads(message.value())) for message in self.broker.read(self.topic + kind, self.positions[kind])]

    def check(self, sent):
        """Whether all that was sent is there: message by message, in the counts and in the windows."""
        for message, row in self.more():
            key, number = row["k"], row["n"]
            expect(number == self.numbers[key], f"key {key}: message {number} comes where {self.numbers[key]} should: partition "
                   f"{message.partition()}, offset {message.offset()}")
            self.numbers[key] += 1
        for message, row in self.more("-counts"):
            key = row["k"]
            expect(message.key() == json.dumps({"k": key}, separators=(",", ":")).encode(), message.key())
            expect(row["name"] == f"name {key}", row)
            expect(row["n"] > self.counts[key], f"key {key}: the count {row['n']} comes after {self.counts[key]}")
            self.counts[key] = row["n"]
        for _, row in self.more("-windows"):
            window = row["k"], row["w"]
            expect(window not in self.windows, f"the window {window} comes twice: {self.windows.get(window)} and {row['n']}")
            self.windows[window] = row["n"]
        in_windows = sum(number for key, number in sent.items() if key < KEYS)
        return self.numbers == sent and self.counts == sent and sum(self.windows.values()) == in_windows


class Storm:
    def __init__(self, broker, scratch, seed, faulty, say, objects=False):
        self.broker, self.scratch, self.faulty, self.say = broker, scratch, faulty, say
        self.chance = random.Random(seed)
        self.source, self.target = f"storm-in-{seed}", f"storm-out-{seed}"
        broker.make(self.source, SOURCE_PARTITIONS)
        broker.make(self.source + "-names", 2)
        for kind in ("", "-counts", "-windows"):
            broker.make(self.target + kind, TARGET_PARTITIONS)
        self.store, self.slow = object_store.ObjectStore(scratch.path) if objects else None, False
        self.file = scratch.write("storm.sql", (self.store.settings() if objects else "") + script(broker, self.source, self.target))
        self.found = Target(broker, self.target)
        self.killed, self.fired, self.missed, self.plan = collections.Counter(), collections.Counter(), 0, []

    def start(self, **environment):
        if self.store:
            answer = object_store.draw_answer(self.chance, self.slow, True)
            self.slow |= answer == object_store.SLOW
            environment |= self.store.environment(answer)
        said = open(os.path.join(self.scratch.path, "said"), "w", encoding="utf-8")  # noqa: SIM115: the child keeps it
        with said:
            return subprocess.Popen([self.faulty or program(), "-D", f"parallelism.default={self.chance.choice((1, 1, 2, 3))}", "run", self.file],
                                    cwd=self.scratch.path, env=self.scratch.environment(**environment), stdin=subprocess.DEVNULL,
                                    stdout=said, stderr=said)

    def await_end(self, job, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until and job.poll() is None:
            time.sleep(0.02)
        ended = job.poll()
        expect(ended in (None, -9, 137) or self.gave_up(), f"the engine ended with {ended}: {self.tail()}")
        return ended

    def next_gap(self):
        """The gaps in turn; those that are missed come again."""
        if not self.plan:
            self.plan = [*GAPS, self.chance.choice(POINTS)]
            self.chance.shuffle(self.plan)
        return self.plan.pop()

    def kill_in_gap(self, longest):
        gap = self.next_gap()
        point = GAPS.get(gap, gap)
        environment = {"WEIR_KILL_AT": f"{point}:{1 if 'recovery' in point or 'resend' in point else self.chance.randrange(1, 12)}"}
        if not self.store:
            environment |= {"WEIR_LOSE_WRITES": os.path.join(self.scratch.path, "weir-data"), "WEIR_LOSE_SEED": str(self.chance.randrange(1 << 30))}
        if gap == "commit sent":
            environment["WEIR_KILL_LATER"] = str(self.chance.randrange(200, COMMIT_MICROS))
        job = self.start(**environment)
        ended = self.await_end(job, longest)
        job.kill()
        job.wait()
        if ended is None and gap in GAPS:
            self.missed += 1
            if self.missed < 10:
                self.plan.insert(0, gap)
        if ended in (-9, 137):
            self.fired[gap] += 1

    def kill(self, of_broker, of_engine, away, longest):
        job = self.start()
        self.await_end(job, self.chance.uniform(0.5, longest * 0.3))
        if of_broker:
            self.broker.kill()
            time.sleep(AWAY_SECONDS if away else 0)
        if of_engine:
            job.kill()
            job.wait()
        if of_broker:
            self.broker.start()
        if not of_engine:  # it goes on, and hears from the broker again
            self.await_end(job, self.chance.uniform(1, 8))
            job.kill()
            job.wait()

    def run(self, kills, longest):
        feed, strangers = Feed(self.broker, self.source), Strangers(self.broker, self.source)
        rare = 1 if kills < 20 else 2
        try:
            for number in range(1, kills + 1):
                away, both = number % AWAY_EVERY == 0, number % (BOTH_EVERY * rare) == 0
                of_broker = away or both or number % (BROKER_EVERY * rare) == 0
                if number == max(2, kills // 4):
                    feed.grow()
                if self.faulty and not of_broker and number % 20:
                    self.kill_in_gap(longest)
                else:
                    self.kill(of_broker, both or not of_broker, away, longest)
                self.killed["broker away" if away else "both" if both else "broker" if of_broker else "engine"] += 1
                if number % 10 == 0:
                    self.found.check(feed.sent)
                    self.say(f"{number} kills {dict(self.killed)}, {sum(feed.sent.values())} messages, {sum(self.found.numbers.values())} found; "
                             f"at points: {dict(self.fired)}")
        finally:
            feed.end()
            strangers.end()
        self.finish(feed.sent)
        self.say(f"{dict(self.killed)}, {sum(feed.sent.values())} messages: none lost, none twice, in their order, and so their counts; "
                 f"killed at points: {dict(self.fired)}")
        return self.fired

    def finish(self, sent):
        job = self.start()
        end = time.monotonic() + PATIENCE
        while not self.found.check(sent):
            if job.poll() is not None:
                expect(self.gave_up(), f"the engine ended: {self.tail()}")
                job = self.start()
            expect(time.monotonic() < end, f"messages are missing: {sum(self.found.numbers.values())}, {sum(self.found.counts.values())} counted, "
                   f"{sum(self.found.windows.values())} in windows, of {sum(sent.values())}; {self.tail()}")
            time.sleep(1)
        job.terminate()
        job.wait(timeout=PATIENCE)
        expect(self.found.check(sent), "and nothing comes behind it")

    def gave_up(self):
        """Whether the broker took too long for the engine, on a machine that is too busy."""
        return "E4010" in self.tail()

    def tail(self):
        with open(os.path.join(self.scratch.path, "said"), encoding="utf-8", errors="replace") as file:
            return file.read()[-3000:]


def storm(broker, scratch, kills, seed=0, faulty=None, say=lambda _: None, longest=12, objects=False):
    return Storm(broker, scratch, seed, faulty, say, objects).run(kills, longest)


def with_broker(jars, body):
    import tempfile  # noqa: PLC0415

    import broker as brokers  # noqa: PLC0415
    with tempfile.TemporaryDirectory(prefix="weir-kafka-") as folder, Scratch() as scratch:
        broker = brokers.Broker(jars, folder).start()
        try:
            return body(broker, scratch)
        finally:
            broker.kill()


def plants(jars, kills, seed, faulty):
    """Each defect alone: how many of them nothing finds."""
    with open(os.path.join(HERE, "plants.tsv"), encoding="utf-8") as file:
        defects = [line.split("\t") for line in file.read().splitlines()[1:]]
    missed = 0
    for defect, _, suite in defects:
        os.environ["WEIR_DEFECT"] = defect
        began, found = time.monotonic(), None
        try:
            if suite == "storm":
                with_broker(jars, lambda broker, scratch: storm(broker, scratch, kills, seed, faulty, longest=30))
            else:
                done = subprocess.run([sys.executable, os.path.join(HERE, "kafka_test.py"), "--weir", faulty, suite], stdout=subprocess.PIPE,
                                      text=True, check=False)
                expect(done.returncode == 0, done.stdout)
        except AssertionError as error:
            found = str(error)
        missed += found is None or found.startswith("messages are missing")  # which time alone may explain
        print(f"{defect}: {time.monotonic() - began:.0f} s: {'found: ' + found[-600:] if found else 'NOT FOUND'}", flush=True)
    return missed


def main():
    def option(name, otherwise):
        return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else otherwise
    jars, why = installed.place(HERE, program(), "pom.xml", "kafka", ["java", "-version"],
                                ["mvn", "-q", "-B", "-f", "pom.xml", "dependency:copy-dependencies", "-DoutputDirectory=PLACE"])
    expect(jars is not None, why)
    faulty = os.path.abspath(sys.argv[-1]) if re.search("faulty$", sys.argv[-1]) else None
    kills, seed, began = option("--kills", 100), option("--seed", 0), time.monotonic()
    if "--plants" in sys.argv:
        raise SystemExit(plants(jars, kills, seed, faulty))
    objects = "--objects" in sys.argv
    expect(faulty or not objects, "--objects needs FAULTY")
    fired = with_broker(jars, lambda broker, scratch: storm(broker, scratch, kills, seed, faulty, lambda text: print(text, flush=True), 30, objects))
    if "--ledger" in sys.argv:
        all_ = {*GAPS, *POINTS}
        ledger.record("crash.kafka.objects" if objects else "crash.kafka", seed, kills, time.monotonic() - began, f"{len(fired)}/{len(all_)}" if faulty else "-")


if __name__ == "__main__":
    main()
