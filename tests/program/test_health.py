"""`roster healthcheck`."""

import http.server
import socket
import threading
import unittest

from roster_process import ProgramTest


class Answers(http.server.BaseHTTPRequestHandler):
    """A server that is not ready, for the reason that its `problem` says."""

    def do_GET(self):
        body = self.server.problem.encode() if self.path == "/health/ready" else b""
        self.send_response(503)
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Healthcheck(ProgramTest):
    def test_a_server_that_is_ready(self):
        server = self.serve()
        done = self.run_roster("healthcheck", "--store", self.url)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, f"unix:{server.socket}: ready\n")
        url = f"http://127.0.0.1:{server.http_port}"
        done = self.run_roster("healthcheck", url)
        self.assertEqual((done.returncode, done.stdout), (0, f"{url}: ready\n"))

    def test_no_server(self):
        done = self.run_roster("healthcheck", "--store", self.url)
        self.assert_fails(done, 1, f"unix:{self.store_file}.sock: not ready: ")
        done = self.run_roster("healthcheck", "--store", "memory:")
        self.assert_fails(done, 2, "no admin socket")
        self.assert_fails(self.run_roster("healthcheck", "ftp://a"), 2, "URL: must be")

    def test_a_server_that_says_why_it_is_not_ready(self):
        server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
        self.addCleanup(server.server_close)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        url = f"http://127.0.0.1:{server.server_port}"
        for code, exit_code in (("store_unavailable", 5), ("overloaded", 1)):
            server.problem = f'{{"code":"{code}","detail":"because of {code}"}}'
            done = self.run_roster("healthcheck", url)
            self.assert_fails(done, exit_code, f"{url}: not ready: because of {code}")

    def test_a_server_that_does_not_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            done = self.run_roster("healthcheck", f"http://127.0.0.1:{silent.getsockname()[1]}")
        self.assert_fails(done, 1, "not ready: ")


if __name__ == "__main__":
    unittest.main()
