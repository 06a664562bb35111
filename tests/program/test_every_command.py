"""Every administrative command in three ways, with the same answers: alone with the store, beside a
server that has it, and with --server at a server elsewhere."""

import json
import re
import shutil
import unittest

from roster_process import STORE_KIND, STORE_NAMES, ProgramTest

ADMIN, USER = "admin@a.com", "bob@b.com"
PASSWORD = "correct horse 9"
# Of no interest to a server: they are about files, or ask one.
OTHERS = {
    "audit verify", "check", "client", "copy", "forward-auth check", "forward-auth snippet",
    "hash calibrate", "healthcheck", "login", "logout", "migrate down", "migrate status", "migrate up", "repair",
    "restore", "serve", "token create", "user link",
}
LINES = "\n".join([
    '{"email":"d@d.com","password":"correct horse","username":"dora","groups":["a","b"]}',
    '{"email":"e@e.com","role":"admin","disabled":true,"metadata":{"n":1.50}}',
    '{"email":"f@f.com","id":40,"created_at":"2001-02-03T04:05:06Z"}',
])
# The command line, and what it reads. They run one after the other.
COMMANDS = (
    (["user", "list"], ""),
    (["user", "list", "--format", "ndjson", "--sort", "-email"], ""),
    (["user", "show", USER], ""),
    (["user", "show", "1", "--format", "json"], ""),
    (["user", "show", "none@a.com"], ""),
    (["session", "list"], ""),
    (["session", "list", USER, "--format", "json"], ""),
    (["user", "add", "c@c.com", "--password-stdin"], PASSWORD),
    (["user", "add", USER, "--password-stdin"], PASSWORD),
    (["user", "add", "short@c.com", "--password-stdin"], "short"),
    (["user", "set", "3", "--username", "carol", "--group", "x", "--format", "json"], ""),
    (["user", "set", "3", "--username", "bob"], ""),
    (["user", "set", ADMIN, "--role", "user"], ""),
    (["user", "set", "99", "--role", "user"], ""),
    (["user", "password", "carol", "--password-stdin"], "another horse 7"),
    (["user", "disable", USER], ""),
    (["user", "disable", USER], ""),
    (["user", "enable", USER], ""),
    (["session", "revoke", "99", "98"], ""),
    (["session", "revoke", "--user", USER], ""),
    (["token", "list"], ""),
    (["token", "list", USER, "--format", "json"], ""),
    (["token", "revoke", "97"], ""),
    (["limit", "list"], ""),
    (["limit", "list", "--format", "json"], ""),
    (["limit", "forgive", "network 192.0.2.1"], ""),
    (["user", "remove", ADMIN, "--yes"], ""),
    (["user", "remove", "carol", "--yes"], ""),
    (["user", "remove", "carol", "--yes"], ""),
    (["import", "-", "--dry-run"], LINES),
    (["import", "-"], LINES),
    (["import", "-"], LINES),
    (["import", "-", "--existing", "skip"], LINES + '\n{"email":"g@g.com"}'),
    (["import", "-", "--existing", "skip", "--report", "report"], LINES),
    (["import", "-", "--skip-invalid"], '{"email":"h@h.com"}\n{"email":"i"}\n{"mail":"a"}\n'),
    (["import", "-"], '{"email":"i@i.com","password":"short"}'),
    (["import", "-"], '{"email":"dora","id":7}'),
    (["import", "-"], '{"email":"j@j.com","username":"CAROL"}\n{"email":"k@k.com","id":12}'),
    (["import", "-", "--new-ids"], '{"email":"k@k.com","id":12}'),
    (["import", "-"], "email,password\nl@l.com,correct horse\n"),
    (["import", "-"], ""),
    (["export"], ""),
    (["export", "--format", "csv"], ""),
    (["export", "--output", "users.ndjson"], ""),
    (["audit", "list", "--action", "log_in"], ""),
    (["audit", "list", "--action", "log_in", "--limit", "1", "--format", "json"], ""),
    (["audit", "list", "--action", "none", "--format", "ndjson"], ""),
    (["backup", "backup"], ""),
    (["backup", "backup"], ""),
    (["backup", "backup", "--replace"], ""),
    (["backup", "none/backup"], ""),
    (["session", "revoke", "--all", "--yes"], ""),
)


class Way:
    """A copy of one store, and how commands get at it."""

    def __init__(self, test, name, directory, options, token=""):
        self.test, self.name, self.directory, self.options = test, name, directory, options
        self.store = f"{STORE_KIND}:{directory / STORE_NAMES[STORE_KIND]}"
        self.token = {"ROSTER_TOKEN": token} if token else {}

    def run(self, command, stdin=""):
        options = self.options
        if command[0] == "backup" and self.name != "server":
            command, options = ["backup", self.store, *command[1:]], []
        done = self.test.run_in(self.directory, [*command, *options], stdin, self.token)
        out = done.stdout
        if command[0] == "backup":
            # A server sends no sessions of a JSON store.
            out = out if STORE_KIND != "json" else re.sub(r" and \d sessions?", " and SESSIONS", out)
        return done.returncode, self.same(out), self.same(done.stderr)

    def same(self, text):
        """Without what may differ: where, and when."""
        place = self.options[1] if self.options else self.store
        text = text.replace(place, "STORE").replace("--server STORE", "--store STORE")
        text = text.replace(str(self.directory), "DIRECTORY")
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", text)
        return re.sub(r"\d+ bytes, revision \d+", "SIZE", text)


class EveryCommand(ProgramTest):
    def run_in(self, directory, arguments, stdin="", variables=None):
        self.directory = directory
        return self.run_roster(*arguments, stdin=stdin, variables=variables)

    def make_store(self):
        """Returns the token of a log-in of the administrator."""
        self.add_user(ADMIN, PASSWORD, "--role", "admin")
        self.add_user(USER, PASSWORD, "--username", "bob")
        server = self.serve()
        at = f"http://127.0.0.1:{server.http_port}"
        home = {"XDG_CONFIG_HOME": str(self.directory / "config")}
        for login in (USER, ADMIN):
            done = self.run_roster("login", login, "--server", at, "--password-stdin",
                                   stdin=PASSWORD + "\n", variables=home)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.stop(), 0)
        # Between two log-ins, the first of which would have ended with the second.
        (token,) = (self.directory / "config" / "roster").iterdir()
        return token.read_text().strip()

    def ways(self, *names):
        token = self.make_store()
        made = self.directory
        for name in names:
            directory = made / f"of-{name}"
            directory.mkdir()
            for file in made.iterdir():
                if file.is_file():
                    shutil.copy(file, directory)
            store = ["--store", f"{STORE_KIND}:{directory / STORE_NAMES[STORE_KIND]}"]
            if name == "alone":
                yield Way(self, name, directory, store)
                continue
            server = self.start(*store)
            if name == "beside":
                yield Way(self, name, directory, store)
            else:
                at = ["--server", f"http://127.0.0.1:{server.http_port}"]
                yield Way(self, name, directory, at, token)

    def test_answers_the_same_in_three_ways(self):
        ways = list(self.ways("alone", "beside", "server"))
        for command, stdin in COMMANDS:
            answers = [way.run(command, stdin) for way in ways]
            for way, answer in zip(ways[1:], answers[1:]):
                with self.subTest(way=way.name, command=command):
                    self.assertEqual(answer, answers[0])
        for name in ("report", "users.ndjson"):
            first, *others = (way.same((way.directory / name).read_text()) for way in ways)
            self.assertTrue(first)
            self.assertEqual(others, [first, first])

    def test_is_in_the_table(self):
        table = {" ".join(command[:2]) if command[0] in ("user", "session", "audit", "token", "limit")
                 else command[0] for command, _ in COMMANDS}
        self.assertEqual(table | OTHERS | {"config"}, set(self.sub_commands()))

    def test_what_a_server_is_set_to_is_asked_there(self):
        for way in self.ways("alone", "beside", "server"):
            with self.subTest(way=way.name):
                code, out, error = way.run(["config", "--format", "json"])
                self.assertEqual(code, 0, error)
                self.assertEqual("no server of" in error, way.name == "alone")
                settings = {one["name"]: one for one in json.loads(out)["settings"]}
                self.assertEqual(settings["store"]["source"], "flag")
                self.assertEqual(settings["classic"]["value"],
                                 "127.0.0.1:9999" if way.name == "alone" else "127.0.0.1:0")
                self.assertIn("max-body-bytes", settings)


if __name__ == "__main__":
    unittest.main()
