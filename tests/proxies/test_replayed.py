"""Requests of Traefik and Envoy as their documentation describes them, replayed: neither is run."""

import json
import pathlib
import socket
import tempfile
import unittest

from proxies import free_port, run_roster, snippet
from roster_process import RosterServer
from test_proxies import COOKIE, PASSWORD, ask

# Traefik v3, middleware ForwardAuth with trustForwardHeader: false. The client's headers follow.
TRAEFIK = """GET /v1/authorize?{query} HTTP/1.1\r
Host: 127.0.0.1\r
User-Agent: Mozilla/5.0\r
X-Forwarded-For: 192.0.2.1\r
X-Forwarded-Host: app.lab.lan\r
X-Forwarded-Method: {method}\r
X-Forwarded-Port: 80\r
X-Forwarded-Proto: http\r
X-Forwarded-Server: traefik\r
X-Forwarded-Uri: {path}\r
X-Real-Ip: 192.0.2.1\r
Accept-Encoding: gzip\r
{headers}\r
"""
# Envoy 1.30, ext_authz with an HTTP service and the snippet's lists of headers.
ENVOY = """{method} /v1/authorize/envoy{path} HTTP/1.1\r
host: app.lab.lan\r
x-forwarded-proto: http\r
roster-require: {query}\r
x-envoy-internal: true\r
x-forwarded-for: 192.0.2.1\r
x-envoy-expected-rq-timeout-ms: 5000\r
content-length: 0\r
{headers}\r
"""
PAGE = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n"


class Replayed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="roster-replayed-")
        cls.addClassCleanup(directory.cleanup)
        store = f"json:{pathlib.Path(directory.name)}/users.json"
        done = run_roster("user", "add", "--store", store, "--password-stdin", "--group", "media",
                          "ada@lab.lan", stdin=PASSWORD + "\n")
        assert done.returncode == 0, done.stderr
        cls.port = free_port()
        cls.public_url = f"http://auth.lab.lan:{cls.port}"
        cls.server = RosterServer(
            "--store", store, "--http", f"127.0.0.1:{cls.port}",
            "--public-url", cls.public_url, "--forward-domain", "lab.lan",
            "--hash-memory-kib", "64", "--hash-passes", "1", cwd=directory.name)
        cls.addClassCleanup(cls.server.__exit__)
        status, headers, text = ask(
            cls.port, "POST", "/v1/sessions",
            {"Content-Type": "application/json", "Origin": cls.public_url},
            json.dumps({"login": "ada@lab.lan", "password": PASSWORD, "cookie": True}))
        assert status == 201, text
        line = next(l for l in headers.get_all("Set-Cookie") if l.startswith(COOKIE))
        cls.cookie = f"Cookie: {line.partition(';')[0]}\r\n"

    def replay(self, request, method="GET", path="/a?b=c", query="redirect=auto", headers=""):
        """Status and headers of two answers on one connection, which are the same."""
        text = request.format(method=method, path=path, query=query, headers=headers)
        first, second = self.send(text + text, method)
        self.assertEqual(first[0], second[0])
        return first

    def send(self, text, method):
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
            client.sendall(text.encode())
            client.shutdown(socket.SHUT_WR)
            received = b""
            while part := client.recv(65536):
                received += part
        answers = [part for part in received.decode().split("HTTP/1.1 ") if part]
        self.assertEqual(len(answers), 2, received)
        for answer in answers:
            head = answer.partition("\r\n\r\n")[0].split("\r\n")
            yield int(head[0][:3]), dict(line.split(": ", 1) for line in head[1:])

    def test_both_let_a_user_in(self):
        for request in (TRAEFIK, ENVOY):
            status, headers = self.replay(request, headers=self.cookie)
            self.assertEqual((status, headers["Remote-User"], headers["Remote-Groups"]),
                             (200, "ada@lab.lan", "media,user"))
            self.assertEqual(headers["Content-Length"], "0")

    def test_both_lead_a_browser_to_the_log_in_page(self):
        for request in (TRAEFIK, ENVOY):
            status, headers = self.replay(request, headers=PAGE)
            self.assertEqual((status, headers["Location"]),
                             (302, f"{self.public_url}/login?rd=http://app.lab.lan/a?b%3Dc"))
            self.assertEqual(self.replay(request, method="POST", headers=PAGE)[0], 401)
            self.assertEqual(self.replay(request, headers=PAGE + "Upgrade: websocket\r\n")[0], 401)

    def test_both_keep_another_group_out(self):
        for request in (TRAEFIK, ENVOY):
            self.assertEqual(self.replay(request, query="group=media", headers=self.cookie)[0], 200)
            self.assertEqual(self.replay(request, query="group=x", headers=self.cookie)[0], 403)
            self.assertEqual(self.replay(request, query="groups=x", headers=self.cookie)[0], 400)

    def test_envoy_asks_with_any_method_and_the_clients_query(self):
        for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "TRACE"):
            status, _ = self.replay(ENVOY, method=method, path="/a?group=x&role=admin",
                                    headers=self.cookie)
            self.assertEqual(status, 200, method)
            self.assertEqual(self.replay(ENVOY, method=method)[0], 401, method)

    def test_the_clients_other_headers_change_nothing(self):
        forged = ("X_Forwarded_Host: evil.example.com\r\nForwarded: host=evil.example.com\r\n"
                  "X-Original-URL: http://evil.example.com/\r\nRemote-User: root\r\n"
                  "If-None-Match: *\r\nRange: bytes=0-1\r\nExpect: 100-continue\r\n")
        for request in (TRAEFIK, ENVOY):
            status, headers = self.replay(request, headers=self.cookie + forged)
            self.assertEqual((status, headers["Remote-User"]), (200, "ada@lab.lan"))
        self.assertEqual(self.replay(TRAEFIK, headers=PAGE + forged)[1]["Location"],
                         f"{self.public_url}/login?rd=http://app.lab.lan/a?b%3Dc")

    def test_a_header_that_is_there_twice_closes(self):
        for name in ("Host", "Proto", "Uri", "Method"):
            status, _ = self.replay(TRAEFIK, headers=f"{self.cookie}X-Forwarded-{name}: x\r\n")
            self.assertEqual(status, 400, name)

    def test_http_1_0_and_unknown_expectations_are_answered(self):
        text = TRAEFIK.format(method="GET", path="/", query="redirect=auto", headers=self.cookie)
        for changed in (text.replace("HTTP/1.1", "HTTP/1.0"),
                        text.replace("\r\nHost", "\r\nExpect: x\r\nHost")):
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
                client.sendall(changed.encode())
                self.assertIn(b" 200 ", client.recv(4096).partition(b"\r\n")[0] + b" ")

    def test_the_snippets_have_what_is_replayed(self):
        for kind, parts in (("traefik", ("/v1/authorize?group=media", "trustForwardHeader: false")),
                            ("envoy", ("path_prefix: /v1/authorize/envoy", 'value: "group=media"'))):
            text = snippet(kind, "app.lab.lan", self.public_url, 3000, "127.0.0.1:8080",
                           "--group", "media")
            for part in parts:
                self.assertIn(part, text)


if __name__ == "__main__":
    unittest.main()
