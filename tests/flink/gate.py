"""What stands before a SQL Gateway where not everybody may ask it: a server that forwards requests, as a reverse proxy with TLS that
wants a header and a certificate, or as a forward proxy."""
import http.server
import os
import ssl
import threading
import urllib.error
import urllib.request

TOKEN = "Bearer of good news"


class Gate(http.server.ThreadingHTTPServer):
    """Forwards to `url`. `folder`: with what the authority of certificates.py certifies for a "server", for TLS; None: a forward proxy."""

    def __init__(self, url, folder=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url, self.asked = url, []
        self.guarded = folder is not None
        if self.guarded:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(os.path.join(folder, "server.pem"))
            context.load_verify_locations(os.path.join(folder, "authority.pem"))
            context.verify_mode = ssl.CERT_REQUIRED
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A handshake that fails is the other side's to tell."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self):
        self.server.asked.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.guarded and self.headers.get("Authorization") != TOKEN:
            return self.answer(401, b'{"errors": ["who are you?"]}')
        url = self.path if self.path.startswith("http://") else self.server.url + self.path
        request = urllib.request.Request(url, method=self.command, data=body or None, headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return self.answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            return self.answer(error.code, error.read())

    do_GET = do_POST = do_DELETE = forward

    def answer(self, code, body):
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """The test says what is wrong."""
