"""The audit log of `roster serve`, and `roster audit verify`."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest

from roster_process import PROGRAM, ROOT, ProgramTest, TIMEOUT_SECONDS, environment, exchange, json_only


class AuditLog(ProgramTest):
    def setUp(self):
        super().setUp()
        self.log = self.directory / "users.json.audit"

    def lines(self, path=None):
        return (path or self.log).read_bytes().splitlines(keepends=True)

    def events(self):
        return [json.loads(line) for line in self.lines()]

    def serve_once(self, *arguments):
        """Adds two lines: a server starts and stops."""
        with self.serve(*arguments) as server:
            self.assertEqual(server.stop(), 0)

    def verify(self, *arguments):
        return self.run_roster("audit", "verify", *arguments)

    def assert_sound(self, *arguments):
        done = self.verify(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(done.stdout.startswith("sound: "), done.stdout)
        return done.stdout

    def assert_damaged(self, line, text, *arguments):
        """The line is named, and the log not changed."""
        before = self.log.read_bytes()
        done = self.verify(*arguments)
        self.assertEqual(done.returncode, 5, done.stdout + done.stderr)
        self.assertIn(f"damaged: {self.log}:{line}: ", done.stdout)
        self.assertIn(text, done.stdout)
        self.assertEqual(self.log.read_bytes(), before)


class Serving(AuditLog):
    def test_a_link_beside_the_store_is_not_followed(self):
        elsewhere = self.directory / "elsewhere"
        self.log.symlink_to(elsewhere)
        done = self.run_roster("user", "add", "--password-stdin", "a@a.com",
                               stdin="correct horse 1\n")
        self.assertEqual(done.returncode, 5, done.stdout + done.stderr)
        self.assertIn(f"{self.log}: cannot be opened: ", done.stderr)
        self.assertFalse(elsewhere.exists())
        # A link that is named explicitly is followed.
        chosen = self.directory / "chosen"
        chosen.symlink_to(elsewhere)
        self.serve_once("--audit", str(chosen))
        self.assertEqual(len(self.lines(elsewhere)), 2)

    def test_start_and_stop_are_lines_of_one_chain(self):
        self.serve_once()
        self.serve_once()
        events = self.events()
        self.assertEqual(
            [event["action"] for event in events], ["server_start", "server_stop"] * 2
        )
        self.assertEqual([event["seq"] for event in events], [1, 2, 3, 4])
        self.assertEqual({event["actor"] for event in events}, {"operator"})
        self.assertEqual([event["target"] for event in events], [{"store": self.url}] * 4)
        self.assertIn("sound: 4 lines in 1 file\n", self.assert_sound())

    def test_the_file_is_private_whatever_the_umask(self):
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        self.serve_once()
        for name in ("users.json.audit", "users.json.audit.lock"):
            mode = stat.S_IMODE((self.directory / name).stat().st_mode)
            self.assertEqual(mode, 0o600, name)

    def test_a_flood_of_refusals_is_few_lines(self):
        server = self.serve()
        with server.connect() as connection:
            for _ in range(2000):
                self.assertEqual(exchange(connection, "PUT", "user:a@a.com,pw12,1")[0], 403)
        self.assertEqual(server.stop(), 0)
        counts = [event.get("count", 1) for event in self.events() if event["action"] == "modify"]
        self.assertEqual(counts, [1, 9, 90, 900, 1000])
        self.assertEqual(self.events()[-1]["action"], "server_stop")

    @json_only
    def test_edits_by_hand_are_lines(self):
        self.add_user("a@a.com")
        self.add_user("b@b.com")
        self.log.unlink()
        self.store_file.write_text(self.store_file.read_text().replace("a@a.com", "x@a.com"))
        self.add_user("c@c.com")
        server = self.serve()
        users = json.loads(self.store_file.read_text())
        del users["users"][1]
        self.store_file.write_text(json.dumps(users))
        server.wait_for_log("was edited")
        right = self.store_file.read_text()
        self.store_file.write_text("{")
        server.wait_for_log("The edit is not taken over")
        self.store_file.write_text(right)
        server.wait_for_log("is the server's own text again")
        self.assertEqual(server.stop(), 0)
        edits = [event for event in self.events() if event["action"] == "edit"]
        self.assertEqual(
            [(edit["outcome"], edit.get("detail")) for edit in edits[:3]],
            [("ok", "1 changed"), ("ok", "0 changed, 1 removed"), ("invalid_request", None)],
        )
        self.assertEqual({edit["actor"] for edit in edits}, {"operator"})
        self.assertEqual(edits[0]["target"], {"store": self.url})

    def test_a_server_that_cannot_listen_is_recorded(self):
        server = self.start("--store", "memory:")
        done = self.run_roster(
            "serve", "--store", self.url, "--classic", f"127.0.0.1:{server.port}"
        )
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            [event["action"] for event in self.events()], ["server_start", "server_stop"]
        )

    def test_memory_and_off_write_none(self):
        self.start("--store", "memory:").stop()
        self.serve_once("--audit", "off")
        self.assertEqual([*self.directory.glob("*audit*")], [])

    def test_one_log_has_one_writer(self):
        self.serve("--audit", "log")
        done = self.run_roster(
            "serve", "--classic", "127.0.0.1:0", "--store", "json:other.json", "--audit", "log"
        )
        self.assert_fails(done, 5, str(self.directory / "log"), "is in use by process")

    def test_standard_output(self):
        server = subprocess.Popen(
            [PROGRAM, "serve", "--classic", "127.0.0.1:0", "--store", self.url, "--audit", "-"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(),
            cwd=self.directory,
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        first = [server.stdout.readline(), server.stdout.readline()]
        server.send_signal(signal.SIGTERM)
        rest, _ = server.communicate(timeout=TIMEOUT_SECONDS)
        lines = [line for line in first + rest.splitlines() if line.startswith("{")]
        self.assertEqual(
            [json.loads(line)["action"] for line in lines], ["server_start", "server_stop"]
        )
        self.assertFalse(self.log.exists())

    def test_a_reader_that_stops_reading_stops_no_server(self):
        for kind in ("pipe", "socket", "terminal"):
            with self.subTest(kind=kind), self.short_channel(kind) as (reading, writing):
                server = subprocess.Popen(
                    [PROGRAM, "serve", "--http", "off", "--classic", "127.0.0.1:0",
                     "--store", "memory:", "--audit", "-"],
                    stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.DEVNULL,
                    env=environment(), cwd=self.directory,
                )
                self.addCleanup(server.wait)
                self.addCleanup(server.kill)
                text = b""
                while not re.search(rb"ready .*\n", text):
                    text += os.read(reading, 4096)
                port = int(re.search(rb" classic=127.0.0.1:(\d+)", text)[1])
                # A line for each network, more than the channel takes.
                for i in range(100):
                    with socket.create_connection(
                        ("127.0.0.1", port), TIMEOUT_SECONDS, (f"127.0.1.{i}", 0)
                    ) as connection:
                        self.assertEqual(exchange(connection, "PUT", "user:a@a.com,pw12,1")[0], 403)
                server.send_signal(signal.SIGTERM)
                self.assertEqual(server.wait(TIMEOUT_SECONDS), 0)

    @contextlib.contextmanager
    def short_channel(self, kind):
        """Descriptors for reading and writing; little fits between them."""
        if kind == "pipe":
            reading, writing = os.pipe()
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        elif kind == "socket":
            ends = socket.socketpair()
            ends[1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            reading, writing = (end.detach() for end in ends)
        else:
            reading, writing = os.openpty()
        try:
            yield reading, writing
        finally:
            os.close(writing)
            os.close(reading)

    def test_another_file_is_refused_and_not_changed(self):
        self.log.write_text("precious\n")
        done = self.run_roster("serve", "--classic", "127.0.0.1:0", "--store", self.url)
        self.assert_fails(done, 5, f"{self.log}: byte 0: ")
        self.assertEqual(self.log.read_text(), "precious\n")

    def test_cutting_off_a_torn_line_is_recorded(self):
        self.serve_once()
        with self.log.open("ab") as log:
            log.write(b'{"time":"2026')
        self.serve_once()
        recovered = self.events()[2]
        self.assertEqual(recovered["action"], "audit_recovered")
        self.assertEqual(recovered["target"], {"bytes": 13})
        self.assert_sound()

    def test_the_chain_continues_after_a_kill(self):
        for _ in range(3):
            server = self.serve()
            server.kill()
        self.serve_once()
        self.assert_sound()

    def test_logrotate_and_sighup_begin_a_new_file(self):
        server = self.serve("--audit-max-bytes", "1000000")
        self.wait_for_lines(1)
        moved = self.move_away(server.pid)
        server.wait_for_log("audit log: was opened again")
        with server.connect() as connection:
            exchange(connection, "PUT", "user:a@a.com,pw12,1")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(
            [event["action"] for event in self.events()], ["modify", "server_stop"]
        )
        self.assertIn("rotated away: lines 1 to 1\n", self.assert_sound())
        self.assertEqual(stat.S_IMODE(self.log.stat().st_mode), 0o600)
        whole = self.directory / "whole"
        whole.write_bytes(moved.read_bytes() + self.log.read_bytes())
        self.assertTrue(self.assert_sound(str(whole)).startswith("sound: 3 lines in 1 file\nfirst"))

    def test_a_removed_log_begins_again_at_sighup(self):
        server = self.serve()
        self.wait_for_lines(1)
        self.log.unlink()
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("audit log: was opened again")
        self.assertEqual(server.stop(), 0)
        self.assertEqual([event["seq"] for event in self.events()], [2])

    def wait_for_lines(self, count):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while len(self.lines()) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(len(self.lines()), count)

    def move_away(self, pid):
        """With the example for logrotate, or as it does; returns where the lines are."""
        example = (ROOT / "examples" / "logrotate.conf").read_text()
        logrotate = shutil.which("logrotate", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if logrotate is None:
            moved = self.log.with_name(self.log.name + "-20261122")
            self.log.rename(moved)
            os.kill(pid, signal.SIGHUP)
            return moved
        command = "systemctl kill --signal=HUP roster.service"
        self.assertIn(command, example)
        configuration = self.directory / "logrotate.conf"
        configuration.write_text(
            example.replace("/srv/roster/users.json.audit", str(self.log))
            .replace(command, f"kill -HUP {pid}")
        )
        configuration.chmod(0o644)
        subprocess.run(
            [logrotate, "--force", "--state", self.directory / "state", configuration], check=True
        )
        (moved,) = self.directory.glob(self.log.name + "-*")
        return moved

    def test_rotation_and_removal_of_old_files(self):
        # A file holds 4096 bytes: about nineteen lines of this kind.
        rounds = 32
        for _ in range(rounds):
            self.serve_once("--audit-max-bytes", "4096", "--audit-keep", "2")
        rotated = sorted(self.directory.glob("users.json.audit.0*"))
        self.assertEqual(len(rotated), 2)
        self.assertLessEqual(max(path.stat().st_size for path in rotated), 4096)
        first = json.loads(self.lines(rotated[0])[0])["seq"]
        self.assertEqual(rotated[0].name, f"users.json.audit.{first:012}")
        self.assertGreater(first, 1)
        said = self.assert_sound()
        self.assertIn("in 3 files", said)
        self.assertIn(f"\nrotated away: lines 1 to {first - 1}\n", said)
        shown = json.loads(self.verify("--format", "json").stdout)
        self.assertEqual((shown["rotated_away"], shown["lost_events"]), (first - 1, 0))
        self.assertEqual(self.events()[-1]["seq"], 2 * rounds)
        rotated[1].unlink()
        self.assert_damaged(1, "missing")


class Verify(AuditLog):
    def setUp(self):
        super().setUp()
        for _ in range(3):
            self.serve_once()
        self.whole = self.lines()
        self.assertEqual(len(self.whole), 6)

    def change(self, lines):
        self.log.write_bytes(b"".join(lines))

    def last_digest(self):
        done = self.verify("--format", "json")
        return json.loads(done.stdout)["last"]["digest"]

    def test_names_the_line_and_what_is_wrong(self):
        one, two, three, four, five, six = self.whole
        changed = two.replace(b'"operator"', b'"Operator"')
        for lines, line, text in (
            ([one, changed, three, four, five, six], 2, "was changed"),
            ([one, two, four, five, six], 3, "1 missing"),
            ([one, two, four, three, five, six], 4, "out of order"),
            ([one, two, three, three, four, five, six], 4, "appears twice"),
            ([one, two, three, four, five, six[:-9]], 6, "is incomplete"),
            ([one, two, three, b"nonsense\n", four], 4, "not a line of an audit log"),
        ):
            self.change(lines)
            self.assert_damaged(line, text)

    def test_lines_missing_at_the_end_are_found_by_a_noted_digest(self):
        noted = self.last_digest()
        self.assert_sound("--last", noted)
        self.serve_once()
        self.assert_sound("--last", noted)
        self.change(self.whole[:4])
        self.assert_sound()
        done = self.verify("--last", noted)
        self.assertEqual(done.returncode, 5)
        self.assertIn(noted, done.stdout)

    def test_a_changed_end_or_a_new_log_is_found_by_a_noted_digest(self):
        noted = self.last_digest()
        self.change(self.whole[:5] + [self.whole[5].replace(b'"ok"', b'"no"')])
        self.assertEqual(self.verify("--last", noted).returncode, 5)
        self.log.unlink()
        self.serve_once()
        self.assert_sound()
        self.assertEqual(self.verify("--last", noted).returncode, 5)

    def test_json(self):
        shown = json.loads(self.verify("--format", "json").stdout)
        self.assertTrue(shown["sound"])
        self.assertEqual((shown["files"], shown["lines"], shown["damage"]), (1, 6, []))
        events = self.events()
        self.assertEqual(shown["first"], {"seq": 1, "time": events[0]["time"]})
        self.assertEqual(shown["last"]["time"], events[-1]["time"])
        self.change(self.whole[:2] + self.whole[3:])
        done = self.verify("--format", "json")
        self.assertEqual(done.returncode, 5)
        (damage,) = json.loads(done.stdout)["damage"]
        self.assertEqual((damage["file"], damage["line"]), (str(self.log), 3))

    def test_beside_a_running_server(self):
        server = self.serve()
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while len(self.lines()) < 7 and time.monotonic() < deadline:
            time.sleep(0.01)
        for _ in range(10):
            self.assert_sound()
        self.assertEqual(server.stop(), 0)
        self.assertEqual(len(self.lines()), 8)
        self.assert_sound()

    def test_finds_the_log_of_the_store(self):
        self.assert_sound("--store", self.url)
        self.assert_sound(str(self.log))
        done = self.run_roster("audit", "verify", variables={"ROSTER_AUDIT": str(self.log)})
        self.assertEqual(done.returncode, 0)

    def test_a_list_of_no_log_is_no_empty_list(self):
        other = self.directory / "other"
        self.assert_fails(self.run_roster("audit", "list", "--audit", str(other)), 3, "no such")
        other.write_text("root:x:0:0\n")
        done = self.run_roster("audit", "list", "--audit", str(other))
        self.assert_fails(done, 1, "does not begin with lines of an audit log")

    def test_lists_what_is_no_longer_ago(self):
        for since in ("1h", "2026-11-22", "2026-11-22T09:00:00Z"):
            done = self.run_roster("audit", "list", "--store", self.url, "--since", since)
            self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_roster("audit", "list", "--store", self.url, "--since", "yesterday")
        self.assert_fails(done, 2, "like 12h")

    def test_no_file(self):
        self.assert_fails(self.verify("nothing"), 3, "nothing")
        self.assert_fails(self.verify("--store", "memory:"), 2, "FILE")
        self.assert_fails(self.verify("--last", "abc"), 2, "64 hex digits")

    def test_an_empty_digest_and_zeros_are_no_note(self):
        """As of --last "$(ssh …)" if ssh fails."""
        for arguments in (["--last", ""], ["--last="], ["--last", 64 * "0"], [""]):
            done = self.verify(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)


if __name__ == "__main__":
    unittest.main()
