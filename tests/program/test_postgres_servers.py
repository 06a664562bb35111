"""Two servers on one PostgreSQL: the other one knows at its next request what one acknowledged, and
limits are those of both together."""

import os
import time
import unittest

from postgres_program import PATIENCE_SECONDS, PostgresTest, at_once
from test_api import PASSWORD
from test_rate_limit import CHEAP, FIRST_WAIT_SECONDS, Guesser

# Of each test; more of them are for a person who has the time.
ROUNDS = int(os.environ.get("ROSTER_ROUNDS", "20"))


class TwoServers(PostgresTest):
    def setUp(self):
        super().setUp()
        self.one = self.open(*CHEAP)
        self.servers = [self.server, self.serve("--http", "127.0.0.1:0", *CHEAP)]
        self.other = self.api(self.servers[1])
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        self.add_user("b@b.com", PASSWORD)
        self.admin = self.one.log_in("admin@a.com")


class Agreement(TwoServers):
    def each_round(self):
        """A server, and another one that just accepted a session of b@b.com."""
        for i in range(ROUNDS):
            one, other = (self.one, self.other) if i % 2 else (self.other, self.one)
            token = other.log_in("b@b.com")
            self.assertEqual(other.ask("GET", "/v1/users/me", token=token)[0], 200)
            yield one, other, token

    def assert_ended(self, server, token):
        status, problem = server.ask("GET", "/v1/users/me", token=token)
        self.assertEqual((status, problem["code"]), (401, "session_revoked"))

    def change(self, server, **members):
        self.assertEqual(server.ask("PATCH", "/v1/users/2", members, token=self.admin)[0], 200)

    def test_a_disabled_user_is_refused(self):
        for one, other, token in self.each_round():
            self.change(one, disabled=True)
            self.assert_ended(other, token)
            self.change(one, disabled=False)

    def test_a_new_password_ends_sessions(self):
        for one, other, token in self.each_round():
            password = {"new_password": PASSWORD}
            path = "/v1/users/2/password"
            self.assertEqual(one.ask("PUT", path, password, token=self.admin)[0], 204)
            self.assert_ended(other, token)

    def test_an_ended_session_is_refused(self):
        for one, other, token in self.each_round():
            self.assertEqual(one.ask("DELETE", "/v1/sessions/current", token=token)[0], 204)
            self.assert_ended(other, token)

    def test_a_role_is_given_and_taken(self):
        for one, other, token in self.each_round():
            self.change(one, role="admin")
            self.assertEqual(other.ask("GET", "/v1/users/1", token=token)[0], 200)
            self.change(one, role="user")
            self.assertEqual(other.ask("GET", "/v1/users/1", token=token)[0], 404)

    def test_an_edit_by_sql_counts(self):
        for _, other, token in self.each_round():
            self.database.sql("UPDATE users SET disabled = true WHERE id = 2")
            self.assert_ended(other, token)
            self.database.sql("UPDATE users SET disabled = false WHERE id = 2")


    def test_costs_that_differ_do_not_hash_a_password_in_turns(self):
        dear = self.api(self.serve("--http", "127.0.0.1:0", "--hash-memory-kib", "64",
                                   "--hash-passes", "1"))
        password = {"new_password": PASSWORD}
        path = "/v1/users/2/password"
        self.assertEqual(self.one.ask("PUT", path, password, token=self.admin)[0], 204)
        for server in (self.one, dear, self.one, dear):
            server.log_in("b@b.com")
        self.assertIn("m=64,t=1", self.database.sql("SELECT password_hash FROM users WHERE id = 2"))
        revision = self.database.sql("SELECT revision FROM store")
        self.one.log_in("b@b.com")
        self.assertEqual(self.database.sql("SELECT revision FROM store"), revision)


class Races(TwoServers):
    def test_an_email_is_given_once(self):
        for i in range(ROUNDS):
            user = {"email": f"{i}@c.com", "password": PASSWORD}
            answers = at_once(*(lambda one=one: one.ask("POST", "/v1/users", user, self.admin)[0]
                                for one in (self.one, self.other)))
            self.assertEqual(sorted(answers), [201, 409])

    def test_the_last_administrator_stays(self):
        self.database.sql("UPDATE users SET role = 'admin' WHERE id = 2")
        for i in range(ROUNDS):
            tokens = [self.one.log_in("admin@a.com"), self.other.log_in("b@b.com")]
            change = ({"role": "user"}, {"disabled": True})[i % 2]
            # Each takes away the other one.
            answers = at_once(
                lambda: self.one.ask("PATCH", "/v1/users/2", change, token=tokens[0])[0],
                lambda: self.other.ask("PATCH", "/v1/users/1", change, token=tokens[1])[0])
            self.assertEqual(answers.count(200), 1, answers)
            count = "SELECT count(*) FROM users WHERE role = 'admin' AND NOT disabled"
            self.assertEqual(self.database.sql(count), "1")
            self.database.sql("UPDATE users SET role = 'admin', disabled = false")


class RateLimit(TwoServers):
    def guess(self, number, password="wrong", email="b@b.com", address="127.0.0.1"):
        """A number is one of the two servers."""
        with Guesser(self.servers[number % 2].port, address) as client:
            return client.log_in(email, password).status

    def test_of_200_guesses_at_once_six_are_verified(self):
        end = time.monotonic() + PATIENCE_SECONDS
        for i in range(100):
            email = f"{i}@c.com"
            self.add_user(email, PASSWORD)
            begun = time.monotonic()
            answers = at_once(*(lambda n=n: self.guess(n, email=email) for n in range(200)))
            # On a machine that is too slow the seventh does not come too early.
            if time.monotonic() - begun < FIRST_WAIT_SECONDS:
                break
            self.assertLess(time.monotonic(), end, "never quick enough")
        self.assertEqual((answers.count(401), answers.count(429)), (6, 194))

    def test_the_hundred_of_an_account_are_those_of_both(self):
        self.assertEqual(self.guess(0, PASSWORD, address="127.0.0.9"), 200)
        answers = at_once(*(lambda n=n: self.guess(n, address=f"127.0.{n // 2 % 60}.7")
                            for n in range(240)))
        # An attempt that is under way counts as a failure, and none of them succeeds.
        self.assertEqual((answers.count(401), answers.count(429)), (90, 150))
        for number in range(2):
            self.assertEqual(self.guess(number, PASSWORD), 429)
            self.assertEqual(self.guess(number, PASSWORD, address="127.0.0.9"), 200)


if __name__ == "__main__":
    unittest.main()
