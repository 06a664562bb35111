"""`roster healthcheck`, and what the server tells the service manager that started it."""

import http.server
import os
import pathlib
import signal
import socket
import tempfile
import threading
import unittest

from roster_process import TIMEOUT_SECONDS, ProgramTest


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

    def test_a_server_that_refuses_how_it_is_asked(self):
        server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
        self.addCleanup(server.server_close)
        server.problem = '{"code":"malformed_request","detail":"write https://"}'
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        self.addCleanup(thread.join)
        done = self.run_roster("healthcheck", f"http://127.0.0.1:{server.server_port}")
        self.assert_fails(done, 1, "not ready: write https://")

    def test_a_server_that_does_not_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            done = self.run_roster("healthcheck", f"http://127.0.0.1:{silent.getsockname()[1]}")
        self.assert_fails(done, 1, "not ready: ")


class Service(ProgramTest):
    """The protocol of sd_notify(3), with this test in the place of the manager."""

    def listen(self, abstract=False):
        """Returns the value of NOTIFY_SOCKET."""
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.settimeout(TIMEOUT_SECONDS)
        if abstract:
            # The system chooses an abstract name.
            self.manager.bind("")
            return "@" + self.manager.getsockname()[1:].decode()
        directory = tempfile.TemporaryDirectory(prefix="roster-notify-")
        self.addCleanup(directory.cleanup)
        path = str(pathlib.Path(directory.name) / "notify")
        self.manager.bind(path)
        return path

    def told(self):
        """The next message, as a dictionary."""
        lines = self.manager.recv(4096).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def test_hears_of_the_start_of_reloads_and_of_the_stop(self):
        for abstract in (False, True):
            with self.subTest(abstract=abstract):
                server = self.serve(variables={"NOTIFY_SOCKET": self.listen(abstract)})
                self.assertEqual(self.told(), {"STATUS": "Opening the store"})
                self.assertEqual(self.told(), {"READY": "1", "STATUS": f"Serving {self.url}"})
                server.process.send_signal(signal.SIGHUP)
                reloading = self.told()
                self.assertEqual(reloading.pop("RELOADING"), "1")
                self.assertGreater(int(reloading.pop("MONOTONIC_USEC")), 0)
                self.assertEqual(reloading, {})
                self.assertEqual(self.told(), {"READY": "1"})
                self.assertEqual(server.stop(), 0)
                self.assertEqual(self.told(), {"STOPPING": "1", "STATUS": "Stopping"})

    def watch(self, variables):
        server = self.serve(variables={"NOTIFY_SOCKET": self.listen()} | variables)
        self.told(), self.told()
        return server

    def test_hears_that_it_is_alive(self):
        self.watch({"WATCHDOG_USEC": "20000"})
        for _ in range(3):
            self.assertEqual(self.told(), {"WATCHDOG": "1"})

    def test_hears_nothing_that_it_does_not_ask_for(self):
        for variables in (
            {}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "x"},
            {"WATCHDOG_USEC": "20000", "WATCHDOG_PID": str(os.getpid())},
        ):  # fmt: skip
            server = self.watch(variables)
            self.assertEqual(server.stop(), 0)
            self.assertEqual(self.told()["STOPPING"], "1", variables)

    def test_a_manager_that_is_gone_stops_nothing(self):
        path = self.listen()
        self.manager.close()
        server = self.serve(variables={"NOTIFY_SOCKET": path})
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
