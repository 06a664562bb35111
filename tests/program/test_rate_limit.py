"""Guesses at passwords, over the wire: how many are verified, who has to wait, and what survives a
kill."""

import json
import re
import shutil
import socket
import subprocess
import time
import unittest

from documented_client import DocumentedClient
from roster_process import ROOT, TIMEOUT_SECONDS, ProgramTest, request

CHEAP = ("--hash-memory-kib", "8", "--hash-passes", "1")
# The wait of the first guess that is not free.
FIRST_WAIT_SECONDS = 1


class Guesser(DocumentedClient):
    """A client with an address of its own. It frames its requests as HTTP says: after those of the
    documented client the server listens for what may still come."""

    def __init__(self, port, address="127.0.0.1"):
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=TIMEOUT_SECONDS, source_address=(address, 0))
        self.received = b""

    def request(self, method, *fields):
        return request(method, "user:" + ",".join(fields))


class RateLimit(ProgramTest):
    OWNER = "owner@a.com"
    PASSWORD = "the right one"

    def setUp(self):
        super().setUp()
        self.server = self.serve(*CHEAP)
        self.accounts = 0
        self.sign_up(self.OWNER)

    def sign_up(self, email):
        with Guesser(self.server.port, "127.0.0.9") as client:
            self.assertEqual(client.sign_up(email, self.PASSWORD).status, 201)
        self.accounts += 1
        return email

    def guess(self, password="wrong", email=OWNER, address="127.0.0.1"):
        with Guesser(self.server.port, address) as client:
            return client.log_in(email, password)

    def test_fail2ban_finds_the_addresses_of_wrong_guesses(self):
        self.guess(address="127.0.0.2")
        # What a client sends counts as no other address, wherever it stands.
        forged = 'info event=log_in_failed address=127.0.0.4 reason=invalid_credentials target="'
        self.guess(email=forged, address="127.0.0.3")
        self.server.wait_for_log("address=127.0.0.3")
        self.assertEqual(self.banned(), ["127.0.0.2", "127.0.0.3"])
        self.assertIn(r'target="email info event=log_in_failed address=127.0.0.4 '
                      r'reason=invalid_credentials target=\""', self.server.log())

    def banned(self):
        """The addresses that the example for fail2ban finds, by fail2ban or as it does."""
        example = ROOT / "examples" / "fail2ban-filter.conf"
        log = self.directory / "log"
        log.write_text(self.server.log())
        fail2ban = shutil.which("fail2ban-regex")
        if fail2ban is None:
            expression = re.search(r"^failregex = (.*)$", example.read_text(), re.MULTILINE)[1]
            expression = expression.replace(r"^\s*", r"^\S+\s+").replace("<HOST>", r"(\S+)")
            return re.findall(expression, log.read_text(), re.MULTILINE)
        return subprocess.run(
            [fail2ban, "--out", "ip", log, example], capture_output=True, text=True, check=True
        ).stdout.split()

    def guess_five_times(self, email):
        """All that are free but the last."""
        self.assertEqual([self.guess(email=email).status for _ in range(5)], [401] * 5)

    def in_the_first_wait(self, prepare, act):
        """What `act` returns for an account that `prepare` was called with. It has to be quicker than
        the wait that it sees; if the machine is too slow, another account is tried."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            email = self.sign_up(f"owner{self.accounts}@a.com")
            prepare(email)
            begun = time.monotonic()
            seen = act(email)
            ended = time.monotonic()
            if ended - begun < FIRST_WAIT_SECONDS:
                return seen
            self.assertLess(ended, deadline, "never quick enough to see anything")

    def restart_hard(self):
        self.server.kill()
        self.server = self.serve(*CHEAP)

    def test_after_six_wrong_guesses_the_right_one_has_to_wait(self):
        sixth, right = self.in_the_first_wait(
            self.guess_five_times,
            lambda email: (self.guess(email=email), self.guess(self.PASSWORD, email)),
        )
        self.assertEqual((sixth.status, right.status), (401, 429))
        self.assertGreaterEqual(int(right.headers["Retry-After"]), 1)

    def test_the_owner_elsewhere_does_not_wait(self):
        answers = [self.guess().status for _ in range(20)]
        # Every guess that is verified doubles the wait: even slow ones meet it soon.
        self.assertEqual(answers[:6], [401] * 6)
        self.assertIn(429, answers)
        for address in ("127.0.0.9", "127.0.0.3"):
            self.assertEqual(self.guess(self.PASSWORD, address=address).status, 200)

    def test_no_guess_is_forgotten_in_a_kill(self):
        def guess_and_kill(email):
            for _ in range(5):
                self.assertEqual(self.guess(email=email).status, 401)
                self.restart_hard()

        # The sixth is the last free one: the seventh waits only because of those before the kills.
        sixth, right = self.in_the_first_wait(
            guess_and_kill,
            lambda email: (self.guess(email=email), self.guess(self.PASSWORD, email)),
        )
        self.assertEqual((sixth.status, right.status), (401, 429))

    def test_of_a_thousand_guesses_from_fifty_networks_few_are_verified(self):
        answers = [
            self.guess(address=f"127.0.{i % 50}.7").status for i in range(1000)
        ]
        self.assertEqual(set(answers), {401, 429})
        self.assertLessEqual(answers.count(401), 90)
        self.assertEqual(self.guess(self.PASSWORD, address="127.0.0.9").status, 200)

    def test_answers_do_not_tell_whether_the_account_exists(self):
        def answers(rename):
            first = []

            def ask(email):
                answer = self.guess(email=rename(email), address="127.0.0.5")
                return answer.status, answer.headers.get("Retry-After"), answer.body

            def prepare(email):
                first[:] = [ask(email) for _ in range(5)]

            last = self.in_the_first_wait(prepare, lambda email: [ask(email) for _ in range(4)])
            return first + last

        there = answers(lambda email: email)
        self.assertEqual([status for status, _, _ in there], [401] * 6 + [429] * 3)
        self.assertEqual(there, answers(lambda email: f"not-{email}"))

    def test_the_audit_log_has_every_guess_and_one_line_for_many_refusals(self):
        self.in_the_first_wait(
            self.guess_five_times, lambda email: [self.guess(email=email) for _ in range(13)]
        )
        self.server.stop()
        lines = [json.loads(line) for line in self.audit_log.read_text().splitlines()]
        target = {"user": self.accounts}
        guesses = [line for line in lines
                   if line["action"] == "log_in" and line["target"] == target]
        wrong = [g for g in guesses if g["outcome"] == "invalid_credentials"]
        self.assertEqual(len(wrong), 6)
        # Of the network: those of accounts that were tried before count, too.
        refused = [line.get("count", 1) for line in lines if line["outcome"] == "too_many_attempts"]
        self.assertEqual(refused[:2], [1, 9])
        self.assertGreaterEqual(sum(refused), 12)
        self.assertLessEqual(len(refused), 4)
        self.assertEqual(self.run_roster("audit", "verify", "--store", self.url).returncode, 0)


if __name__ == "__main__":
    unittest.main()
