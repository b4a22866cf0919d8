"""A schema registry on a loopback port: Apicurio Registry, which has the API of Confluent's, from the archive that
registry-pom.xml names; and a gate before it."""
import base64
import http.client
import http.server
import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from broker import PATIENCE
from ports import free_ports

CONTENT = {"Content-Type": "application/vnd.schemaregistry.v1+json"}


class Registry:
    def __init__(self, place, folder):
        self.place, self.folder, self.process = place, folder, None
        self.port, self.tls_port = free_ports(2)
        self.path = "/apis/ccompat/v7"
        self.url = f"http://127.0.0.1:{self.port}{self.path}"
        self.tls_url = f"https://127.0.0.1:{self.tls_port}{self.path}"

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        for arguments in (("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1",
                           "-keyout", "registry.key", "-out", "registry.pem"),):
            subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=PATIENCE)
        said = {"quarkus.http.host": "127.0.0.1", "quarkus.http.port": self.port, "quarkus.http.ssl-port": self.tls_port,
                "quarkus.http.ssl.certificate.files": f"{self.folder}/registry.pem",
                "quarkus.http.ssl.certificate.key-files": f"{self.folder}/registry.key"}
        jar = next(name for name in os.listdir(self.place) if name.endswith("-runner.jar"))
        with open(os.path.join(self.folder, "registry.log"), "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(["java", "-Xmx300m", *(f"-D{key}={value}" for key, value in said.items()), "-jar",
                                             os.path.join(self.place, jar)], stdout=log, stderr=subprocess.STDOUT, cwd=self.folder,
                                            start_new_session=True)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.get("/subjects")
                return self
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"the registry does not start: {error}") from error
                time.sleep(0.2)

    def kill(self):
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return json.load(answer)

    def register(self, subject, schema):
        request = urllib.request.Request(f"{self.url}/subjects/{subject}/versions", json.dumps({"schema": json.dumps(schema)}).encode(), CONTENT)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["id"]

    def set_compatibility(self, subject, level):
        request = urllib.request.Request(f"{self.url}/config/{subject}", json.dumps({"compatibility": level}).encode(), CONTENT, method="PUT")
        urllib.request.urlopen(request, timeout=PATIENCE).close()


class Gate:
    """Passes requests on to a registry, but for the next `refusals`, which it answers with 503, those of nobody whom it
    knows, and all of them while it is shut: then it says nothing. Counts."""

    def __init__(self, registry, authorization=None):
        self.asked, self.refusals, self.shut = [], 0, False
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                gate.asked.append(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                while gate.shut:
                    time.sleep(0.1)
                if gate.refusals > 0:
                    gate.refusals -= 1
                    return self.send_error(503)
                if authorization and self.headers.get("Authorization") != authorization:
                    return self.send_error(401)
                there = http.client.HTTPConnection("127.0.0.1", registry.port, timeout=PATIENCE)
                headers = {"Content-Type": self.headers["Content-Type"]} if body else {}
                there.request(self.command, registry.path + self.path, body or None, headers)
                found = there.getresponse()
                data = found.read()
                self.send_response(found.status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                return None

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):  # who asked may be gone
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.shut = False
        self.server.shutdown()
        self.server.server_close()


def basic(user_info):
    return "Basic " + base64.b64encode(user_info.encode()).decode()
