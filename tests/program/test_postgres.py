"""`roster serve --store postgres://...`: outages, lost connections and a failover."""

import contextlib
import http.client
import pathlib
import select
import socket
import threading
import time
import unittest

from postgres_program import PostgresTest, postgres_server
from roster_process import ProgramTest
from test_api import PASSWORD, Api

# Of an answer to a request while the database is away; the rest is a busy machine's.
OUTAGE_SECONDS = 2


class WithoutLibpq(ProgramTest):
    def test_it_is_said_what_to_install(self):
        unusable = pathlib.Path(self.directory) / "libpq.so.5"
        unusable.touch()
        variables = {"LD_LIBRARY_PATH": str(unusable.parent)}
        done = self.run_roster("check", "postgres://localhost/x", variables=variables)
        self.assert_fails(done, 5, "needs libpq", "install it (Debian: libpq5)")
        self.assertIn("roster", self.run_roster("--version", variables=variables).stdout)


class LossyProxy:
    """Passes on what a server and its database say to each other, until a connection's second
    message that holds `text`: the answer to it, or the message itself, is lost with the connection,
    once. The database may be away from then on."""

    def __init__(self, port, text, delivers=True, stays_away=False):
        self._to, self._text = port, text.encode()
        self._delivers, self._stays_away = delivers, stays_away
        self.losses, self.is_away = 0, False
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
            while not self.is_away:
                for ready in select.select([client, server], [], [], 0.05)[0]:
                    message = ready.recv(65536)
                    if not message:
                        return
                    seen += ready is client and self._text in message
                    is_lost = seen == 2 and not self.losses
                    if not is_lost or self._delivers:
                        (server if ready is client else client).sendall(message)
                    if is_lost:
                        self.losses += 1
                        if self._delivers:
                            server.recv(65536)
                        self.is_away = self._stays_away
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

    def test_a_time_that_sql_has_put_there_is_shown_and_found(self):
        api = self.open()
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        token = api.log_in("admin@a.com")
        milliseconds = 1763802000000
        for column in ("email_verified_at", "last_login_at"):
            self.database.sql(f"UPDATE users SET {column} = {milliseconds}")
            status, user = api.ask("GET", "/v1/users/me", token=token)
            self.assertEqual((status, user[column]), (200, "9999-12-31T23:59:59Z"))
            done = self.run_roster("check", self.url)
            self.assertEqual(done.returncode, 5)
            self.assertIn("1970 to 9999", done.stdout + done.stderr)
            self.database.sql(f"UPDATE users SET {column} = NULL")

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

    def test_a_commit_that_cannot_be_found_out_is_answered_as_unknown(self):
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        direct = self.url
        for number, took_place in enumerate((True, False)):
            email = f"doubt{number}@a.com"
            proxy = LossyProxy(self.database.port, email, delivers=took_place, stays_away=True)
            self.addCleanup(proxy.close)
            self.url = direct.replace(str(self.database.port), str(proxy.port))
            api = self.open("--audit", str(self.directory / f"audit{number}"))
            token = api.log_in("admin@a.com")
            before = {"email": f"before{number}@a.com", "password": PASSWORD}
            self.assertEqual(api.ask("POST", "/v1/users", before, token=token)[0], 201)
            status, problem = api.ask("POST", "/v1/users", {"email": email, "password": PASSWORD},
                                      token=token)
            self.assertEqual((status, proxy.losses), (503, 1))
            self.assertIn("not known whether this was done", problem["detail"])
            self.until(lambda: not self.is_ready(api))
            proxy.is_away = False
            self.until(lambda: self.is_ready(api))
            after = {"email": f"after{number}@a.com", "password": PASSWORD}
            self.assertEqual(api.ask("POST", "/v1/users", after, token=token)[0], 201)
            there = set(self.database.sql("SELECT email FROM users").split())
            self.assertEqual(email in there, took_place)
            self.assertLessEqual({before["email"], after["email"]}, there)
            self.assertEqual(api.ask("POST", "/v1/users", {"email": email, "password": PASSWORD},
                                     token=token)[0], 409 if took_place else 201)
            self.server.stop()
            audit = (self.directory / f"audit{number}").read_text(encoding="utf-8")
            self.assertEqual(audit.count("outcome_unknown"), 1)

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
        self.server.stop()
        done = self.run_roster("copy", users, self.url, "--replace")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_server_that_starts_without_its_database_waits_for_it(self):
        self.database.kill()
        api = self.open()
        self.assertFalse(self.is_ready(api))
        self.assertNotIn("/setup", self.server.log())
        self.database.start()
        self.until(lambda: self.is_ready(api))
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")
        self.assertEqual(api.ask("GET", "/v1/users", token=api.log_in("admin@a.com"))[0], 200)


    def test_the_first_administrator_is_added_when_the_database_is_back(self):
        secret = self.directory / "secret"
        secret.write_text(PASSWORD + "\n", encoding="utf-8")
        self.database.kill()
        api = self.open("--admin-email", "root@a.com", "--admin-password-file", str(secret))
        self.assertIn("the first administrator is added when it is back", self.server.log())
        self.database.start()
        self.database.wait(lambda: self.database.sql(
            "SELECT count(*) FROM pg_tables WHERE tablename = 'users'") == "1")
        self.until(lambda: self.database.sql("SELECT role FROM users") == "admin")
        self.assertEqual(api.ask("GET", "/v1/users", token=api.log_in("root@a.com"))[0], 200)


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
