"""The story of the course project, replayed against the program on the example users file."""

import json
import pathlib
import re
import shutil
import tempfile
import time
import unittest

from documented_client import DocumentedClient
from roster_process import RosterServer

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "users.json"


class Story(unittest.TestCase):
    def setUp(self):
        self.users_file = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "users.json"
        shutil.copy(EXAMPLE, self.users_file)
        self.server = self.start()

    def start(self):
        return self.enterContext(RosterServer("--store", f"json:{self.users_file}"))

    def client(self, **options):
        client = DocumentedClient(self.server.port, **options)
        self.addCleanup(client.socket.close)
        return client

    def users(self):
        return {user["id"]: user for user in json.loads(self.users_file.read_text())["users"]}

    def assert_users_file_has(self, user_id, email):
        """The users file follows a moment after the response."""
        deadline = time.monotonic() + 30
        while self.users().get(user_id, {}).get("email") != email:
            self.assertLess(time.monotonic(), deadline, f"no {email} in {self.users_file}")
            time.sleep(0.01)

    def tell_the_story(self, client):
        self.assertEqual(client.ask("GET").status, 403)
        self.assertEqual(client.log_in("nobody@a.com", "pw12-pw12").status, 401)
        self.assertEqual(client.sign_up("n", "pw12-pw12").status, 400)
        self.assertEqual(client.sign_up("n@n.com", "pw12-pw12").status, 201)
        self.assert_users_file_has(9, "n@n.com")
        self.assertEqual(client.log_in("n@n.com", "pw12-pw12").body, "Success Login. you are user")
        self.assertEqual(json.loads(client.ask("GET").body)["id"], 9)
        self.assertEqual(client.ask("PUT", "m@m.com", "mm44", "4").status, 403)
        answer = client.log_in("admin@admin.com", "admin")
        self.assertEqual(answer.body, "Success Login. you are admin")
        all_users = json.loads(client.ask("GET").body)["users"]
        self.assertEqual([user["id"] for user in all_users], list(range(1, 10)))
        self.assertEqual(self.users()[4]["email"], "c@c.com")
        self.assertEqual(client.ask("PUT", "m@m.com", "mm44", "4").body, "Success modify user")
        self.assert_users_file_has(4, "m@m.com")
        self.assertEqual(client.ask("PUT", "x@x.com", "xx44", "44").body, "can not found user")
        head = client.ask("HEAD")
        self.assertEqual((head.status, head.headers["Roster-Users"]), (200, "9"))

    def test_on_one_connection(self):
        self.tell_the_story(self.client())

    def test_by_an_older_client_that_sends_no_target(self):
        self.tell_the_story(self.client(target=""))

    def test_plain_passwords_are_gone_from_the_users_file_and_still_work(self):
        text = self.users_file.read_text()
        self.assertNotIn('"cc33"', text)
        self.assertEqual(len(re.findall(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", text)), 8)
        self.assertEqual(self.client().log_in("c@c.com", "cc33").status, 200)

    def test_passwords_need_not_be_ascii(self):
        client = self.client()
        for email, password in [
            ("한국@a.com", "비밀번호입니다"),
            ("é@a.com", "pässwörd"),
            ("e@a.kr", "🔑🔑"),
        ]:
            self.assertEqual(client.sign_up(email, password).status, 201)
            self.assertEqual(client.log_in(email, password).status, 200)
            own = json.loads(client.ask("GET").body)
            self.assertEqual(own["email"], email)
            new = client.ask("PUT", email, password + "를", str(own["id"]))
            self.assertEqual(new.status, 200)
            self.assertEqual(client.log_in(email, password + "를").status, 200)

    def test_two_requests_in_one_segment(self):
        client = self.client()
        client.socket.sendall(
            client.request("POST", "a@a.com", "aa11", "login")
            + client.request("GET")
            + client.request("PUT", "z@z.com", "zz22", "2")
            + client.request("HEAD")
        )
        statuses = [client.answer(method).status for method in ("POST", "GET", "PUT", "HEAD")]
        self.assertEqual(statuses, [200, 200, 200, 200])
        self.assert_users_file_has(2, "z@z.com")

    def test_a_restart_loses_nothing(self):
        self.client().sign_up("n@n.com", "pw12-pw12")
        self.assertEqual(self.server.stop(), 0)
        self.server = self.start()
        client = self.client()
        self.assertEqual(client.log_in("n@n.com", "pw12-pw12").status, 200)
        self.assertEqual(client.sign_up("o@o.com", "pw12-pw12").status, 201)
        self.assert_users_file_has(10, "o@o.com")


if __name__ == "__main__":
    unittest.main()
