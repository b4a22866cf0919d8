"""A broker of Apache Kafka on loopback ports: one node, from the jars that pom.xml names."""
import os
import signal
import socket
import subprocess
import time
import uuid

import confluent_kafka
import confluent_kafka.admin

PATIENCE = 120  # seconds that anything may take on a busy machine

PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.max.timeout.ms=3600000
group.initial.rebalance.delay.ms=0
message.max.bytes=20000000
log.cleaner.backoff.ms=200
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
log.cleaner.dedupe.buffer.size=20000000
"""


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Broker:
    """Starts with the first `start`; `kill` is a crash, after which it starts again with what it had."""

    def __init__(self, jars, folder):
        self.jars, self.folder, self.process = jars, folder, None
        self.port, controller = free_ports(2)
        self.address = f"127.0.0.1:{self.port}"
        os.makedirs(folder, exist_ok=True)
        self.properties = os.path.join(folder, "server.properties")
        with open(self.properties, "w", encoding="utf-8") as file:
            file.write(PROPERTIES.format(port=self.port, controller=controller, folder=folder))
        self.java("kafka.tools.StorageTool", "format", "-t", uuid.uuid4().hex[:22], "-c", self.properties)

    def java(self, main, *arguments):
        done = subprocess.run(["java", "-Xmx256m", "-cp", self.jars + "/*", main, *arguments], cwd=self.folder, text=True,
                              capture_output=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{main}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        with open(os.path.join(self.folder, "broker.log"), "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(["java", "-Xmx512m", "-cp", self.jars + "/*", "kafka.Kafka", self.properties], stdout=log,
                                            stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.admin().list_topics(timeout=5)
                return self
            except confluent_kafka.KafkaException as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"the broker does not start: {error}") from error

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def admin(self):
        return confluent_kafka.admin.AdminClient({"bootstrap.servers": self.address, "log_level": 0})

    def make(self, topic, partitions=1, **config):
        new = confluent_kafka.admin.NewTopic(topic, num_partitions=partitions, replication_factor=1,
                                             config={key.replace("_", "."): value for key, value in config.items()})
        admin = self.admin()  # lives until there is a result
        admin.create_topics([new])[topic].result(PATIENCE)

    def add_partitions(self, topic, total):
        admin = self.admin()
        admin.create_partitions([confluent_kafka.admin.NewPartitions(topic, total)])[topic].result(PATIENCE)

    def producer(self, **config):
        return confluent_kafka.Producer({"bootstrap.servers": self.address,
                                         **{key.replace("_", "."): value for key, value in config.items()}})

    def member(self, group, topic):
        """A consumer that joins a group, and commits nothing."""
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self.address, "group.id": group, "enable.auto.commit": False, "log_level": 0,
                                             "auto.offset.reset": "earliest"})
        consumer.subscribe([topic])
        return consumer

    def send(self, topic, messages, **more):
        """Messages are values, or dictionaries of what produce() takes."""
        producer = self.producer()
        failed = []
        for message in messages:
            message = message if isinstance(message, dict) else {"value": message}
            producer.produce(topic, on_delivery=lambda error, _: failed.append(error) if error else None, **{**message, **more})
            producer.poll(0)
        if producer.flush(PATIENCE) or failed:
            raise AssertionError(f"not all messages were sent: {failed[:3]}")

    def read(self, topic, positions=None, **config):
        """All messages that are committed; with a dictionary of positions by partition, those behind them, and the positions
        move on."""
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self.address, "group.id": uuid.uuid4().hex,
                                             "enable.partition.eof": True, "isolation.level": "read_committed", **config})
        partitions = consumer.list_topics(topic, timeout=PATIENCE).topics[topic].partitions
        positions = {} if positions is None else positions
        consumer.assign([confluent_kafka.TopicPartition(topic, number, positions.get(number, confluent_kafka.OFFSET_BEGINNING))
                         for number in partitions])
        found, ended = [], 0
        while ended < len(partitions):
            message = consumer.poll(PATIENCE)
            if message is None:
                raise AssertionError(f"topic {topic} does not end")
            if message.error() is None:
                found.append(message)
                positions[message.partition()] = message.offset() + 1
            elif message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                ended += 1
            else:
                raise AssertionError(message.error())
        consumer.close()
        return found
