"""`roster serve --store postgres://...`: outages, lost connections, and two servers on one store."""

import contextlib
import http.client
import pathlib
import select
import socket
import sys
import threading
import time
import unittest

from roster_process import ProgramTest
from test_api import PASSWORD, Api

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import postgres_server

# Of an answer to a request while the database is away; the rest is a busy machine's.
OUTAGE_SECONDS = 2
PATIENCE_SECONDS = 30


@unittest.skipUnless(postgres_server.PROGRAMS, "there is no PostgreSQL here; install postgresql")
class PostgresTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.database = postgres_server.PostgresServer()
        self.addCleanup(self.database.close)
        self.url = self.database.url()

    def api(self, server):
        api = Api(server)
        self.addCleanup(api.close)
        return api

    def open(self, *arguments, **options):
        self.server = self.serve("--http", "127.0.0.1:0", *arguments, **options)
        return self.api(self.server)

    def until(self, condition):
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            self.assertLess(time.monotonic(), end, "it did not get there\n" + self.server.log())
            time.sleep(0.02)

    def is_ready(self, api):
        return api.ask("GET", "/health/ready")[0] == 200

    def terminate_all(self):
        self.database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                          "application_name = 'roster'")


class WithoutLibpq(ProgramTest):
    def test_it_is_said_what_to_install(self):
        unusable = pathlib.Path(self.directory) / "libpq.so.5"
        unusable.touch()
        variables = {"LD_LIBRARY_PATH": str(unusable.parent)}
        done = self.run_roster("check", "postgres://localhost/x", variables=variables)
        self.assert_fails(done, 5, "needs libpq", "install it (Debian: libpq5)")
        self.assertIn("roster", self.run_roster("--version", variables=variables).stdout)


class LossyProxy:
    """Passes on what a server and its database say to each other. The answer to the second message
    of a connection that holds `text` is lost, with the connection: once."""

    def __init__(self, port, text):
        self._to, self._text = port, text.encode()
        self.losses = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._to))
                threading.Thread(target=self._pass_on, args=[client, server], daemon=True).start()

    def _pass_on(self, client, server):
        seen = 0
        with client, server, contextlib.suppress(OSError):
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    message = ready.recv(65536)
                    if not message:
                        return
                    (server if ready is client else client).sendall(message)
                    seen += ready is client and self._text in message
                if seen == 2 and not self.losses:
                    self.losses += 1
                    server.recv(65536)
                    return

    def close(self):
        self._listener.close()


class OneServer(PostgresTest):
    def test_commands_and_a_server_share_an_empty_database(self):
        done = self.run_roster("check", self.url)
        self.assert_fails(done, 5, "has no store")
        api = self.open()
        self.assertIn("no synchronous standby", self.server.log())
        self.assertIn("give --audit FILE", self.server.log())
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        token = api.log_in("admin@a.com")
        self.assertEqual(api.ask("GET", "/v1/users", token=token)[0], 200)
        shown = self.run_roster("user", "list", "--store", self.url, "--format", "ndjson")
        self.assertIn("admin@a.com", shown.stdout)
        self.assertEqual(self.run_roster("check", self.url).returncode, 0)
        status = self.run_roster("migrate", "status", "--store", self.url)
        self.assertIn("0001_store  applied", status.stdout)

    def test_no_client_sees_that_all_connections_were_terminated(self):
        api = self.open()
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        token = api.log_in("admin@a.com")
        for i in range(10):
            self.terminate_all()
            self.assertEqual(api.ask("GET", "/v1/users", token=token)[0], 200)
            self.terminate_all()
            user = {"email": f"{i}@a.com", "password": PASSWORD}
            self.assertEqual(api.ask("POST", "/v1/users", user, token=token)[0], 201)
        count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'roster'"
        self.assertLessEqual(int(self.database.sql(count)), 8)

    def test_a_role_that_may_only_write_rows_is_enough(self):
        self.serve().stop()
        self.database.sql("CREATE ROLE app LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL "
                          "TABLES IN SCHEMA public TO app")
        self.url = self.url.replace("roster@", "app@")
        api = self.open()
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        token = api.log_in("admin@a.com")
        self.assertEqual(api.ask("DELETE", "/v1/sessions/current", token=token)[0], 204)
        self.assertEqual(api.ask("GET", "/v1/users", token=token)[0], 401)
        self.run_roster("user", "add", "--store", self.url, "--password-stdin", "b@b.com",
                        stdin=PASSWORD + "\n")
        done = self.run_roster("user", "remove", "--store", self.url, "--yes", "b@b.com")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_outage_is_clear_and_ends_by_itself(self):
        api = self.open()
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        token = api.log_in("admin@a.com")
        self.database.kill()
        for _ in range(3):
            began = time.monotonic()
            self.assertEqual(api.ask("GET", "/v1/users", token=token)[0], 503)
            self.assertLess(time.monotonic() - began, OUTAGE_SECONDS)
        self.until(lambda: not self.is_ready(api))
        self.assertEqual(api.ask("GET", "/health/live")[0], 200)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.http_port, timeout=20)
        connection.request("GET", "/health/ready")
        self.assertEqual(connection.getresponse().getheader("Retry-After"), "2")
        connection.close()
        self.database.start()
        self.until(lambda: self.is_ready(api))
        self.assertEqual(api.ask("GET", "/v1/users", token=token)[0], 200)

    def test_a_frozen_database_is_an_outage_too(self):
        api = self.open()
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        token = api.log_in("admin@a.com")
        self.database.freeze()
        began = time.monotonic()
        self.assertEqual(api.ask("GET", "/v1/users", token=token)[0], 503)
        self.assertLess(time.monotonic() - began, 2 * OUTAGE_SECONDS)
        self.until(lambda: not self.is_ready(api))
        self.database.thaw()
        self.until(lambda: self.is_ready(api))
        self.assertEqual(api.ask("GET", "/v1/users", token=token)[0], 200)

    def test_a_commit_whose_answer_is_lost_is_found_out(self):
        proxy = LossyProxy(self.database.port, "doubt@a.com")
        self.addCleanup(proxy.close)
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        self.url = self.url.replace(str(self.database.port), str(proxy.port))
        api = self.open()
        token = api.log_in("admin@a.com")
        user = {"email": "doubt@a.com", "password": PASSWORD}
        status, answer = api.ask("POST", "/v1/users", user, token=token)
        self.assertEqual((status, answer["id"], proxy.losses), (201, 2, 1))
        self.assertIn("a commit that was not answered took place", self.server.log())
        self.assertEqual(self.database.sql("SELECT count(*) FROM users"), "2")

    def test_a_store_is_copied_backed_up_and_restored(self):
        users = f"json:{self.directory / 'users.json'}"
        for email in ("a@a.com", "b@b.com"):
            done = self.run_roster("user", "add", "--store", users, "--password-stdin", email,
                                   stdin=PASSWORD + "\n")
            self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_roster("copy", users, self.url)
        self.assertIn("copied 2 users", done.stdout, done.stderr)
        self.assert_fails(self.run_roster("copy", users, self.url), 4, "is not empty")
        file = self.directory / "backup"
        done = self.run_roster("backup", self.url, str(file))
        self.assertEqual(done.returncode, 0, done.stderr)
        with postgres_server.PostgresServer() as other:
            done = self.run_roster("restore", str(file), other.url())
            self.assertEqual(done.returncode, 0, done.stderr)
            other.sql("UPDATE users SET email = 'c@c.com' WHERE id = 2")
            back = f"json:{self.directory / 'back.json'}"
            done = self.run_roster("copy", other.url(), back)
            self.assertIn("copied 2 users", done.stdout, done.stderr)
            self.assertIn("c@c.com", (self.directory / "back.json").read_text(encoding="utf-8"))

    def test_the_store_of_a_running_server_is_not_replaced(self):
        self.open()
        users = f"json:{self.directory / 'users.json'}"
        self.run_roster("user", "add", "--store", users, "--password-stdin", "a@a.com",
                        stdin=PASSWORD + "\n")
        done = self.run_roster("copy", users, self.url, "--replace")
        self.assert_fails(done, 5, "a server uses it")

    def test_a_server_that_starts_without_its_database_waits_for_it(self):
        self.database.kill()
        api = self.open()
        self.assertFalse(self.is_ready(api))
        self.assertNotIn("/setup", self.server.log())
        self.database.start()
        self.until(lambda: self.is_ready(api))
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        self.assertEqual(api.ask("GET", "/v1/users", token=api.log_in("admin@a.com"))[0], 200)

    def test_a_wrong_password_ends_the_start_and_is_not_shown(self):
        hba = self.database.data / "pg_hba.conf"
        hba.write_text("host all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8")
        self.database.sql("ALTER ROLE roster PASSWORD 'right'; SELECT pg_reload_conf()")
        url = self.url.replace("roster@", "roster:wrong@")
        time.sleep(0.5)
        done = self.run_roster("serve", "--store", url, "--classic", "127.0.0.1:0")
        self.assert_fails(done, 5, "does not accept this user or password")
        self.assertNotIn("wrong", done.stderr)
        secret = self.directory / "secret"
        secret.write_text("right\n", encoding="utf-8")
        api = self.open("--store-password-file", str(secret))
        self.assertTrue(self.is_ready(api))


class TwoServers(PostgresTest):
    def setUp(self):
        super().setUp()
        self.one = self.open()
        self.other = self.api(self.serve("--http", "127.0.0.1:0"))
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        self.add_user("b@b.com", PASSWORD)
        self.admin = self.one.log_in("admin@a.com")

    def test_a_disabled_user_is_refused_by_the_other_at_once(self):
        for _ in range(20):
            token = self.other.log_in("b@b.com")
            self.assertEqual(self.other.ask("GET", "/v1/users/me", token=token)[0], 200)
            change = {"disabled": True}
            self.assertEqual(
                self.one.ask("PATCH", "/v1/users/2", change, token=self.admin)[0], 200)
            self.assertEqual(self.other.ask("GET", "/v1/users/me", token=token)[0], 401)
            change = {"disabled": False}
            self.one.ask("PATCH", "/v1/users/2", change, token=self.admin)

    def test_an_edit_by_sql_counts_at_the_next_request(self):
        token = self.other.log_in("b@b.com")
        self.database.sql("UPDATE users SET disabled = true WHERE id = 2")
        self.assertEqual(self.other.ask("GET", "/v1/users/me", token=token)[0], 401)

    def test_a_session_that_one_ends_is_ended_for_the_other(self):
        token = self.one.log_in("b@b.com")
        self.assertEqual(self.other.ask("GET", "/v1/users/me", token=token)[0], 200)
        self.assertEqual(self.one.ask("DELETE", "/v1/sessions/current", token=token)[0], 204)
        status, problem = self.other.ask("GET", "/v1/users/me", token=token)
        self.assertEqual((status, problem["code"]), (401, "session_revoked"))

    def test_an_email_is_given_once(self):
        tokens = {self.one: self.admin, self.other: self.other.log_in("admin@a.com")}
        for i in range(20):
            user = {"email": f"{i}@c.com", "password": PASSWORD}
            answers = []

            def sign_up(api):
                with contextlib.suppress(http.client.HTTPException):
                    answers.append(api.ask("POST", "/v1/users", user, token=tokens[api])[0])

            threads = [threading.Thread(target=sign_up, args=[api])
                       for api in (self.one, self.other)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(sorted(answers), [201, 409])


class Failover(PostgresTest):
    def setUp(self):
        super().setUp()
        self.standby = self.database.standby()
        self.addCleanup(self.standby.close)
        self.database.wait_synchronous(self.standby)
        self.url = self.database.url(self.standby)
        self.acknowledged, self.refused, self.is_over = [], [], False

    def sign_up_many(self, name, token):
        api = Api(self.server)
        number = 0
        while not self.is_over:
            number += 1
            email = f"{name}-{number}@a.com"
            user = {"email": email, "password": PASSWORD}
            status, answer = api.ask("POST", "/v1/users", user, token=token)
            if status == 201:
                self.acknowledged.append(email)
            elif "not known" not in answer["detail"]:
                self.refused.append(email)
        api.close()

    def test_nothing_acknowledged_is_lost_and_the_old_primary_is_not_believed(self):
        api = self.open("--hash-memory-kib", "64")
        self.assertNotIn("no synchronous standby", self.server.log())
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        token = api.log_in("admin@a.com")
        threads = [threading.Thread(target=self.sign_up_many, args=[name, token])
                   for name in ("a", "b", "c", "d")]
        for thread in threads:
            thread.start()
        self.until(lambda: len(self.acknowledged) > 100)
        self.database.kill()
        self.standby.promote()
        before = len(self.acknowledged)
        self.until(lambda: len(self.acknowledged) > before + 100)
        self.is_over = True
        for thread in threads:
            thread.join()
        there = set(self.standby.sql("SELECT email FROM users").split())
        self.assertEqual([email for email in self.acknowledged if email not in there], [])
        self.assertEqual([email for email in self.refused if email in there], [])
        # It accepts writes again, and does not know that there is another one.
        self.database.start()
        self.standby.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                         "application_name = 'roster'")
        user = {"email": "after@a.com", "password": PASSWORD}
        self.assertEqual(api.ask("POST", "/v1/users", user, token=token)[0], 201)
        count = "SELECT count(*) FROM users WHERE email = 'after@a.com'"
        self.assertEqual(self.standby.sql(count), "1")
        self.assertEqual(self.database.sql(count), "0")


if __name__ == "__main__":
    unittest.main()
