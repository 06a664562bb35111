"""Forward authentication with real proxies: what reaches the application, and as whom."""

import base64
import http.client
import json
import pathlib
import socket
import tempfile
import unittest

from proxies import START, free_port, run_roster, snippet, start_application
from roster_process import RosterServer

PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
PASSWORD = "correct horse"
COOKIE = "roster-forward"
EVIL = "evil.example.com"
WEB_SOCKET = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
              "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


def ask(port, method="GET", path="/request", headers=None, body=None, connection=None, **options):
    """Status, headers and body."""
    asked = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    asked.request(method, path, body, headers or {}, **options)
    answer = asked.getresponse()
    text = answer.read().decode("latin-1")
    if connection is None:
        asked.close()
    return answer.status, answer.headers, text


class ProxyTest:
    """The same for every proxy: `kind` is which."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="roster-proxies-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        cls.roster_port, cls.port = free_port(), free_port()
        cls.store = f"json:{cls.directory}/users.json"
        cls.public_url = f"http://auth.lab.lan:{cls.roster_port}"
        cls.add_user("admin@lab.lan", "--role", "admin")
        cls.add_user("ada@lab.lan", "--username", "ada", "--name", "Ada Lövelace",
                     "--group", "media")
        cls.add_user("bob@lab.lan")
        cls.server = cls.start_roster()
        cls.addClassCleanup(lambda: cls.server.__exit__())
        application, upstream = start_application(cls.directory)
        cls.upstream = upstream
        cls.addClassCleanup(application.stop)
        own = f"127.0.0.1:{cls.roster_port}"

        def snippets(kind):
            return [snippet(kind, f"app.lab.lan:{cls.port}", cls.public_url, upstream, own),
                    snippet(kind, f"media.lab.lan:{cls.port}", cls.public_url, upstream, own,
                            "--group", "media")]

        proxy = START[cls.kind](cls.directory, snippets, cls.port)
        cls.addClassCleanup(proxy.stop)
        cls.ada, cls.bob = cls.log_in("ada"), cls.log_in("bob@lab.lan")

    @classmethod
    def add_user(cls, email, *arguments):
        done = run_roster("user", "add", "--store", cls.store, "--password-stdin", *arguments,
                          email, stdin=PASSWORD + "\n")
        assert done.returncode == 0, done.stderr

    @classmethod
    def start_roster(cls):
        return RosterServer(
            "--store", cls.store, "--http", f"127.0.0.1:{cls.roster_port}",
            "--public-url", cls.public_url, "--forward-domain", "lab.lan",
            "--hash-memory-kib", "64", "--hash-passes", "1", cwd=cls.directory)

    @classmethod
    def api(cls, method, path, body=None, **headers):
        headers = {"Content-Type": "application/json", **headers}
        return ask(cls.roster_port, method, path, headers, json.dumps(body) if body else None)

    @classmethod
    def log_in(cls, login):
        """The value of the cookie for applications."""
        status, headers, text = cls.api(
            "POST", "/v1/sessions", {"login": login, "password": PASSWORD, "cookie": True},
            Origin=cls.public_url)
        assert status == 201, text
        pairs = [line.partition(";")[0].partition("=") for line in headers.get_all("Set-Cookie")]
        return {name: value for name, _, value in pairs}[COOKIE]

    @classmethod
    def token_of(cls, login):
        text = cls.api("POST", "/v1/sessions", {"login": login, "password": PASSWORD})[2]
        return json.loads(text)["token"]

    def ask(self, method="GET", path="/request", cookie=None, headers=None, media=False, **options):
        host = f"{'media' if media else 'app'}.lab.lan:{self.port}"
        given = {"Host": host, **(headers or {})}
        if cookie:
            given["Cookie"] = f"{COOKIE}={cookie}"
        return ask(self.port, method, path, given, **options)

    def seen(self, **options):
        """What the application saw: its headers as a list of pairs in lower case."""
        status, _, text = self.ask(**options)
        self.assertEqual(status, 200, text)
        told = json.loads(text)
        told["headers"] = [(name.lower(), value) for name, value in told["headers"]]
        return told

    def assert_is_ada(self, told):
        self.assertEqual(
            {(name, value) for name, value in told["headers"]
             if name.replace("_", "-").startswith(("remote-", "roster-"))},
            {("remote-user", "ada"), ("remote-name", "Ada L%C3%B6velace"),
             ("remote-email", "ada@lab.lan"), ("remote-groups", "media,user"),
             ("roster-user-id", "2"), ("roster-role", "user")})

    def log_in_url(self, path):
        return f"{self.public_url}/login?rd=http://app.lab.lan:{self.port}{path}"

    def test_a_navigation_leads_to_the_log_in_page(self):
        for method in ("GET", "HEAD"):
            status, headers, _ = self.ask(method, "/a/b?c=d&e=%26", headers=PAGE)
            self.assertEqual((status, headers["Location"]),
                             (302, self.log_in_url("/a/b?c%3Dd%26e%3D%2526")))
        status, headers, _ = self.ask(path="/", headers={"Accept": "text/html"})
        self.assertEqual((status, headers["Location"]), (302, self.log_in_url("/")))

    def test_everything_else_of_nobody_gets_401(self):
        for method, headers, body in (
            ("POST", PAGE, "a=b"),
            ("PUT", PAGE, "x"),
            ("DELETE", PAGE, None),
            ("GET", {"Accept": "*/*"}, None),
            ("GET", {"Accept": "application/json", "Sec-Fetch-Mode": "cors"}, None),
            ("GET", {**PAGE, "X-Requested-With": "XMLHttpRequest"}, None),
            ("GET", {"Accept": "text/event-stream"}, None),
            ("GET", {**PAGE, **WEB_SOCKET}, None),
            ("GET", {"Authorization": "Basic YWRhOnNlY3JldA=="}, None),
            ("GET", {"Authorization": "Bearer eyJhbGciOi.x.y"}, None),
            ("GET", {"Cookie": f"{COOKIE}=rst_{'A' * 43}"}, None),
            ("GET", {"If-None-Match": "*", "Range": "bytes=0-1"}, None),
        ):
            status, headers, text = self.ask(method, headers=headers, body=body)
            self.assertEqual((status, headers["Location"]), (401, None), (method, headers, text))

    def test_the_application_is_told_who_it_is(self):
        self.assert_is_ada(self.seen(cookie=self.ada))
        self.assert_is_ada(self.seen(cookie=self.ada, method="POST", body="x"))
        headers = dict(self.seen(cookie=self.bob)["headers"])
        self.assertEqual(headers["remote-user"], "bob@lab.lan")

    def test_what_the_client_claims_never_arrives(self):
        forged = {
            "Remote-User": "root", "Remote_User": "root", "REMOTE-GROUPS": "admin",
            "Remote_Groups": "admin", "Remote-Name": "root", "Roster-Role": "admin",
            "Roster_Role": "admin", "Roster-User-Id": "1", "Remote-Email": "root@lab.lan",
            "X-Forwarded-Host": EVIL, "X_Forwarded_Host": EVIL, "X-Forwarded-Proto": "https",
            "X-Forwarded-Method": "HEAD", "X-Forwarded-Uri": f"//{EVIL}/", "X-Original-Method": "HEAD",
            "X-Original-URL": f"https://{EVIL}/", "X_Original_URL": f"https://{EVIL}/",
            "Forwarded": f"host={EVIL}", "Roster-Require": "redirect=never",
        }
        told = self.seen(cookie=self.ada, headers=forged)
        self.assert_is_ada(told)
        for name, value in told["headers"]:
            if name.replace("_", "-").startswith(("x-forwarded-", "x-original-")):
                self.assertNotIn(EVIL, value, name)
                self.assertNotIn(value, ("https", "HEAD"), name)
        status, headers, _ = self.ask(path="/x", headers={**PAGE, **forged})
        self.assertEqual((status, headers["Location"]), (302, self.log_in_url("/x")))
        self.assertEqual(self.ask(headers=forged)[0], 401)

    def test_no_header_can_be_named_away(self):
        for names in ("Remote-User, Remote-Groups", "roster-role", "keep-alive, REMOTE-EMAIL"):
            self.assert_is_ada(self.seen(cookie=self.ada, headers={"Connection": names}))
            status, headers, _ = self.ask(
                path="/x", headers={**PAGE, "Connection": "X-Forwarded-Uri, X-Forwarded-Host"})
            self.assertEqual((status, headers["Location"]), (302, self.log_in_url("/x")))

    def test_headers_that_are_there_twice_help_nobody(self):
        lines = ("GET /request HTTP/1.1\r\nHost: app.lab.lan:{port}\r\nRemote-User: root\r\n"
                 "Remote-User: root\r\nRemote-Groups: admin\r\nCookie: a=1\r\n"
                 "Cookie: {cookie}={ada}\r\nConnection: close\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
            client.sendall(lines.format(port=self.port, cookie=COOKIE, ada=self.ada).encode())
            answer = b""
            while part := client.recv(65536):
                answer += part
        self.assertIn(b" 200 ", answer)
        self.assertNotIn(b'"root"', answer)
        self.assertIn(b'"ada"', answer)
        self.assertNotIn(self.ada.encode(), answer)

    def test_the_application_does_not_see_the_cookie(self):
        own = f"{COOKIE}={self.ada}"
        for line, rest in ((own, ""), (f"a=1; {own}", "a=1"), (f"{own}; b=2", "b=2"),
                           (f"a=1; {own}; b=2", "a=1; b=2")):
            told = self.seen(headers={"Cookie": line})
            self.assert_is_ada(told)
            left = dict(told["headers"]).get("cookie", "").strip("; ")
            self.assertEqual(left, rest, line)
        # An application may set cookies of this name, so that one is left.
        for line in (f"{own}; {own}; {own}", f"{COOKIE}=x; {own}", f"{own}; {COOKIE}=x; a=1",
                     f"a=1; {COOKIE}=x; {COOKIE}=y; {own}"):
            told = self.seen(headers={"Cookie": line})
            self.assert_is_ada(told)
            self.assertNotIn(self.ada, json.dumps(told), line)

    def test_a_token_is_a_password_for_the_application(self):
        token = self.token_of("ada")
        basic = base64.b64encode(f"x:{token}".encode()).decode()
        for value in (f"Bearer {token}", f"Basic {basic}"):
            self.assert_is_ada(self.seen(headers={"Authorization": value}))

    def test_another_group_is_kept_out_without_a_redirect(self):
        status, headers, body = self.ask(cookie=self.bob, headers=PAGE, media=True)
        self.assertEqual((status, headers["Location"]), (403, None))
        self.assertIn("/forbidden", body)
        self.assertEqual(self.ask(cookie=self.bob, media=True, path="/request?group=user")[0], 403)
        self.assert_is_ada(self.seen(cookie=self.ada, media=True, path="/request?group=x&y"))

    def test_another_protocol_is_not_spoken_past_roster(self):
        told = self.seen(cookie=self.ada, headers={
            "Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c",
            "HTTP2-Settings": "AAMAAABkAAQCAAAAAAIAAAAA"})
        names = {name for name, _ in told["headers"]}
        self.assertFalse(names & {"upgrade", "http2-settings"}, names)

    def test_requests_arrive_as_they_were_sent(self):
        for path in ("/request?a=b&c=%2F", "/request?group=x", "/request?groups=x&redirect=y",
                     "/request/%2e%2e/x", "/request?a=" + "b" * 3000):
            self.assertEqual(self.seen(cookie=self.ada, path=path)["path"], path)
        told = self.seen(cookie=self.ada, method="POST", body=iter([b"ab", b"cd" * 5000]),
                         encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
        self.assertEqual((told["method"], told["body"]), ("POST", "ab" + "cd" * 5000))
        told = self.seen(cookie=self.ada, method="PUT", body="x" * 200_000)
        self.assertEqual(len(told["body"]), 200_000)
        told = self.seen(cookie=self.ada, headers={
            "Range": "bytes=0-1", "If-None-Match": "*", "Content-Type": "text/x",
            "Accept": "image/png", "Authorization": "Basic YWRhOnNlY3JldA=="})
        self.assert_is_ada(told)
        for wanted in (("range", "bytes=0-1"), ("if-none-match", "*"), ("accept", "image/png"),
                       ("authorization", "Basic YWRhOnNlY3JldA==")):
            self.assertIn(wanted, told["headers"])

    def test_a_web_socket_passes(self):
        headers = {"Host": f"app.lab.lan:{self.port}", "Cookie": f"{COOKIE}={self.ada}", **WEB_SOCKET}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
            client.sendall(f"GET / HTTP/1.1\r\n{lines}\r\n".encode())
            self.assertIn(b" 101 ", client.recv(4096))

    def test_nobody_inherits_a_connection(self):
        host = {"Host": f"app.lab.lan:{self.port}"}
        logged_in = {**host, "Cookie": f"{COOKIE}={self.ada}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for _ in range(20):
            self.assertEqual(ask(self.port, headers=logged_in, connection=connection)[0], 200)
        for number in range(200):
            reused = connection if number % 2 else None
            status, _, text = ask(self.port, headers={**host, **PAGE}, connection=reused)
            self.assertEqual(status, 302, text)
            if reused and number % 10 == 1:
                self.assertEqual(ask(self.port, headers=logged_in, connection=reused)[0], 200)
        connection.close()

    def test_a_disabled_user_is_out_at_once(self):
        self.add_user_by_api("eve@lab.lan")
        eve = self.log_in("eve@lab.lan")
        self.assertEqual(self.ask(cookie=eve)[0], 200)
        path = "/v1/users?login=eve@lab.lan"
        admin = f"Bearer {self.token_of('admin@lab.lan')}"
        user = json.loads(self.api("GET", path, Authorization=admin)[2])["items"][0]
        self.api("PATCH", f"/v1/users/{user['id']}", {"disabled": True}, Authorization=admin)
        self.assertEqual(self.ask(cookie=eve)[0], 401)
        self.assertEqual(self.ask(cookie=eve, headers=PAGE)[0], 302)

    def add_user_by_api(self, email):
        status, _, text = self.api("POST", "/v1/users", {"email": email, "password": PASSWORD})
        self.assertEqual(status, 201, text)

    def test_without_roster_everything_is_closed(self):
        self.server.stop()
        try:
            for options in ({"cookie": self.ada}, {}, {"headers": PAGE},
                            {"headers": {"Remote-User": "root"}}):
                status, headers, text = self.ask(**options)
                self.assertGreaterEqual(status, 500, text)
                self.assertIsNone(headers["Location"])
        finally:
            self.server.__exit__()
            type(self).server = self.start_roster()
        self.assert_is_ada(self.seen(cookie=self.ada))


class Nginx(ProxyTest, unittest.TestCase):
    kind = "nginx"

    # Its names cannot be resolved here, so this asks by address.
    def test_the_check_names_the_link_that_is_wrong(self):
        for url, says in (
            (f"http://127.0.0.1:{self.port}/", "have no domain in common"),
            (f"http://127.0.0.1:{self.upstream}/", "does not ask roster"),
            (f"http://127.0.0.1:{free_port()}/", "cannot reach"),
            (f"{self.public_url.replace('auth.lab.lan', '127.0.0.1')}/x", "the answer is 404"),
            (f"https://127.0.0.1:{self.upstream}/", "cannot reach"),
        ):
            done = run_roster("forward-auth", "check", url)
            self.assertEqual((done.returncode, says in done.stderr), (1, True), done.stderr)


class Caddy(ProxyTest, unittest.TestCase):
    kind = "caddy"


class Haproxy(ProxyTest, unittest.TestCase):
    kind = "haproxy"


if __name__ == "__main__":
    unittest.main()
