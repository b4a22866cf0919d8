"""A broker of Apache Kafka on loopback ports: one node, from the jars that pom.xml names."""
import os
import signal
import subprocess
import time
import uuid

import certificates
import confluent_kafka
import confluent_kafka.admin
from ports import free_ports

PATIENCE = 120  # seconds that anything may take on a busy machine

PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{listeners}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,SASL_PLAINTEXT:SASL_PLAINTEXT
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


# Whoever has a certificate of the authority, or knows a password: ada's by PLAIN, grace's by SCRAM.
SECURE = """ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/authority.pem
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
"""
JAAS = """listener.name.{listener}.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_ada="{ada}";
listener.name.{listener}.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.{listener}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


class Broker:
    """Starts with the first `start`; `kill` is a crash, after which it starts again with what it had."""

    def __init__(self, jars, folder, listeners="", more="", users=()):
        self.jars, self.folder, self.process = jars, folder, None
        self.port, controller = free_ports(2)
        self.address = f"127.0.0.1:{self.port}"
        os.makedirs(folder, exist_ok=True)
        self.properties = os.path.join(folder, "server.properties")
        with open(self.properties, "w", encoding="utf-8") as file:
            file.write(PROPERTIES.format(port=self.port, controller=controller, folder=folder, listeners=listeners) + more)
        self.java("kafka.tools.StorageTool", "format", "-t", uuid.uuid4().hex[:22], "-c", self.properties, *users)

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
        """Idempotent, so that what is sent anew to a topic that was just made does not overtake what came before."""
        return confluent_kafka.Producer({"bootstrap.servers": self.address, "enable.idempotence": True,
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


class SecureBroker(Broker):
    """Besides, it listens by TLS at `tls` to clients with a certificate, and to those with a password at `sasl`, by TLS, and at `plain`."""

    def __init__(self, jars, folder, ada, grace):
        self.folder = folder
        self.tls, self.sasl, self.plain = (f"127.0.0.1:{port}" for port in free_ports(3))
        os.makedirs(folder, exist_ok=True)
        certificates.found(folder)
        for name in ("broker", "client"):
            certificates.certify(folder, name)
        jaas = "".join(JAAS.format(listener=listener, ada=ada) for listener in ("sasl_ssl", "sasl_plaintext"))
        scram = [text for hash_ in ("256", "512") for text in ("--add-scram", f"SCRAM-SHA-{hash_}=[name=grace,password={grace}]")]
        super().__init__(jars, folder, f",SSL://{self.tls},SASL_SSL://{self.sasl},SASL_PLAINTEXT://{self.plain}", SECURE.format(folder=folder) + jaas, scram)
