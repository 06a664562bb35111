"""The pages, without a browser: their size, the first administrator, links to set a password."""

import gzip
import http.client
import json
import re
import stat
import unittest
import urllib.parse

from roster_process import ProgramTest

PASSWORD = "a long passphrase"
# Of a page with its style.
MAX_COMPRESSED_BYTES = 6 * 1024


class PagesTest(ProgramTest):
    def ask(self, server, method, path, fields=None, headers=None):
        """Returns the answer and its body; remembers cookies."""
        connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=60)
        self.addCleanup(connection.close)
        sent = {"Cookie": self.cookie} if getattr(self, "cookie", None) else {}
        if fields is not None:
            sent["Origin"] = f"http://127.0.0.1:{server.http_port}"
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        body = urllib.parse.urlencode(fields) if fields is not None else None
        connection.request(method, path, body, sent | (headers or {}))
        answer = connection.getresponse()
        if answer.headers["Set-Cookie"]:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return answer, answer.read()

    def code_of(self, server):
        return re.search(r"/setup and enter the code ([A-Z2-9-]{19})", server.log())[1]

    def set_up(self, server, code):
        fields = {"code": code, "email": "kim@a.com", "new_password": PASSWORD}
        return self.ask(server, "POST", "/setup", fields)[0]


class Size(PagesTest):
    def test_every_page_is_small_with_its_style(self):
        server = self.serve()
        self.assertEqual(self.set_up(server, self.code_of(server)).status, 303)
        paths = ["/login", "/logout", "/setup", "/reset/rst_x", "/nothing"]
        login = {"login": "kim@a.com", "password": PASSWORD}
        pages = {path: self.ask(server, "GET", path, headers={"Accept": "text/html"}) for path in paths}
        self.assertEqual(self.ask(server, "POST", "/login", login)[0].status, 303)
        for path in ("/account/", "/whoami", "/forbidden"):
            pages[path] = self.ask(server, "GET", path, headers={"Accept-Language": "ko"})
        style = re.search(rb'href="(/pages/[0-9a-f]+/style\.css)"', pages["/login"][1])[1].decode()
        answer, css = self.ask(server, "GET", style)
        self.assertIn("immutable", answer.headers["Cache-Control"])
        for path, (answer, html) in pages.items():
            self.assertTrue(html.startswith(b"<!DOCTYPE html>"), path)
            size = len(gzip.compress(html)) + len(gzip.compress(css))
            self.assertLessEqual(size, MAX_COMPRESSED_BYTES, path)
            self.assertNotIn(b"<script", html)


class FirstAdministrator(PagesTest):
    @property
    def file(self):
        return self.store_file.with_name(self.store_file.name + ".setup")

    def test_is_made_with_a_code_that_works_once(self):
        server = self.serve()
        code = self.code_of(server)
        self.assertEqual(self.file.read_text(), code + "\n")
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        self.assertEqual(self.ask(server, "GET", "/login")[0].headers["Location"], "/setup")
        self.assertEqual(self.set_up(server, "AAAA-AAAA-AAAA-AAAA").status, 401)
        self.assertTrue(self.file.exists())
        self.assertEqual(self.set_up(server, code).headers["Location"], "/login?done=setup")
        self.assertFalse(self.file.exists())
        self.assertEqual(self.set_up(server, code).status, 404)
        self.assertNotIn(PASSWORD, server.log())
        server.stop()
        self.assertNotIn("no administrator", self.serve().log())

    def test_the_file_goes_with_the_server(self):
        server = self.serve()
        code = self.code_of(server)
        server.kill()
        self.assertTrue(self.file.exists())
        server = self.serve()
        self.assertEqual(self.file.read_text(), self.code_of(server) + "\n")
        self.assertNotEqual(self.code_of(server), code)
        server.stop()
        self.assertFalse(self.file.exists())

    def test_there_is_no_code_without_pages(self):
        server = self.serve("--http", "off")
        self.assertIn("no administrator", server.log())
        self.assertNotIn("/setup", server.log())
        self.assertFalse(self.file.exists())


class Links(PagesTest):
    def test_set_a_password_and_are_in_no_log(self):
        server = self.serve("--access-log", "text")
        self.set_up(server, self.code_of(server))
        login = json.dumps({"login": "kim@a.com", "password": PASSWORD})
        as_json = {"Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=60)
        self.addCleanup(connection.close)

        def api(path, body):
            connection.request("POST", path, body, as_json)
            return json.loads(connection.getresponse().read())

        as_json["Authorization"] = "Bearer " + api("/v1/sessions", login)["token"]
        link = api("/v1/users/1/password-link", '{"purpose":"reset"}')
        self.assertTrue(link["url"].startswith(f"http://127.0.0.1:{server.http_port}/reset/rst_"))
        path = urllib.parse.urlsplit(link["url"]).path
        answer, html = self.ask(server, "GET", path)
        self.assertEqual(answer.status, 200)
        self.assertNotIn(link["token"].encode(), html)
        new = {"new_password": "another passphrase"}
        self.assertEqual(self.ask(server, "POST", path, new)[0].status, 303)
        self.assertEqual(self.ask(server, "POST", path, new)[0].status, 404)
        self.assertIn(" POST /reset/rst_*** 303 ", server.log())
        self.assertNotIn(link["token"], server.log())


if __name__ == "__main__":
    unittest.main()
