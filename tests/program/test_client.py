"""`roster client` from a script: what it prints, and the exit codes."""

import pathlib
import select
import socket
import subprocess
import sys
import threading
import unittest

from roster_process import PROGRAM, TIMEOUT_SECONDS, ProgramTest, environment

STATUS = b"HTTP/1.1 200 OK\r\nRoster-Status: ready\r\nRoster-Uptime: 5\r\n\r\n"


class ScriptedServer:
    """Accepts one connection and runs a function on it."""

    def __init__(self, script):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(TIMEOUT_SECONDS)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, args=(script,))

    def _serve(self, script):
        connection, _ = self.listener.accept()
        with connection:
            connection.settimeout(TIMEOUT_SECONDS)
            script(connection)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(TIMEOUT_SECONDS)
        self.listener.close()


def read_heads(connection, count):
    """Reads until so many requests without a body have come; gives all that has come."""
    received = b""
    while received.count(b"\r\n\r\n") < count:
        part = connection.recv(4096)
        if not part:
            raise AssertionError(f"only {received!r}")
        received += part
    return received


def read_to_end(connection):
    while connection.recv(4096):
        pass


class Script(ProgramTest):
    @unittest.skipUnless(sys.platform == "linux", "reads /proc")
    def test_leaves_no_core(self):
        server = self.serve()
        with subprocess.Popen([PROGRAM, "client", f"{server.host}:{server.port}"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              env=environment()) as client:
            # It has begun when it has answered.
            client.stdin.write(b"help\n")
            client.stdin.flush()
            self.assertTrue(client.stdout.readline())
            limits = pathlib.Path(f"/proc/{client.pid}/limits").read_text()
            client.stdin.close()
        self.assertRegex(limits, r"Max core file size +0 +0 ")

    def client(self, server, text, *arguments):
        return self.run_roster("client", f"{server.host}:{server.port}", *arguments, stdin=text)

    def test_tells_the_story(self):
        self.add_user("a@a.com", "pw12-pw12", "--role", "admin")
        server = self.serve()
        done = self.client(
            server,
            "signup n@n.com pw12-pw12\nlogin n@n.com pw12-pw12\nget\nput 2 m@m.com new,pw\nget\nhead\nquit\n",
        )
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 0)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0:4], ["201 Created", "Success create user", "200 OK",
                                      "Success Login. you are user"])
        self.assertEqual(lines[5].split()[:3], ["id", "email", "role"])
        self.assertEqual(lines[6].split()[:4], ["2", "n@n.com", "user", "no"])
        self.assertEqual(lines[7:9], ["200 OK", "Success modify user"])
        self.assertEqual(lines[11].split()[:3], ["2", "m@m.com", "user"])
        self.assertEqual(lines[12:14], ["200 OK", "Roster-Status: ready"])

        done = self.client(server, "login a@a.com pw12-pw12\nget\nhead")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual([line.split()[:3] for line in lines[4:6]],
                         [["1", "a@a.com", "admin"], ["2", "m@m.com", "user"]])
        self.assertEqual(lines[-1], "Roster-Users: 2")

    def test_reads_commands_from_an_ordinary_file(self):
        server = self.serve()
        script = self.directory / "script"
        script.write_text("signup a@a.com pw12-pw12\n\nlogin a@a.com pw12-pw12\nhelp\n")
        with script.open() as stdin:
            done = subprocess.run(
                [PROGRAM, "client", f"{server.host}:{server.port}"], stdin=stdin,
                capture_output=True, text=True, timeout=TIMEOUT_SECONDS, env=environment(),
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Success Login. you are user\n", done.stdout)
        self.assertIn("signup EMAIL [PASSWORD]", done.stdout)

    def test_an_answer_that_refuses_makes_it_fail(self):
        server = self.serve()
        for line in ("get", "login a@a.com pw12-pw12", "signup a@a.com p"):
            done = self.client(server, f"head\n{line}\nhead\n")
            self.assertEqual(done.returncode, 1, line)
            self.assertEqual(done.stdout.count("200 OK"), 2, done.stdout)

    def test_an_answer_of_another_protocol_makes_it_fail(self):
        server = self.serve("--http", "127.0.0.1:0")
        done = self.run_roster("client", f"127.0.0.1:{server.http_port}", stdin="head\n")
        self.assertEqual(done.returncode, 1, done.stdout)

    def test_a_line_without_sense_is_named_and_the_others_are_carried_out(self):
        server = self.serve()
        done = self.client(server, "head\nbogus\n\nlogin a@a.com\nhead\n")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout.count("200 OK"), 2)
        self.assertEqual(
            done.stderr,
            "roster: line 2: no command 'bogus'; 'help' lists them\n"
            "roster: line 4: the password is missing, and there is no terminal to ask on\n",
        )

    def test_a_refusal_weighs_more_than_a_line_without_sense(self):
        server = self.serve()
        self.assertEqual(self.client(server, "bogus\nget\n").returncode, 1)

    def test_what_follows_quit_is_not_carried_out(self):
        server = self.serve()
        done = self.client(server, "quit\nget\nbogus\n")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_raw_shows_both_directions(self):
        server = self.serve()
        done = self.client(server, "signup a@a.com pw,12\n", "--raw")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], r"> POST / HTTP/1.1\r\n")
        self.assertIn("> user:a@a.com,pw,12,signup", lines)
        self.assertIn(r"< HTTP/1.1 201 Created\r\n", lines)
        self.assertIn("< Success create user", lines)
        self.assertEqual(lines[-2:], ["201 Created", "Success create user"])

    def test_says_that_no_server_is_there(self):
        with socket.socket() as bound_but_deaf:
            bound_but_deaf.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % bound_but_deaf.getsockname()[1]
            done = self.run_roster("client", address, stdin="head\n")
        self.assert_fails(done, 1, f"cannot connect to {address}: Connection refused",
                          "Is a server running?", f"'roster serve --classic {address}'")

    def test_refuses_what_is_no_address(self):
        for address in ("localhost", "127.0.0.1:", "::1:9999", "127.0.0.1:99999"):
            done = self.run_roster("client", address)
            self.assert_fails(done, 2, f"'{address}' is not HOST:PORT")

    def test_says_that_the_server_went_away_in_the_middle_of_an_answer(self):
        def script(connection):
            read_heads(connection, 2)
            connection.sendall(STATUS + b"HTTP/1.1 200 OK\r\nContent-Le")

        with ScriptedServer(script) as server:
            done = self.run_roster("client", server.address, stdin="head\nhead\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.count("200 OK"), 1)
        self.assertIn("roster: the server closed the connection; what was not answered may have "
                      "been done or not (1 of the commands)\n", done.stderr)

    def test_says_that_the_answer_makes_no_sense(self):
        def script(connection):
            read_heads(connection, 1)
            connection.sendall(b"SSH-2.0-OpenSSH\r\n")
            read_to_end(connection)

        with ScriptedServer(script) as server:
            done = self.run_roster("client", server.address, stdin="\nhead\n")
        self.assert_fails(done, 1, "line 2: the server sent a malformed answer")

    def test_waits_at_the_end_for_what_is_outstanding(self):
        input_has_ended = threading.Event()

        def script(connection):
            read_heads(connection, 2)
            input_has_ended.wait(TIMEOUT_SECONDS)
            connection.sendall(STATUS + STATUS)
            read_to_end(connection)

        with ScriptedServer(script) as server:
            client = self.begin(server)
            client.stdin.write("head\nhead\nquit\n")
            client.stdin.close()
            input_has_ended.set()
            self.assertEqual(client.stdout.read().count("200 OK"), 2)
            self.assertEqual(client.wait(TIMEOUT_SECONDS), 0)

    def test_prints_an_answer_while_the_input_goes_on(self):
        def script(connection):
            for _ in range(2):
                read_heads(connection, 1)
                connection.sendall(STATUS)
            read_to_end(connection)

        with ScriptedServer(script) as server:
            client = self.begin(server)
            for _ in range(2):
                client.stdin.write("head\n")
                client.stdin.flush()
                answer = [client.stdout.readline() for _ in range(3)]
                self.assertEqual(answer[0], "200 OK\n")
            client.stdin.close()
            self.assertEqual(client.wait(TIMEOUT_SECONDS), 0)

    def test_asks_no_more_than_sixteen_things_at_once(self):
        at_once = []

        def script(connection):
            received = read_heads(connection, 16)
            # The rest would come within this time; on a slow machine the test is blind, not red.
            if select.select([connection], [], [], 0.2)[0]:
                received += connection.recv(4096)
            at_once.append(received.count(b"\r\n\r\n"))
            connection.sendall(STATUS * 16)
            read_heads(connection, 4)
            connection.sendall(STATUS * 4)
            read_to_end(connection)

        with ScriptedServer(script) as server:
            done = self.run_roster("client", server.address, stdin="head\n" * 20)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("200 OK"), 20)
        self.assertEqual(at_once, [16])

    def test_thousands_of_commands_lose_nothing(self):
        server = self.serve()
        done = self.client(server, "head\n" * 3000)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("200 OK"), 3000)

    def begin(self, server):
        client = subprocess.Popen(
            [PROGRAM, "client", server.address], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=environment(),
        )
        self.addCleanup(client.wait, TIMEOUT_SECONDS)
        self.addCleanup(client.kill)
        self.addCleanup(client.stdout.close)
        return client


if __name__ == "__main__":
    unittest.main()
