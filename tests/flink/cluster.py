"""A session cluster of Apache Flink with its SQL Gateway on loopback ports, from the jars that cluster/pom.xml names."""
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import installed
from ports import free_ports

HERE = os.path.dirname(os.path.abspath(__file__))

PATIENCE = 180  # seconds that anything may take on a busy machine
OPEN = ["java.util", "java.lang", "java.time", "java.nio", "sun.nio.ch", "java.util.concurrent", "java.net", "java.text"]
JAVA = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPEN] + \
    ["--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED", "--add-exports=java.base/sun.net.util=ALL-UNNAMED"]
CONF = """rest.port: {rest}
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
jobmanager.rpc.address: 127.0.0.1
jobmanager.rpc.port: {rpc}
jobmanager.memory.process.size: 900m
taskmanager.host: 127.0.0.1
taskmanager.numberOfTaskSlots: {slots}
sql-gateway.endpoint.rest.address: 127.0.0.1
sql-gateway.endpoint.rest.port: {gateway}
"""
MEMORY = ("framework.heap.size=128m framework.off-heap.size=128m task.heap.size=384m task.off-heap.size=0b managed.size=200m "
          "network.min=64m network.max=64m jvm-metaspace.size=256m jvm-overhead.min=100m jvm-overhead.max=100m").split()


def place(weir, version=None):
    """(The folder of the jars, or None; why they cannot be had.) Of the version of cluster/pom.xml unless another one is said."""
    kind, chosen = ("flink-cluster", []) if version is None else (f"flink-cluster-{version}", [f"-Dflink={version}"])
    return installed.place(os.path.join(HERE, "cluster"), weir, "pom.xml", kind, ["java", "-version"],
                           ["mvn", "-q", "-B", "-f", "pom.xml", "dependency:copy-dependencies", "-DoutputDirectory=PLACE", *chosen])


def with_cluster(weir, prefix, work, slots=2):
    """What `work` makes of a cluster that runs and a folder, and None; or None, and why no cluster can be had."""
    jars, why = place(weir)
    if jars is None:
        return None, why
    with tempfile.TemporaryDirectory(prefix=prefix) as folder:
        cluster = Cluster(jars, os.path.join(folder, "cluster"), slots=slots)
        try:
            cluster.start()
            return work(cluster, folder), None
        finally:
            cluster.stop()


class Cluster:
    def __init__(self, jars, folder, slots=2):
        self.jars, self.folder, self.processes = jars, folder, []
        rest, rpc, gateway = free_ports(3)
        self.rest, self.gateway = f"http://127.0.0.1:{rest}", f"http://127.0.0.1:{gateway}"
        os.makedirs(os.path.join(folder, "conf"))
        with open(os.path.join(folder, "conf/config.yaml"), "w", encoding="utf-8") as file:
            file.write(CONF.format(rest=rest, rpc=rpc, gateway=gateway, slots=slots))

    def start(self):
        conf = ["--configDir", os.path.join(self.folder, "conf")]
        memory = [part for one in MEMORY for part in ("-D", "taskmanager.memory." + one)]
        self.java("600m", "jobmanager", "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint", *conf)
        self.java("1g", "taskmanager", "org.apache.flink.runtime.taskexecutor.TaskManagerRunner", *conf, "-D", "taskmanager.cpu.cores=2", *memory)
        self.java("600m", "gateway", "org.apache.flink.table.gateway.SqlGateway", "start-foreground")
        until(lambda: get(self.gateway + "/v3/info") and get(self.rest + "/overview").get("taskmanagers") == 1, "the cluster does not start")
        return self

    def java(self, memory, name, *arguments):
        environment = dict(os.environ, FLINK_CONF_DIR=os.path.join(self.folder, "conf"))
        with open(os.path.join(self.folder, name + ".log"), "w", encoding="utf-8") as log:
            self.processes.append(subprocess.Popen(["java", "-Xmx" + memory, *JAVA, "-cp", self.jars + "/*", *arguments], stdout=log,
                                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment, start_new_session=True))

    def printed(self, table):
        """The changes that the connector print has written under this identifier."""
        with open(os.path.join(self.folder, "taskmanager.log"), encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n").split("> ", 1)[1] for line in file if line.startswith(table + ">") or line.startswith(table + ":")]

    def jobs(self):
        """Id -> state."""
        return {job["jid"]: job["state"] for job in get(self.rest + "/jobs/overview").get("jobs", [])}

    def runs(self, job):
        """Whether all tasks of the job run, so that it can be saved."""
        jobs = [one for one in get(self.rest + "/jobs/overview").get("jobs", []) if one["jid"] == job]
        return bool(jobs) and jobs[0]["state"] == "RUNNING" and jobs[0]["tasks"]["running"] == jobs[0]["tasks"]["total"]

    def stop(self):
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return {}


def until(holds, otherwise):
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(otherwise() if callable(otherwise) else otherwise)
        time.sleep(0.2)
