"""F1 and F28: a server is killed, or told to stop, while it writes."""

import pathlib
import signal
import subprocess
import sys
import time
import unittest

from faults import PASSWORD, UsersFileReader, Clients, FaultTest, report, rounds
from roster_process import PROGRAM, TIMEOUT_SECONDS, environment, exchange, request


class Kill(FaultTest):
    def test_loses_nothing(self):
        """F1"""
        self.add_admin()
        count = rounds(short=5, full=200)
        with UsersFileReader(self.store_file) as reader:
            for number in range(count):
                self.kill_a_server(number)
        server = self.serve()
        self.check(server, "at the end")
        self.assertEqual(server.stop(), 0, server.log())
        self.check_stored("at the end")
        self.assert_kept(reader)
        self.assertEqual(self.litter(), [])
        report(
            "F1",
            f"killed {count} times, {self.ledger.acknowledged} acknowledged writes, 0 lost; "
            f"the users file was read {reader.times_read} times",
        )

    def kill_a_server(self, number):
        server = self.serve()
        self.check(server, f"start {number}")
        with Clients(server, self.ledger, f"round {number}"):
            self.ledger.wait_for_acknowledged(self.choices.randrange(1, 30))
            time.sleep(self.choices.uniform(0, 0.02))
            server.kill()
        if number % 4 == 0:
            self.kill_while_starting()

    def kill_while_starting(self):
        with subprocess.Popen(
            [PROGRAM, "serve", "--classic", "127.0.0.1:0", "--store", self.url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        ) as starting:
            time.sleep(self.choices.uniform(0, 0.05))
            starting.kill()


class Stop(FaultTest):
    """F28"""

    def setUp(self):
        super().setUp()
        self.add_admin()

    def test_under_load_keeps_every_promise(self):
        count = rounds(short=3, full=30)
        with UsersFileReader(self.store_file) as reader:
            for number in range(count):
                server = self.serve()
                self.check(server, f"start {number}")
                with Clients(server, self.ledger, f"round {number}"):
                    self.ledger.wait_for_acknowledged(self.choices.randrange(1, 20))
                    signals = self.choices.choice((1, 2))
                    for _ in range(signals):
                        server.process.send_signal(signal.SIGTERM)
                        time.sleep(self.choices.uniform(0, 0.005))
                    self.assertEqual(server.wait(), 0, server.log())
                self.check_stored(f"stop {number}")
        self.assert_kept(reader)
        self.assertEqual(self.litter(), [])
        report(
            "F28",
            f"SIGTERM {count} times under load, {self.ledger.acknowledged} acknowledged writes, "
            "0 lost",
        )

    @unittest.skipUnless(sys.platform == "linux", "reads /proc")
    def test_answers_what_is_in_flight(self):
        # Slow hashes, but within the limits for waiting.
        server = self.start(
            "--store", self.url, "--hash-memory-kib", "4096", "--stop-grace", f"{TIMEOUT_SECONDS}s"
        )
        connections = [server.connect() for _ in range(64)]
        heard = []
        for number, connection in enumerate(connections):
            self.addCleanup(connection.close)
            heard.append(self.ledger.sends(f"a{number}", f"a{number}@load.test"))
            body = f"user:a{number}@load.test,{PASSWORD},signup"
            connection.sendall(request("POST", body))
        self.wait_until_read(server.port)
        server.process.send_signal(signal.SIGTERM)
        for connection, tell in zip(connections, heard):
            answer = b""
            while part := connection.recv(4096):
                answer += part
            self.assertTrue(answer.startswith(b"HTTP/1.1 201 "), (answer, server.log()))
            tell(201)
        self.assertEqual(server.wait(), 0, server.log())
        self.check_stored("after SIGTERM")
        self.assert_kept()
        report("F28", "SIGTERM with 64 sign-ups in flight, all of them answered")

    def wait_until_read(self, port):
        """Until the program has read everything that arrived at this port."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while any(waiting > 0 for waiting in waiting_bytes(port)):
            self.assertLess(time.monotonic(), deadline, "it reads too little")
            time.sleep(0.001)

    def test_survives_hangups_and_broken_pipes(self):
        server = self.serve()
        with Clients(server, self.ledger, "hangup") as clients:
            for _ in range(rounds(short=5, full=50)):
                server.process.send_signal(signal.SIGHUP)
                server.process.send_signal(signal.SIGPIPE)
                self.ledger.wait_for_acknowledged(2)
        self.assertEqual(clients.cut_off, [])
        with server.connect() as connection:
            self.assertEqual(exchange(connection, "GET")[0], 403)
        self.assertEqual(server.stop(), 0, server.log())
        self.check_stored("after SIGHUP and SIGPIPE")
        self.assert_kept()
        report("F28", f"SIGHUP and SIGPIPE under load, {self.ledger.acknowledged} answered writes")


def waiting_bytes(port):
    """The bytes that wait to be read, for each connection to this port."""
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].split(":")[1], 16) == port and fields[3] == "01":
            yield int(fields[4].split(":")[1], 16)


if __name__ == "__main__":
    unittest.main()
