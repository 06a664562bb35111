"""The Unix socket beside the store, on which the local operator asks the HTTP API."""

import http.client
import json
import os
import signal
import socket
import stat
import unittest

from roster_process import ProgramTest


class SocketConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class AdminSocket(ProgramTest):
    def setUp(self):
        super().setUp()
        self.socket = str(self.store_file) + ".sock"

    def ask(self, path, method, target, body=None):
        """Gives the status and the JSON of the answer."""
        connection = SocketConnection(path)
        self.addCleanup(connection.close)
        text = None if body is None else json.dumps(body)
        connection.request(method, target, text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or "null")

    def test_lies_beside_the_store_while_it_is_served(self):
        server = self.serve()
        self.assertEqual(server.socket, self.socket)
        self.assertEqual(stat.filemode(os.lstat(self.socket).st_mode), "srw-------")
        self.assertEqual(server.stop(), 0)
        self.assertFalse(os.path.lexists(self.socket))

    def test_its_caller_is_the_operator(self):
        server = self.serve("--access-log", "on", "--sign-up", "closed")
        user = {"email": "a@a.com", "password": "correct horse", "role": "admin"}
        status, made = self.ask(self.socket, "POST", "/v1/users", user)
        self.assertEqual((status, made["role"]), (201, "admin"))
        self.assertEqual(self.ask(self.socket, "GET", "/v1/users")[1]["items"][0]["id"], 1)
        server.wait_for_log("http local GET /v1/users 200 ")
        server.stop()
        events = [json.loads(line) for line in self.audit_log.read_text().splitlines()]
        event = next(event for event in events if event["action"] == "sign_up")
        self.assertEqual((event["actor"], event.get("address")), ("operator", None))

    def test_takes_over_what_a_killed_server_left(self):
        self.serve().stop(signal.SIGKILL)
        self.assertTrue(os.path.lexists(self.socket))
        self.serve()
        self.assertEqual(self.ask(self.socket, "GET", "/v1/status")[0], 200)

    def test_is_not_taken_from_another_server(self):
        self.serve()
        other = self.run_roster(
            "serve", "--store", "json:other.json", "--admin-socket", self.socket,
            "--classic", "127.0.0.1:0",
        )
        self.assert_fails(other, 1, "another server answers there", "--admin-socket")
        self.assertEqual(self.ask(self.socket, "GET", "/v1/status")[0], 200)

    def test_can_be_elsewhere_or_off(self):
        server = self.serve("--admin-socket", "a.sock")
        self.assertEqual(self.ask(str(self.directory / "a.sock"), "GET", "/v1/status")[0], 200)
        self.assertFalse(os.path.lexists(self.socket))
        server.stop()
        self.assertEqual(self.serve("--admin-socket", "off").socket, "off")
        self.assertFalse(os.path.lexists(self.socket))
        self.assertEqual(self.start("--store", "memory:").socket, "off")

    def test_elsewhere_it_is_found_by_the_same_setting(self):
        self.serve("--admin-socket", "a.sock")
        add = ["user", "add", "--store", self.url, "--password-stdin"]
        done = self.run_roster(*add, "a@a.com", stdin="correct horse\n")
        self.assert_fails(done, 5, "in use", "--admin-socket")
        done = self.run_roster(*add, "a@a.com", "--admin-socket", "a.sock", stdin="correct horse\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        here = {"ROSTER_ADMIN_SOCKET": "a.sock"}
        done = self.run_roster(*add, "b@b.com", stdin="correct horse\n", variables=here)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_path_that_is_too_long_is_done_without(self):
        deep = self.directory / ("d" * 100)
        deep.mkdir()
        self.use_directory(deep)
        server = self.serve()
        self.assertEqual(server.socket, "off")
        server.wait_for_log("there is no admin socket: ")


if __name__ == "__main__":
    unittest.main()
