"""Flag before environment before file."""

import pathlib
import re
import unittest

from roster_process import ProgramTest


class Settings(ProgramTest):
    def setUp(self):
        super().setUp()
        self.file = self.directory / "roster.toml"
        self.urls = {
            source: f"json:{self.directory / source}.json"
            for source in ("flag", "variable", "section", "file")
        }
        self.file.write_text(
            f'store = "{self.urls["file"]}"\n\n[serve]\nstore = "{self.urls["section"]}"\n'
        )

    def test_flag_before_environment_before_file_before_default(self):
        flag = ["--store", self.urls["flag"]]
        variable = {"ROSTER_STORE": self.urls["variable"]}
        file = {"ROSTER_CONFIG": str(self.file)}
        for arguments, variables, url in (
            (flag, variable | file, self.urls["flag"]),
            (["--config", str(self.file)], variable, self.urls["variable"]),
            ([], file, self.urls["section"]),
            ([], {}, self.url),
        ):
            with self.subTest(url=url):
                server = self.start(*arguments, variables=variables)
                self.assertEqual(server.stop(), 0, server.log())
                self.assertEqual(server.store, url)

    def test_the_example_is_one(self):
        example = pathlib.Path(__file__).parents[2] / "examples" / "roster.toml"
        text = example.read_text()
        # Some editors begin a text with a byte order mark.
        self.file.write_text("\ufeff" + text)
        done = self.run_roster("config", "--config", str(self.file), "--store", self.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"trusted-proxy +127\.0\.0\.1.*::1 +file")
        self.start("--config", str(self.file), "--store", self.url, "--http", "127.0.0.1:0")

    def test_a_list_is_one_text(self):
        self.file.write_text('[serve]\ntrusted-proxy = ["127.0.0.1", "::1"]\n')
        done = self.run_roster("serve", "--config", str(self.file))
        self.assert_fails(done, 2, "trusted-proxy: must have one value; of a list, one text with commas")

    def test_the_top_level_of_the_file_is_for_every_command(self):
        done = self.run_roster(
            "user", "add", "--config", str(self.file), "--password-stdin", "a@a.com",
            stdin="pw12-pw12\n",
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.directory / "file.json").exists())

    def test_a_directory_is_no_file_of_settings(self):
        done = self.run_roster("user", "list", "--config", str(self.directory))
        self.assert_fails(done, 2, f"{self.directory}: cannot be read")

    def test_a_misspelt_variable_is_named(self):
        done = self.run_roster(
            "hash", "calibrate", "--help", variables={"ROSTER_STOER": "x", "ROSTER_PORT": "tcp://"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = self.run_roster(
            "user", "list", variables={"ROSTER_STOER": "x", "ROSTER_SERVICE_PORT": "80"})
        self.assertIn("the variable ROSTER_STOER is not known; is ROSTER_STORE meant?", done.stderr)
        self.assertNotIn("SERVICE", done.stderr)

    def test_bad_values_name_their_source(self):
        self.file.write_text('[serve]\nthreads = "many"\n')
        done = self.run_roster("serve", "--config", str(self.file))
        self.assert_fails(done, 2, f"{self.file}: serve.threads: must")

    def test_exactly_these_options_are_settings(self):
        store = {"STORE", "STORE_PASSWORD_FILE", "CONFIG"}
        accounts = store | {"SERVER"}
        changing = accounts | {"ADMIN_SOCKET"}
        audit = {"AUDIT", "AUDIT_MAX_BYTES", "AUDIT_KEEP"}
        passwords = {
            "HASH_MEMORY_KIB", "HASH_PASSES", "MIN_PASSWORD_LENGTH", "PASSWORD_BLOCKLIST",
        }
        serve = {
            "ACCESS_LOG", "ADMIN_EMAIL", "ADMIN_PASSWORD_FILE", "ADMIN_SOCKET", "BODY_TIMEOUT",
            "CLASSIC", "CLASSIC_IDLE_TIMEOUT", "CLASSIC_OPEN_PUT", "CLASSIC_SILENCE",
            "CORS_ORIGIN", "FORWARD_DOMAIN", "HEAD_TIMEOUT", "HTTP",
            "HTTP_IDLE_TIMEOUT", "IDENTITY_CHANGES", "LOGIN_HELP", "LOG_LEVEL", "MAX_BODY_BYTES",
            "MAX_CONNECTIONS", "MAX_CONNECTIONS_PER_ADDRESS", "MAX_HEADERS", "MAX_HEAD_BYTES",
            "MAX_PIPELINED_REQUESTS", "METRICS", "MAX_REQUEST_LINE_BYTES", "MAX_WAITING_HASHES", "PUBLIC_URL",
            "SESSIONS_PER_USER", "SESSION_IDLE", "SESSION_LIFETIME", "SIGN_UP", "STOP_GRACE", "THREADS",
            "THROTTLE", "TLS_CERT", "TLS_KEY", "TRUSTED_PROXY", "WRITE_TIMEOUT",
        }
        expected = {
            "audit list": accounts | {"AUDIT"},
            "audit verify": store | {"AUDIT"},
            "backup": {"CONFIG", "SERVER", "STORE_PASSWORD_FILE"},
            "check": store,
            "client": {"CONFIG"},
            "config": changing,
            "copy": {"CONFIG", "AUDIT", "STORE_PASSWORD_FILE"},
            "export": accounts,
            "forward-auth check": set(),
            "forward-auth snippet": set(),
            "hash calibrate": {"CONFIG"},
            "healthcheck": store | {"ADMIN_SOCKET"},
            "import": changing | passwords | {"AUDIT"},
            "limit forgive": changing | audit,
            "limit list": changing | audit,
            "login": {"SERVER", "CONFIG"},
            "logout": {"SERVER", "CONFIG"},
            "migrate down": store,
            "migrate status": store,
            "migrate up": store,
            "repair": store,
            "restore": {"CONFIG", "AUDIT", "STORE_PASSWORD_FILE"},
            "serve": store | audit | passwords | serve,
            "session list": accounts,
            "session revoke": changing | audit,
            "token create": {"SERVER", "CONFIG"},
            "token list": accounts,
            "token revoke": changing | audit,
            "user add": changing | audit | passwords,
            "user disable": changing | audit,
            "user enable": changing | audit,
            "user link": changing | audit,
            "user list": accounts,
            "user password": changing | audit | passwords,
            "user remove": changing | audit,
            "user set": changing | audit,
            "user show": accounts,
        }
        self.assertEqual(set(expected), set(self.sub_commands()))
        for command, names in expected.items():
            with self.subTest(command=command):
                help_text = self.run_roster(*command.split(), "--help").stdout
                found = re.findall(r"\[ROSTER_(\w+)\]", help_text)
                self.assertEqual(sorted(found), sorted(names))

    def test_options_of_one_call_come_from_the_command_line_alone(self):
        variables = {"ROSTER_ROLE": "admin", "ROSTER_YES": "true", "ROSTER_DISABLED": "true"}
        added = self.run_roster(
            "user", "add", "--password-stdin", "a@a.com", stdin="pw12-pw12\n", variables=variables
        )
        self.assertEqual(added.stdout, "added user 1 a@a.com (user)\n", added.stderr)
        removed = self.run_roster("user", "remove", "a@a.com", variables=variables)
        self.assert_fails(removed, 2, "--yes")
        self.file.write_text('role = "admin"\n')
        done = self.run_roster("user", "list", "--config", str(self.file))
        self.assert_fails(done, 2, "role: is not a setting")


if __name__ == "__main__":
    unittest.main()
