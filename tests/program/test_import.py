"""`roster import`: formats, refusals, all or nothing, and what people see."""

import json
import os
import pty
import re
import stat
import subprocess
import time
import unittest

from roster_process import (
    PROGRAM, ROOT, STORE_SUFFIXES, TIMEOUT_SECONDS, ProgramTest, environment, exchange, files_only,
    json_only,
)

# Of "password"; from the tests of the argon2 reference.
ARGON2 = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
# Of "correct horse".
BCRYPT = "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"


class ImportTest(ProgramTest):
    def write(self, name, text):
        path = self.directory / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def import_text(self, text, *arguments, name="input", **options):
        self.write(name, text)
        return self.run_roster("import", name, "--store", self.url, *arguments, **options)

    def users(self):
        """The users of this test's store, by e-mail."""
        done = self.run_roster("export", "--store", self.url, "--with-hashes")
        if "does not exist" in done.stderr or "has no store" in done.stderr:
            return {}
        self.assertEqual(done.returncode, 0, done.stderr)
        return {user["email"]: user for user in map(json.loads, done.stdout.splitlines())}

    def files(self):
        return {path.name: path.read_bytes() for path in self.directory.iterdir()}


class Import(ImportTest):
    @files_only
    def test_is_one_line_of_the_audit_log(self):
        done = self.import_text('{"email":"a@a.com","password":""}\n{"email":"b@b.com"}\n',
                                name="in.ndjson")
        self.assertEqual(done.returncode, 0, done.stderr)
        (line,) = self.audit_log.read_text().splitlines()
        event = json.loads(line)
        self.assertEqual((event["actor"], event["action"], event["outcome"], event["count"]),
                         ("operator", "import", "ok", 2))
        self.assertEqual(event["target"], {"file": "in.ndjson"})

    def test_takes_ndjson_from_standard_input(self):
        lines = [
            {"email": "a@a.com", "password_hash": ARGON2, "role": "admin", "id": 7},
            {"email": "b@b.com", "disabled": True, "created_at": "2001-02-03T04:05:06Z"},
        ]
        text = "\n".join(map(json.dumps, lines))
        done = self.run_roster("import", "-", "--store", self.url, stdin=text)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, f"imported 2 users (1 administrator) into {self.url}\n")
        self.assertIn("1 user without a password", done.stderr)
        users = self.users()
        self.assertEqual(users["a@a.com"]["id"], 7)
        self.assertEqual(users["a@a.com"]["role"], "admin")
        self.assertEqual(users["b@b.com"]["id"], 8)
        self.assertTrue(users["b@b.com"]["disabled"])
        self.assertEqual(users["b@b.com"]["created_at"], "2001-02-03T04:05:06Z")

    def test_takes_csv_of_other_programs(self):
        text = "\ufeffEmail,Role,password_hash\r\na@a.com,admin,\"%s\"\r\n" % ARGON2
        done = self.import_text(text)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.users()["a@a.com"]["password_hash"], ARGON2)

    def test_who_came_with_a_hash_can_log_in(self):
        done = self.import_text(f'email,password_hash,role\na@a.com,"{ARGON2}",admin\n')
        self.assertEqual(done.returncode, 0, done.stderr)
        server = self.serve()
        with server.connect() as connection:
            answer = exchange(connection, "POST", "user:a@a.com,password,login")
        self.assertEqual(answer, (200, "Success Login. you are admin"))
        self.assertEqual(server.stop(), 0)
        # It cost less than today's hashes, and was replaced.
        self.assertNotIn(ARGON2, self.stored_text())

    def test_who_came_with_htpasswd_can_log_in(self):
        done = self.import_text(f"# old\nalice:{BCRYPT}\n", name=".htpasswd")
        self.assertEqual(done.returncode, 0, done.stderr)
        server = self.serve()
        with server.connect() as connection:
            wrong = exchange(connection, "POST", "user:alice,wrong horse,login")
            right = exchange(connection, "POST", "user:alice,correct horse,login")
        self.assertEqual((wrong[0], right[0]), (401, 200))
        self.assertEqual(server.stop(), 0)
        self.assertNotIn(BCRYPT, self.stored_text())
        # The new hash is good, too.
        with self.serve().connect() as connection:
            right = exchange(connection, "POST", "user:alice,correct horse,login")
        self.assertEqual(right[0], 200)

    def test_who_came_with_a_plain_password_can_log_in(self):
        done = self.import_text("email,password\na@a.com,\"correct, horse\"\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("horse", self.stored_text() + done.stdout + done.stderr)
        with self.serve().connect() as connection:
            answer = exchange(connection, "POST", "user:a@a.com,correct, horse,login")
        self.assertEqual(answer[0], 200)

    def test_who_is_disabled_stays_so(self):
        done = self.import_text(f'email,password_hash,disabled\na@a.com,"{ARGON2}",true\n')
        self.assertEqual(done.returncode, 0, done.stderr)
        with self.serve().connect() as connection:
            answer = exchange(connection, "POST", "user:a@a.com,password,login")
        self.assertNotEqual(answer[0], 200)

    def test_an_empty_file_may_be_meant(self):
        done = self.import_text("", "--allow-empty")
        self.assertEqual(done.returncode, 0)
        self.assertIn("imported 0 users", done.stdout)

    def test_passwords_that_look_like_hashes_may_be_passwords(self):
        password = "5f4dcc3b5aa765d61d8327deb882cf99"
        done = self.import_text(f"email,password\na@a.com,{password}\n", "--plain-passwords")
        self.assertEqual(done.returncode, 0, done.stderr)
        with self.serve().connect() as connection:
            answer = exchange(connection, "POST", f"user:a@a.com,{password},login")
        self.assertEqual(answer[0], 200)

    def test_tells_if_there_is_no_administrator(self):
        done = self.import_text("email\na@a.com\n")
        self.assertIn("no administrator", done.stderr)
        self.add_user("b@b.com", "correct horse", "--role", "admin")
        done = self.import_text("email\nc@c.com\n")
        self.assertNotIn("no administrator", done.stderr)
        # One that is disabled counts for nothing.
        done = self.run_roster(
            "import", "-", "--dry-run", "--store", "memory:",
            stdin="email,role,disabled\na@a.com,admin,true\n",
        )
        self.assertIn("no administrator", done.stderr)


class Refusals(ImportTest):
    def assert_nothing_imported(self, done, code, *texts):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        for text in ("nothing was imported", *texts):
            self.assertIn(text, done.stderr)

    def test_one_bad_line_at_the_end_stops_all(self):
        self.add_user("x@x.com", "correct horse")
        before = self.users()
        text = "email,role\n" + "".join(f"u{i}@u.com,user\n" for i in range(500)) + "last,boss\n"
        self.assert_nothing_imported(
            self.import_text(text), 2, 'line 502: role must be "admin" or "user"', "1 line "
        )
        self.assertEqual(self.users(), before)

    def test_every_bad_line_is_named(self):
        text = "email,role\na@a.com,\nA@A.com,\nb@b.com,boss\nc@c.com\n"
        done = self.import_text(text)
        self.assert_nothing_imported(done, 2)
        lines = [line for line in done.stderr.splitlines() if line.startswith("line ")]
        self.assertEqual([line.split(":")[0] for line in lines], ["line 3", "line 4", "line 5"])
        self.assertIn("is on line 2 already", lines[0])

    def test_lines_can_be_left_out(self):
        text = "email,role\na@a.com,\nA@A.com,\nb@b.com,boss\nd@d.com,admin\n"
        done = self.import_text(text, "--skip-invalid")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("imported 2 users (1 administrator)", done.stdout)
        self.assertIn("2 lines left out", done.stdout)
        self.assertIn("line 3:", done.stderr)
        self.assertEqual(set(self.users()), {"a@a.com", "d@d.com"})

    def test_users_of_the_store_are_a_conflict(self):
        self.add_user("a@a.com", "correct horse")
        text = "email\nA@a.com\nb@b.com\n"
        self.assert_nothing_imported(
            self.import_text(text), 4, "line 2: A@a.com is user 1", "--existing skip"
        )
        done = self.import_text(text, "--existing", "skip")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("imported 1 user ", done.stdout)
        self.assertIn("1 exist already", done.stdout)
        done = self.import_text(text, "--skip-invalid")
        self.assertEqual(done.returncode, 6)
        self.assertIn("imported 0 users", done.stdout)

    def test_ids_of_the_store_are_a_conflict(self):
        for i in range(3):
            self.add_user(f"u{i}@u.com", "correct horse")
        text = "email,id\na@a.com,2\n"
        self.assert_nothing_imported(self.import_text(text), 4, "line 2: id 2", "--new-ids")
        self.assertEqual(self.import_text(text, "--new-ids").returncode, 0)
        self.assertEqual(self.users()["a@a.com"]["id"], 4)

    def test_an_id_that_leaves_none_for_others_is_refused(self):
        highest = (1 << 53) - 2
        self.assert_nothing_imported(
            self.import_text(f"email,id\na@a.com,{highest}\n"), 2, f"line 2: id {highest}",
            "--new-ids",
        )
        done = self.import_text(f"email,id\na@a.com,{1 << 52}\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.add_user("b@b.com")
        self.assertEqual(self.users()["b@b.com"]["id"], (1 << 52) + 1)

    def test_what_cannot_be_read_to_its_end_is_not_imported_in_part(self):
        text = 'email\na@a.com\n"b@b.com\nc@c.com\n'
        for arguments in ([], ["--skip-invalid"]):
            self.assert_nothing_imported(
                self.import_text(text, *arguments), 2, "line 3: a quote is opened"
            )
        line = b'{"email":"' + b"x" * (3 << 20) + b'"}\n'
        self.assert_nothing_imported(
            self.import_text(b'{"email":"a@a.com"}\n' + line), 2, "line 2: longer than 1 MiB"
        )
        self.assertEqual(self.users(), {})

    def test_an_empty_file_is_an_export_that_failed(self):
        for text in ("", "\n", "email,password\n"):
            self.assert_nothing_imported(self.import_text(text), 2, "--allow-empty")
        self.assertEqual(set(self.files()), {"input"}, "no store is made")

    def test_hashes_without_a_name_are_no_passwords(self):
        text = "email,password\na@a.com,5f4dcc3b5aa765d61d8327deb882cf99\n"
        done = self.import_text(text)
        self.assert_nothing_imported(done, 2, "line 2: password looks like an unsalted MD5 hash",
                                     "--plain-passwords")
        self.assertNotIn("5f4d", done.stderr)

    def test_plain_passwords_follow_the_policy(self):
        text = "email,password\na@a.com,seven77\nb@b.com,password1\n"
        self.assert_nothing_imported(
            self.import_text(text), 2, "line 2: the password has too few", "line 3: the password is"
        )
        done = self.import_text("email,password\na@a.com,seven77\n", "--min-password-length", "7")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_hostile_lines_reach_no_terminal(self):
        text = 'email,role\na@a.com,\nevil\x1b[2J@x.com,\n"\x1b]0;pwned\x07",\n'
        done = self.import_text(text)
        self.assert_nothing_imported(done, 2)
        self.assertNotIn("\x1b", done.stderr)
        self.assertNotIn("\x07", done.stderr)

    def test_secrets_reach_no_report(self):
        text = "email,password,password_hash\na@a.com,hunter22,hunter23\nb@b.com,hunter22,\"%s\"\n"
        done = self.import_text(text % ARGON2)
        self.assert_nothing_imported(done, 2, "line 2: password_hash", "line 3: password and")
        self.assertNotIn("hunter2", done.stderr)
        self.assertNotIn("argon2id$", done.stderr)

    @files_only
    def test_a_served_store_is_said_with_what_to_do(self):
        with self.serve("--admin-socket", "off"):
            self.assert_fails(self.import_text("email\na@a.com\n"), 5, "in use", "stop")

    def test_a_missing_file_is_said(self):
        done = self.run_roster("import", "nowhere.csv", "--store", self.url)
        self.assert_fails(done, 1, "nowhere.csv", "No such file")
        self.assertEqual(self.files(), {})
        done = self.run_roster("import", ".", "--store", self.url)
        self.assert_fails(done, 1, "directory")


class DryRun(ImportTest):
    def test_makes_no_store(self):
        done = self.import_text("email,password\na@a.com,correct horse\n", "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("would import 1 user ", done.stdout)
        self.assertEqual(set(self.files()), {"input"})

    def test_works_beside_a_server(self):
        self.add_user("a@a.com", "correct horse")
        with self.serve():
            done = self.import_text("email\na@a.com\nb@b.com\n", "--dry-run")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("line 2: a@a.com is user 1 already", done.stderr)

    def test_changes_nothing(self):
        self.add_user("a@a.com", "correct horse")
        before = self.stored_text()
        done = self.import_text("email\nb@b.com\n", "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("nothing was changed", done.stdout)
        self.assertEqual(self.stored_text(), before)
        self.assertEqual(set(self.users()), {"a@a.com"})

    def test_ends_like_the_import_would(self):
        self.add_user("a@a.com", "correct horse")
        self.assertEqual(self.import_text("email\na@a.com\n", "--dry-run").returncode, 4)
        self.assertEqual(self.import_text("email,id\na@a.com,x\n", "--dry-run").returncode, 2)
        done = self.import_text("email,id\nb@b.com,x\n", "--dry-run", "--skip-invalid")
        self.assertEqual(done.returncode, 6)

    @json_only
    def test_hashes_no_password_of_an_old_users_file(self):
        text = '{"users":[{"id":1,"email":"a@a.com","password":"correct horse"}]}'
        self.store_file.write_text(text)
        self.import_text("email\nb@b.com\n", "--dry-run")
        self.assertEqual(self.store_file.read_text(), text)


class Document(ImportTest):
    def test_holds_examples_that_work(self):
        text = (ROOT / "docs" / "IMPORT.md").read_text()
        examples = re.findall(r"```(ndjson|csv|htpasswd)\n(.*?)```", text, re.DOTALL)
        self.assertEqual({name for name, _ in examples}, {"ndjson", "csv", "htpasswd"})
        for name, example in examples:
            for arguments in ([], ["--input-format", name]):
                done = self.import_text(example, "--dry-run", *arguments)
                self.assertEqual(done.returncode, 0, done.stderr)


class Report(ImportTest):
    def test_goes_to_a_file(self):
        done = self.import_text("email\na@a.com\na@a.com\n", "--report", "report.txt")
        self.assertEqual(done.returncode, 2)
        self.assertNotIn("line 3", done.stderr)
        self.assertIn("report.txt", done.stderr)
        report = self.directory / "report.txt"
        self.assertTrue(report.read_text().startswith("line 3: a@a.com is on line 2"))
        self.assertEqual(stat.S_IMODE(report.stat().st_mode), 0o600)

    @files_only
    def test_replaces_neither_the_input_nor_the_store(self):
        done = self.import_text("email\na@a.com\n", "--report", "input")
        self.assert_fails(done, 2, "the file that is imported")
        for suffix in ("", *STORE_SUFFIXES):
            name = self.store_file.name + suffix
            self.assert_fails(self.import_text("email\n", "--report", name), 2, "of the store")

    def test_a_report_that_cannot_be_written_imports_nothing(self):
        done = self.import_text("email\na@a.com\n", "--report", "missing/report.txt")
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing/report.txt", done.stderr)
        self.assertEqual(self.users(), {})


class Progress(ImportTest):
    def test_is_a_bar_on_a_terminal(self):
        self.write("input", "email,password\n" + "".join(f"u{i},correct horse {i}\n" for i in range(30)))
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [PROGRAM, "import", "input", "--store", self.url], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=slave, cwd=self.directory, env=environment(),
        )
        os.close(slave)
        seen = b""
        try:
            while True:
                seen += os.read(master, 1024)
        except OSError:  # the other end is closed
            os.close(master)
        output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        self.assertEqual(process.returncode, 0, seen)
        self.assertIn(b"imported 30 users", output)
        self.assertIn(b"\rhashing passwords [", seen)
        self.assertIn(b"\r\x1b[K", seen)


@files_only
class Kill(ImportTest):
    USERS = 20_000

    def start_import(self):
        return subprocess.Popen(
            [PROGRAM, "import", "input", "--store", self.url], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.directory,
            env=environment(),
        )

    def any_store(self):
        # As after every kill: a start puts right what had begun.
        if self.store_file.exists():
            self.serve().stop()
        done = self.run_roster("export", "--store", self.url)
        return done.returncode == 0 or "does not exist" not in done.stderr

    def test_leaves_all_or_nothing(self):
        rows = "".join(f'u{i}@u.com,"{ARGON2}"\n' for i in range(self.USERS))
        self.write("input", "email,password_hash\n" + rows)
        begun = time.monotonic()
        self.assertEqual(self.start_import().wait(TIMEOUT_SECONDS), 0)
        whole = time.monotonic() - begun
        rounds = 12
        killed = 0
        # Late ones first: where the first import was a slow one, the early ones still are early.
        for i in range(rounds):
            for path in self.directory.glob(self.store_file.name + "*"):
                path.unlink()
            begun = time.monotonic()
            process = self.start_import()
            try:
                process.wait(whole * (rounds - i) / rounds)
                whole = min(whole, time.monotonic() - begun)
            except subprocess.TimeoutExpired:
                process.kill()
                killed += 1
            process.wait()
            # A lock and an audit log may be all that an import killed early leaves behind.
            count = len(self.users()) if self.any_store() else 0
            self.assertIn(count, (0, self.USERS), f"killed in round {i}")
            if process.returncode == 0:
                self.assertEqual(count, self.USERS)
        self.assertGreater(killed, 0)


if __name__ == "__main__":
    unittest.main()
