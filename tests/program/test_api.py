"""The HTTP API from outside: what a program, an administrator and a careless client see."""

import http.client
import json
import unittest

from roster_process import STORE_KIND, ProgramTest, exchange

PASSWORD = "correct horse"


class Api:
    """One kept connection to a server. Knows no session: each request names its own."""

    def __init__(self, server):
        self._connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)

    def ask(self, method, path, body=None, token=None, **headers):
        """Gives the status and the JSON of the answer, or None without a body."""
        if body is not None:
            patch = "merge-patch+json" if method == "PATCH" else "json"
            headers.setdefault("Content-Type", f"application/{patch}")
            body = json.dumps(body)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def ask_bytes(self, method, path, token, body=None, kind="application/x-ndjson"):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def log_in(self, login, password=PASSWORD):
        status, answer = self.ask("POST", "/v1/sessions", {"login": login, "password": password})
        assert status == 201, answer
        return answer["token"]

    def close(self):
        self._connection.close()


class ApiTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.add_user("admin@a.com", PASSWORD, "--role", "admin")

    def open(self, *arguments, **options):
        self.server = self.serve(*arguments, **options)
        api = Api(self.server)
        self.addCleanup(api.close)
        return api


class Streams(ApiTest):
    def fill(self, api, token, count):
        lines = "".join(f'{{"email":"user{i}@a.com","name":"User {i}"}}\n' for i in range(count))
        status, results = api.ask_bytes("POST", "/v1/import", token, lines)
        self.assertEqual(status, 200)
        summary = json.loads(results.splitlines()[-1])
        self.assertEqual(summary, {"summary": {"added": count, "refused": 0}})

    def test_an_export_has_everybody(self):
        api = self.open()
        token = api.log_in("admin@a.com")
        self.fill(api, token, 3000)
        status, lines = api.ask_bytes("GET", "/v1/export", token)
        self.assertEqual(status, 200)
        users = [json.loads(line) for line in lines.splitlines()]
        self.assertEqual([user["id"] for user in users], list(range(1, 3002)))
        self.assertNotIn(b"argon2", lines)
        self.assertEqual(self.run_roster("export", "--store", self.url).stdout.encode(), lines)

    def test_a_backup_made_while_the_server_runs_is_a_store(self):
        temporary = self.directory / "temporary"
        temporary.mkdir()
        api = self.open(variables={"TMPDIR": str(temporary)})
        token = api.log_in("admin@a.com")
        self.fill(api, token, 3000)
        status, backup = api.ask_bytes("POST", "/v1/backup", token)
        self.assertEqual(status, 200)
        self.assertEqual(list(temporary.iterdir()), [])
        file = self.directory / "saved"
        file.write_bytes(backup)
        self.assertEqual(api.ask("GET", "/v1/users/me", token=token)[0], 200)
        self.assertEqual(self.server.stop(), 0)
        done = self.run_roster("restore", str(file), f"{STORE_KIND}:restored")
        self.assertEqual(done.returncode, 0, done.stderr)
        saved = self.run_roster("export", "--with-hashes", "--store", self.url).stdout
        listed = self.run_roster("export", "--with-hashes", "--store", f"{STORE_KIND}:restored")
        self.assertEqual(listed.stdout, saved)
        self.assertEqual(listed.stdout.count("\n"), 3001)

    def test_the_audit_log_is_read_page_by_page(self):
        api = self.open()
        token = api.log_in("admin@a.com")
        self.assertEqual(api.ask("DELETE", "/v1/users/99", token=token)[0], 404)
        cursor, seen = "", []
        while cursor is not None:
            status, page = api.ask("GET", f"/v1/audit?limit=1&cursor={cursor}", token=token)
            self.assertEqual(status, 200)
            seen += page["items"]
            cursor = page["next_cursor"]
        self.assertEqual([line["seq"] for line in seen], list(range(len(seen), 0, -1)))
        self.assertIn("server_start", [line["action"] for line in seen])

    def test_the_settings_say_where_they_come_from(self):
        api = self.open("--max-headers", "50")
        status, config = api.ask("GET", "/v1/config", token=api.log_in("admin@a.com"))
        self.assertEqual(status, 200)
        settings = {item["name"]: (item["value"], item["source"]) for item in config["items"]}
        self.assertEqual(settings["max-headers"], ("50", "flag"))
        self.assertEqual(settings["throttle"], ("true", "default"))
        self.assertEqual(settings["password-blocklist"], (None, "default"))


class Story(ApiTest):
    def test_sessions_outlive_a_restart_and_end_when_they_are_revoked(self):
        api = self.open()
        status, user = api.ask("POST", "/v1/users", {"email": "n@n.com", "password": PASSWORD})
        self.assertEqual((status, user["email"], user["role"]), (201, "n@n.com", "user"))
        kept, other = api.log_in("n@n.com"), api.log_in("N@n.com")
        self.assertIsNone(user["last_login_at"])
        user = api.ask("GET", "/v1/users/me", token=kept)[1]
        self.assertIsNotNone(user["last_login_at"])
        self.assertEqual(self.server.stop(), 0)
        api = self.open()
        for token in (kept, other):
            self.assertEqual(api.ask("GET", "/v1/users/me", token=token), (200, user))
        self.assertEqual(
            api.ask("DELETE", "/v1/sessions?scope=others", token=kept), (200, {"revoked": 1})
        )
        self.assertEqual(api.ask("GET", "/v1/users/me", token=other)[1]["code"], "session_revoked")
        self.server.process.kill()
        self.server.wait()
        api = self.open()
        self.assertEqual(api.ask("GET", "/v1/users/me", token=kept)[0], 200)
        self.assertEqual(api.ask("GET", "/v1/users/me", token=other)[0], 401)

    def test_an_administrator_changes_a_user_for_both_protocols(self):
        api = self.open()
        admin = api.log_in("admin@a.com")
        new = {"email": "n@n.com", "password": PASSWORD, "metadata": {"team": "red"}}
        status, user = api.ask("POST", "/v1/users", new, token=admin)
        self.assertEqual((status, user["metadata"]), (201, {"team": "red"}))
        path = f"/v1/users/{user['id']}"
        token = api.log_in("n@n.com")
        with self.server.connect() as connection:
            log_in = f"user:n@n.com,{PASSWORD},login"
            self.assertEqual(exchange(connection, "POST", log_in)[0], 200)
            status, user = api.ask("PATCH", path, {"disabled": True}, token=admin)
            self.assertEqual((status, user["disabled"]), (200, True))
            self.assertEqual(exchange(connection, "GET")[0], 403)
            self.assertEqual(exchange(connection, "POST", log_in)[0], 401)
        self.assertEqual(api.ask("GET", "/v1/users/me", token=token)[0], 401)
        status, page = api.ask("GET", "/v1/users?disabled=true&total=true", token=admin)
        self.assertEqual((page["total"], page["items"]), (1, [user]))
        self.assertEqual(api.ask("DELETE", path, token=admin), (204, None))
        self.assertEqual(api.ask("GET", path, token=admin)[1]["code"], "not_found")

    def test_what_is_done_by_http_is_in_the_audit_log_with_its_request(self):
        api = self.open()
        wrong = {"login": "admin@a.com", "password": "hunter22"}
        api.ask("POST", "/v1/sessions", wrong, **{"Request-Id": "mine-1"})
        self.server.stop()
        lines = [json.loads(line) for line in self.audit_log.read_text().splitlines()]
        (event,) = (line for line in lines if line.get("request_id") == "mine-1")
        self.assertEqual((event["action"], event["outcome"]), ("log_in", "invalid_credentials"))
        self.assertNotIn("hunter22", self.server.log())


class Refusals(ApiTest):
    def test_sign_up_can_be_closed(self):
        api = self.open("--sign-up", "closed")
        new = {"email": "n@n.com", "password": PASSWORD}
        self.assertEqual(api.ask("POST", "/v1/users", new)[1]["code"], "sign_up_closed")
        admin = api.log_in("admin@a.com")
        self.assertEqual(api.ask("POST", "/v1/users", new, token=admin)[0], 201)

    def test_who_one_is_can_be_fixed(self):
        api = self.open("--identity-changes", "admins")
        api.ask("POST", "/v1/users", {"email": "a@n.com", "password": PASSWORD})
        token = api.log_in("a@n.com")
        for change in ({"email": "root@n.com"}, {"username": "root"}):
            status, problem = api.ask("PATCH", "/v1/users/me", change, token=token)[:2]
            self.assertEqual((status, problem["code"]), (403, "forbidden"))
            self.assertIn("--identity-changes admins", problem["detail"])
        self.assertEqual(
            api.ask("PATCH", "/v1/users/me", {"email": "a@n.com", "name": "A"}, token=token)[0], 200)
        admin = api.log_in("admin@a.com")
        self.assertEqual(
            api.ask("PATCH", "/v1/users/2", {"username": "anna"}, token=admin)[0], 200)

    def test_no_answer_holds_a_password_or_a_hash(self):
        api = self.open()
        admin = api.log_in("admin@a.com")
        for path in ("/v1/users", "/v1/users/1", "/v1/users/me", "/v1/sessions", "/v1/status"):
            text = json.dumps(api.ask("GET", path, token=admin)[1])
            self.assertNotIn("argon2", text)
            self.assertNotIn(admin, text)

    def test_a_user_reaches_nobody_else(self):
        api = self.open()
        for name in ("a", "b"):
            api.ask("POST", "/v1/users", {"email": f"{name}@n.com", "password": PASSWORD})
        token = api.log_in("a@n.com")
        for method, path, body in (
            ("GET", "/v1/users/1", None),
            ("PATCH", "/v1/users/3", {"email": "c@n.com"}),
            ("DELETE", "/v1/users/3", None),
            ("PUT", "/v1/users/3/password", {"new_password": "brand new one"}),
            ("GET", "/v1/sessions?user=1", None),
            ("DELETE", "/v1/sessions/1", None),
            ("DELETE", "/v1/sessions?scope=all&user=1", None),
        ):
            with self.subTest(method=method, path=path):
                if path == "/v1/sessions/1":
                    api.log_in("admin@a.com")
                    path = "/v1/sessions/2"
                self.assertEqual(api.ask(method, path, body, token=token)[0], 404)
        status, page = api.ask("GET", "/v1/users?total=true", token=token)
        self.assertEqual((status, page["total"], page["items"][0]["email"]), (200, 1, "a@n.com"))


if __name__ == "__main__":
    unittest.main()
