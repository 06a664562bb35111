"""The pages in a real browser, alone and in front of applications behind nginx.

With ROSTER_SCREENSHOTS=DIRECTORY every page is saved there in both themes and three widths.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "program"))

from browser import Browser, axe_source
from roster_process import PROGRAM, RosterServer, environment

SCREENSHOTS = os.environ.get("ROSTER_SCREENSHOTS")
USER = "kim@lab.test"
PASSWORD = "a long passphrase"
WIDTHS = (1200, 390, 320)

# Two applications that say who they were told, and a page of another origin that posts to roster.
NGINX = """
daemon off; pid {directory}/nginx.pid; error_log stderr warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/b; proxy_temp_path {directory}/p;
    fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
    proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
    server {{
        listen 127.0.0.1:{port}; server_name auth.lab.test;
        location / {{ proxy_pass http://127.0.0.1:{roster}; }}
    }}
    server {{
        listen 127.0.0.1:{port}; server_name a.lab.test b.lab.test;
        location = /_roster {{
            internal;
            proxy_pass http://127.0.0.1:{roster}/v1/authorize/nginx;
            proxy_pass_request_body off; proxy_set_header Content-Length "";
            proxy_set_header X-Original-URL $scheme://$http_host$request_uri;
            proxy_set_header X-Original-Method $request_method;
        }}
        location / {{
            auth_request /_roster;
            auth_request_set $login $upstream_http_location;
            auth_request_set $user $upstream_http_remote_user;
            error_page 401 =302 $login;
            default_type text/html; add_header Cache-Control no-store;
            root /nonexistent; try_files /none @application;
        }}
        location @application {{
            default_type text/html;
            return 200 '<title>app</title><p>$host knows $user</p>{form}';
        }}
    }}
    server {{
        listen 127.0.0.1:{port}; server_name other.test;
        location / {{
            default_type text/html;
            return 200 '<title>other</title><script>document.title="script"</script><a id="link" href="http://a.lab.test:{port}/x">a</a>{form}';
        }}
    }}
}}
"""
FORM = (
    '<form method="post" action="http://auth.lab.test:{port}/logout">'
    '<button id="attack">x</button></form>'
)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site(unittest.TestCase):
    """A server with one user, behind nginx."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        store = f"json:{cls.directory}/users.json"
        subprocess.run(
            [PROGRAM, "user", "add", USER, "--role", "admin", "--password-stdin", "--store", store],
            input=PASSWORD + "\n", text=True, check=True, capture_output=True, env=environment(),
        )
        cls.port = free_port()
        cls.auth = f"http://auth.lab.test:{cls.port}"
        cls.server = RosterServer(
            "--store", store, "--public-url", cls.auth, "--forward-domain", "lab.test",
            "--login-help", "No account? Ask Kim.", "--hash-memory-kib", "64", "--hash-passes", "1",
        )
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        config = cls.directory / "nginx.conf"
        form = FORM.format(port=cls.port)
        config.write_text(
            NGINX.format(
                directory=cls.directory, port=cls.port, roster=cls.server.http_port, form=form
            )
        )
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        cls.nginx = subprocess.Popen([nginx, "-c", str(config), "-p", str(cls.directory)])
        cls.addClassCleanup(cls.nginx.wait)
        cls.addClassCleanup(cls.nginx.terminate)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", cls.port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def open_browser(self, **options):
        browser = Browser(**options)
        self.addCleanup(browser.driver.quit)
        return browser

    def application(self, name, path="/"):
        return f"http://{name}.lab.test:{self.port}{path}"

    def log_in(self, browser):
        browser.open(self.auth + "/login")
        browser.fill(login=USER, password=PASSWORD)
        browser.wait_for_url(self.auth + "/account/")


class Pages(Site):
    def api(self, path, body, token=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.server.http_port}{path}", json.dumps(body).encode(),
            {"Content-Type": "application/json"}, method="POST",
        )
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def link_for(self, email):
        """The link with which a new user sets a password."""
        token = self.api("/v1/sessions", {"login": USER, "password": PASSWORD})["token"]
        user = self.api("/v1/users", {"email": email}, token)
        path = f"/v1/users/{user['id']}/password-link"
        return self.api(path, {"purpose": "invite"}, token)["url"]

    def visit(self, browser, name, url):
        """The page in both themes and all widths: no fault, and nothing that has to be scrolled."""
        browser.open(url)
        self.assertEqual(browser.console(), [], name)
        for dark in (False, True):
            for width in WIDTHS:
                browser.look_like(width, dark)
                theme = "dark" if dark else "light"
                where = f"{name}, {theme}, {width} pixels"
                self.assertEqual(browser.violations(self.axe), [], where)
                self.assertFalse(browser.is_wider_than_its_window(), where)
                if SCREENSHOTS:
                    browser.save_screenshot(f"{SCREENSHOTS}/{name}-{theme}-{width}.png")

    def test_are_accessible_in_both_themes_and_every_width(self):
        self.axe = axe_source()
        browser = self.open_browser()
        rd = urllib.parse.quote(self.application("a"), safe="")
        evil = urllib.parse.quote("https://evil.example/", safe="")
        for name, path in (
            ("login", f"/login?rd={rd}"),
            ("login-refused", f"/login?rd={evil}"),
            ("logged-out", f"/logout?rd={rd}"),
            ("setup-closed", "/setup"),
            ("link-invalid", "/reset/rst_x"),
            ("missing", "/nothing"),
        ):
            self.visit(browser, name, self.auth + path)
        self.visit(browser, "link", self.link_for("invited@lab.test"))
        with RosterServer("--store", f"json:{self.directory}/empty.json") as empty:
            self.visit(browser, "setup", f"http://127.0.0.1:{empty.http_port}/setup")
            self.assertIn("First administrator", browser.text())
        browser.open(self.auth + "/login")
        browser.fill(login=USER, password="wrong")
        browser.wait_for_text("The user or the password is wrong.")
        for dark in (False, True):
            browser.look_like(390, dark)
            self.assertEqual(browser.violations(self.axe), [])
        self.log_in(browser)
        browser.fill(label="backup")
        browser.wait_for_text("it is shown this once")
        self.assertEqual(browser.violations(self.axe), [])
        for name, path in (
            ("account", "/account/?done=sessions"),
            ("logout", f"/logout?rd={rd}"),
            ("forbidden", f"/forbidden?rd={rd}"),
            ("whoami", "/whoami"),
        ):
            self.visit(browser, name, self.auth + path)

    def test_need_no_script(self):
        browser = self.open_browser(script=False, language="de")
        browser.open(f"http://other.test:{self.port}/")
        self.assertEqual(browser.driver.title, "other")
        self.log_in(browser)
        browser.wait_for_text("Ihr Konto")
        browser.press("form.bar button")
        browser.wait_for_text("Sie sind abgemeldet")
        self.assertEqual(browser.console(), [])

    def test_set_a_password_by_a_link_and_change_it(self):
        link = self.link_for("new@lab.test")
        browser = self.open_browser(language="ko")
        browser.open(link)
        browser.wait_for_text("환영합니다")
        browser.fill(new_password="first passphrase")
        browser.wait_for_url(self.auth + "/login?done=password_link")
        browser.fill(login="new@lab.test", password="first passphrase")
        browser.wait_for_url(self.auth + "/account/")
        browser.fill(current_password="first passphrase", new_password="second passphrase")
        browser.wait_for_text("비밀번호가 변경되었습니다")
        self.assertEqual(browser.console(), [])


class Applications(Site):
    def assert_open(self, browser, name):
        browser.open(self.application(name))
        browser.wait_for_text(f"{name}.lab.test knows {USER}")

    def assert_closed(self, browser, name, path="/"):
        browser.open(self.application(name, path))
        login = self.auth + "/login?rd="
        browser.wait_for(login, lambda: browser.driver.current_url.startswith(login))

    def test_one_log_in_opens_them_all_and_one_log_out_closes_them(self):
        browser = self.open_browser()
        self.assert_closed(browser, "a", "/page?x=1&y=2")
        browser.wait_for_text(f"to continue to a.lab.test:{self.port}")
        browser.fill(login=USER, password=PASSWORD)
        browser.wait_for_url(self.application("a", "/page?x=1&y=2"))
        browser.wait_for_text(f"a.lab.test knows {USER}")
        self.assert_open(browser, "b")
        browser.open(f"http://other.test:{self.port}/")
        self.assertEqual(browser.driver.title, "script")
        browser.press("#link")
        browser.wait_for_url(self.application("a", "/x"))
        browser.open(self.auth + "/logout")
        browser.press("main button")
        browser.wait_for_text("You are logged out")
        self.assert_closed(browser, "a")
        self.assert_closed(browser, "b")
        self.assertEqual(browser.console(), [])

    def test_their_pages_change_nothing_at_roster(self):
        browser = self.open_browser()
        self.log_in(browser)
        for url in (self.application("a"), f"http://other.test:{self.port}/"):
            browser.open(url)
            browser.press("#attack")
            browser.wait_for_text("This was not sent from " + self.auth)
            self.assert_open(browser, "b")


if __name__ == "__main__":
    unittest.main()
