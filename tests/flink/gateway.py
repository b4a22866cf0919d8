"""A session of a SQL Gateway of Flink."""
import json
import time
import urllib.error
import urllib.request


class Session:
    def __init__(self, url):
        self.url = url.rstrip("/") + "/v3"
        self.path = "/sessions/" + self.call("POST", "/sessions", {"properties": {}})["sessionHandle"]

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method, headers={"Content-Type": "application/json"},
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def execute(self, statement):
        """The first page of the result."""
        handle = self.call("POST", self.path + "/statements", {"statement": statement})["operationHandle"]
        operation = f"{self.path}/operations/{handle}"
        while self.call("GET", operation + "/status")["status"] not in ("FINISHED", "ERROR"):
            time.sleep(0.05)
        try:
            return self.call("GET", operation + "/result/0")
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            raise RuntimeError(f"{statement}: {text.rsplit('Caused by: ', 1)[-1][:600]}") from error

    def close(self):
        self.call("DELETE", self.path)
