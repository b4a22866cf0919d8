#!/usr/bin/env python3
"""`./weirw bench kafka`: bids as JSON from a topic of 4 partitions, into topics exactly once with a checkpoint a second: by
this engine, by Flink 2.3 with its Kafka connector (warmed up in the JVM that is timed, by the same query), and for two of
the queries by a loop over librdkafka alone (loop.cc). All in turn, over the same topics of one broker of a test.

Processor time is that of the whole engine, its start included, without the broker's; of Flink, from the submission of the
timed query. Ratios are of processor time. What is in the topics in the end must be the same.
   bench.py --build DIRECTORY [--bids N] [--parallelism N] [--runs N] [--queries count,copy,…] [--against loop,flink]
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.join(ROOT, "tests/kafka")]
import installed  # noqa: E402

CACHE = os.path.join(ROOT, ".cache", "bench")
PARTITIONS, CHECKPOINT = 4, 1000
LEAST_PRICE = 500_000  # as in loop.cc
LONGEST = 1800  # seconds
BIDS = ("auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING, "
        "WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND")
# Name -> (columns of the result; null: a blackhole, the query).
QUERIES = {
    "count": ("n BIGINT", f"SELECT COUNT(*) FROM bids WHERE price > {LEAST_PRICE}"),
    "copy": ("auction BIGINT, bidder BIGINT, price BIGINT", f"SELECT auction, bidder, price FROM bids WHERE price > {LEAST_PRICE}"),
    "window": ("auction BIGINT, t TIMESTAMP(3), n BIGINT, top BIGINT",
               "SELECT auction, window_start, COUNT(*), MAX(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND)) "
               "GROUP BY auction, window_start, window_end"),
    "upsert": ("auction BIGINT, n BIGINT, top BIGINT, PRIMARY KEY (auction) NOT ENFORCED",
               "SELECT auction, COUNT(*), MAX(price) FROM bids GROUP BY auction")}
BY_HAND = ("count", "copy")


def script(broker, query, target):
    columns, select = QUERIES[query]
    where = f"'properties.bootstrap.servers' = '{broker.address}'"
    once = f"{where}, 'topic' = '{target}', 'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '{target}'"
    sink = {"count": "'connector' = 'blackhole'",
            "upsert": f"'connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json', {once}"}.get(
                query, f"'connector' = 'kafka', 'format' = 'json', {once}")
    return (f"CREATE TABLE bids ({BIDS}) WITH ('connector' = 'kafka', 'topic' = 'bids', {where}, 'format' = 'json', "
            f"'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');\n"
            f"CREATE TABLE results ({columns}) WITH ({sink});\nINSERT INTO results {select};\n")


def feed(broker, count):
    """Bids in the order of their time, a hundred thousand a second of it."""
    broker.make("bids", PARTITIONS)
    producer, chance = broker.producer(linger_ms=50, batch_size=1_000_000), random.Random(1)
    extra = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(200))
    for i in range(count):
        at, begin = i // 100, chance.randrange(120)
        value = json.dumps({
            "auction": 1000 + i // 500 + chance.randrange(100), "bidder": 1000 + chance.randrange(10_000),
            "price": int(10 ** chance.uniform(2, 8)), "channel": f"channel-{chance.randrange(1000)}",
            "url": f"https://www.nexmark.com/{extra[begin:begin + 9]}/item.htm?query=1",
            "dateTime": f"2026-01-01 {12 + at // 3_600_000:02}:{at // 60_000 % 60:02}:{at // 1000 % 60:02}.{at % 1000:03}",
            "extra": extra[begin:begin + chance.randrange(20, 80)]})
        while True:
            try:
                producer.produce("bids", value, partition=i % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    producer.flush()


def contents(broker, query, topic):
    """A hash of what a reader of committed messages finds; of upserts, in the end."""
    rows = [(message.key(), json.dumps(json.loads(message.value()), sort_keys=True)) for message in broker.read(topic)]
    if query == "upsert":
        rows = list(dict((json.dumps(json.loads(key)), value) for key, value in rows).items())
    return len(rows), hashlib.sha256("\n".join(sorted(value for _, value in rows)).encode()).hexdigest()[:16]


def call(command, folder):
    """What a program that prints its own figures says."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LONGEST, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise RuntimeError(f"{command[0]}: exit {done.returncode}: {done.stdout[-1000:]}{done.stderr[-3000:]}")
    return json.loads(lines[-1])


class Weir:
    name = "weir"

    def __init__(self, options):
        self.program, self.parallelism = os.path.join(options.build, "weir"), options.parallelism

    def run(self, broker, query, topics, folder):
        file = os.path.join(folder, "weir.sql")
        with open(file, "w", encoding="utf-8") as out:
            out.write(f"SET 'execution.checkpointing.interval' = '{CHECKPOINT} ms';\nSET 'parallelism.default' = '{self.parallelism}';\n"
                      + script(broker, query, topics[0]))
        begun = time.monotonic()
        with open(os.path.join(folder, "said"), "w+", encoding="utf-8") as said:
            child = subprocess.Popen([self.program, "--data-dir", os.path.join(folder, topics[0]), "run", file], cwd=folder, stdout=said, stderr=said)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            if child.returncode != 0:
                raise RuntimeError(f"weir: exit {child.returncode}: {said.read()}")
        return {"wall": time.monotonic() - begun, "cpu": used.ru_utime + used.ru_stime}


class Loop:
    name = "loop"

    def __init__(self, options):
        self.program = os.path.join(options.build, "bench_kafka_loop")

    def run(self, broker, query, topics, folder):
        return call([self.program, query, broker.address, "bids", *topics[:1 if query == "copy" else 0]], folder)


class Flink:
    name = "flink"

    def __init__(self, options):
        self.parallelism = options.parallelism
        with open(os.path.join(HERE, "flink/pom.xml"), "rb") as pom, open(os.path.join(HERE, "flink/src/main/java/bench/KafkaRun.java"), "rb") as code:
            place = os.path.join(CACHE, "flink-kafka-" + hashlib.sha256(pom.read() + code.read()).hexdigest()[:12])
        self.classes = os.path.join(place, "target")
        if not os.path.isdir(os.path.join(self.classes, "lib")):
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(os.path.join(HERE, "flink"), place)
            subprocess.run(["mvn", "-q", "-B", "package"], cwd=place, check=True, capture_output=True)

    def run(self, broker, query, topics, folder):
        files = []
        for topic in (topics[1], topics[0]):
            files.append(os.path.join(folder, f"{topic}.sql"))
            with open(files[-1], "w", encoding="utf-8") as out:
                out.write(script(broker, query, topic))
        opens = ["--add-opens=java.base/" + p + "=ALL-UNNAMED" for p in
                 ("java.util", "java.lang", "java.time", "java.nio", "sun.nio.ch", "java.util.concurrent")]
        return call(["java", "-Xmx2g", *opens, "-cp", f"{self.classes}/kafka-run-1.jar:{self.classes}/lib/*", "bench.KafkaRun",
                     str(self.parallelism), str(CHECKPOINT), *files], folder)


def measure(broker, query, systems, options, folder):
    """Name -> its runs; says whose results differ."""
    costs, found = {system.name: [] for system in systems}, {}
    for run in range(options.runs):
        for system in systems:
            topics = [f"{query}-{system.name}-{run}{kind}" for kind in ("", "-warm")]
            for topic in topics:
                broker.make(topic, PARTITIONS)
            costs[system.name].append(system.run(broker, query, topics, folder))
            if query != "count" and run == 0:
                found[system.name] = contents(broker, query, topics[0])
    for name, result in found.items():
        if result != found["weir"]:
            print(f"{query}: WRONG: {name} has {result}, weir {found['weir']}")
    return costs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--bids", type=int, default=1_000_000)
    parser.add_argument("--parallelism", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--queries", default=",".join(QUERIES))
    parser.add_argument("--against", default="loop,flink")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    jars, why = installed.place(os.path.join(ROOT, "tests/kafka"), os.path.join(options.build, "weir"), "pom.xml", "kafka", ["java", "-version"],
                                ["mvn", "-q", "-B", "-f", "pom.xml", "dependency:copy-dependencies", "-DoutputDirectory=PLACE"])
    if jars is None:
        raise SystemExit(f"no broker can be had: {why}")
    import broker as brokers  # noqa: PLC0415
    systems = [Weir(options)] + [kind(options) for kind in (Loop, Flink) if kind.name in options.against.split(",")]
    print(f"{options.bids} bids of JSON, {PARTITIONS} partitions, parallelism {options.parallelism}, a checkpoint each {CHECKPOINT} ms, exactly once")
    print(f"{'':8} {'':6} {'messages/s':>12} {'CPU seconds':>12} {'messages/CPU s':>15} {'times weir':>11}")
    with tempfile.TemporaryDirectory(prefix="weir-bench-kafka-") as folder:
        broker = brokers.Broker(jars, os.path.join(folder, "broker")).start()
        try:
            feed(broker, options.bids)
            for query in options.queries.split(","):
                costs = measure(broker, query, [s for s in systems if s.name != "loop" or query in BY_HAND], options, folder)
                ours = statistics.median(one["cpu"] for one in costs["weir"])
                for name, runs in costs.items():
                    wall, cpu = (statistics.median(one[what] for one in runs) for what in ("wall", "cpu"))
                    print(f"{query:8} {name:6} {options.bids / wall:12,.0f} {cpu:12.2f} {options.bids / cpu:15,.0f} {cpu / ours:11.2f}", flush=True)
        finally:
            broker.kill()


if __name__ == "__main__":
    main()
