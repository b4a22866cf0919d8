"""A store that speaks S3: moto's server, from the package index, with its objects in memory; and what the tests do in it
by themselves, without the engine."""
import http.client
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..")]
import installed  # noqa: E402

PATIENCE = 60
# Not verified by moto, which yet refuses requests of nobody to objects that somebody has made.
SOMEBODY = "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


def moto(program):
    """(the directory of moto's virtual environment, why there is none)"""
    return installed.place(HERE, program, "requirements.txt", "s3-python", [sys.executable, "-m", "venv", "PLACE"],
                           ["PLACE/bin/python", "-m", "pip", "install", "-q", "-r", "requirements.txt"])


class Server:
    """Runs until it is left. Buckets are made by `put_bucket`."""

    def __init__(self, place):
        self.place, self.process = place, None

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([os.path.join(self.place, "bin", "moto_server"), "-H", "127.0.0.1", "-p", str(self.port)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        begun = time.monotonic()
        while True:
            try:
                self.ask("GET", "/")
                return self
            except OSError:
                if time.monotonic() - begun > PATIENCE or self.process.poll() is not None:
                    self.__exit__()
                    raise
                time.sleep(0.1)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method, path, body=b"", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Authorization": SOMEBODY, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            connection.close()

    def put_bucket(self, bucket):
        status, said, _ = self.ask("PUT", f"/{bucket}")
        assert status == 200, (status, said)

    def put(self, bucket, key, body):
        body = body.encode() if isinstance(body, str) else body
        status, said, _ = self.ask("PUT", f"/{bucket}/{urllib.parse.quote(key)}", body)
        assert status == 200, (status, said)

    def get(self, bucket, key):
        status, said, _ = self.ask("GET", f"/{bucket}/{urllib.parse.quote(key)}")
        return said if status == 200 else None

    def delete(self, bucket, key):
        self.ask("DELETE", f"/{bucket}/{urllib.parse.quote(key)}")

    def keys(self, bucket, prefix=""):
        """Of all its objects, in order, each with its size."""
        found, token = {}, ""
        while True:
            more = f"&continuation-token={urllib.parse.quote(token)}" if token else ""
            _, said, _ = self.ask("GET", f"/{bucket}?list-type=2&prefix={urllib.parse.quote(prefix)}{more}")
            said = said.decode()
            for one in re.findall(r"<Contents>(.*?)</Contents>", said, re.S):
                key = re.search(r"<Key>(.*?)</Key>", one).group(1)
                found[key.replace("&amp;", "&")] = int(re.search(r"<Size>(\d+)</Size>", one).group(1))
            token = re.search(r"<NextContinuationToken>(.*?)</NextContinuationToken>", said)
            if token is None:
                return found
            token = token.group(1)

    def uploads(self, bucket):
        """How many multipart uploads are neither complete nor aborted."""
        _, said, _ = self.ask("GET", f"/{bucket}?uploads")
        return said.decode().count("<Upload>")
