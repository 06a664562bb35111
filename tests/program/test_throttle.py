"""Guesses at passwords, over the wire: how many are looked at, who is kept out, and what a kill
forgets."""

import json
import socket
import unittest

from documented_client import DocumentedClient
from roster_process import ProgramTest


class Guesser(DocumentedClient):
    """A client that comes from an address of its own."""

    def __init__(self, port, address="127.0.0.1"):
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=30, source_address=(address, 0))
        self.target = " /?"
        self.received = b""


class Throttle(ProgramTest):
    OWNER = "owner@a.com"
    PASSWORD = "the right one"

    def setUp(self):
        super().setUp()
        self.server = self.serve("--hash-memory-kib", "8", "--hash-passes", "1")
        with Guesser(self.server.port, "127.0.0.9") as client:
            self.assertEqual(client.sign_up(self.OWNER, self.PASSWORD).status, 201)

    def guess(self, password="wrong", email=OWNER, address="127.0.0.1"):
        with Guesser(self.server.port, address) as client:
            return client.log_in(email, password)

    def restart_hard(self):
        self.server.kill()
        self.server = self.serve("--hash-memory-kib", "8", "--hash-passes", "1")

    def test_after_six_wrong_guesses_the_right_one_has_to_wait(self):
        self.assertEqual([self.guess().status for _ in range(6)], [401] * 6)
        answer = self.guess(self.PASSWORD)
        self.assertEqual(answer.status, 429)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

    def test_the_owner_elsewhere_is_not_kept_out(self):
        for _ in range(20):
            self.guess()
        self.assertEqual(self.guess().status, 429)
        for address in ("127.0.0.9", "127.0.0.3"):
            self.assertEqual(self.guess(self.PASSWORD, address=address).status, 200)

    def test_a_kill_between_guesses_forgets_none(self):
        for _ in range(5):
            self.assertEqual(self.guess().status, 401)
            self.restart_hard()
        # The sixth is the last free one: it is only because of those before the kills that the
        # seventh has to wait.
        self.assertEqual(self.guess().status, 401)
        self.assertEqual(self.guess(self.PASSWORD).status, 429)

    def test_a_thousand_guesses_from_fifty_networks_are_mostly_not_looked_at(self):
        answers = [
            self.guess(address=f"127.0.{i % 50}.7").status for i in range(1000)
        ]
        self.assertEqual(set(answers), {401, 429})
        self.assertLessEqual(answers.count(401), 80)
        self.assertEqual(self.guess(self.PASSWORD, address="127.0.0.9").status, 200)

    def test_nobody_sees_whether_the_account_is_there(self):
        def answers(email):
            return [(a.status, a.headers.get("Retry-After"), a.body)
                    for a in (self.guess(email=email, address="127.0.0.5") for _ in range(9))]
        self.assertEqual(answers(self.OWNER), answers("nobody@a.com"))

    def test_the_audit_log_has_every_guess_and_one_line_for_many_refusals(self):
        for _ in range(6):
            self.guess()
        for _ in range(12):
            self.guess()
        self.server.stop()
        lines = [json.loads(line) for line in self.audit_log.read_text().splitlines()]
        guesses = [line for line in lines if line["action"] == "log_in"]
        self.assertEqual([g["outcome"] for g in guesses[:6]], ["invalid_credentials"] * 6)
        refused = [g for g in guesses if g["outcome"] == "too_many_attempts"]
        self.assertEqual([g.get("count", 1) for g in refused], [1, 9])
        self.assertEqual({g["target"] for g in guesses}, {"user 1"})
        self.assertEqual(self.run_roster("audit", "verify", "--store", self.url).returncode, 0)


if __name__ == "__main__":
    unittest.main()
