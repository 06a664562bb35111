"""Runs the program from outside: commands to their end, and servers until they are told to stop.

The program is the one that ROSTER_PROGRAM names, or build/release/roster.
"""

import atexit
import itertools
import os
import pathlib
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import postgres_server

PROGRAM = os.environ.get("ROSTER_PROGRAM", str(ROOT / "build" / "release" / "roster"))
# A sanitizer's memory, threads and file descriptors are not the program's.
SANITIZED = any(
    name in pathlib.Path(PROGRAM).read_bytes() for name in (b"__tsan_init", b"__asan_init")
)
# The kind of store that is tested; not every test is about each.
STORE_KIND = os.environ.get("ROSTER_STORE_KIND", "json")
OPEN_SESSION = os.environ.get(
    "ROSTER_OPEN_SESSION", str(ROOT / "build" / "release" / "open_session")
)
STORE_NAMES = {"json": "users.json", "sqlite": "roster.db", "postgres": "none"}
# What lies beside a store besides.
STORE_SUFFIXES = {
    "json": (".journal", ".sessions", ".lock"), "sqlite": ("-wal", "-shm", ".lock"), "postgres": (),
}[STORE_KIND]
# For tests that write a users file themselves, or read it as text: JSON stores only.
json_only = unittest.skipUnless(STORE_KIND == "json", "is about the JSON store")
# For tests of what lies beside a store: its audit log, its socket, itself.
files_only = unittest.skipIf(STORE_KIND == "postgres", "is about a store with files")
DATABASES, NUMBERS = [], itertools.count()
# Generous, because sanitizers and busy machines are slow; reached only where something hangs.
TIMEOUT_SECONDS = 60


def environment(variables=None):
    """This process's environment without its own ROSTER_ variables, and with `variables`.

    Without the HTTP listener, unless it is asked for: its default port is one for the machine.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ROSTER_")}
    return clean | {"ROSTER_HTTP": "off"} | (variables or {})


def run_roster(*arguments, stdin="", variables=None, cwd=None, wrapper=()):
    """Runs a command to its end, without a terminal; returns what subprocess.run does, as text."""
    return subprocess.run(
        [*wrapper, PROGRAM, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        env=environment(variables),
        cwd=cwd,
        check=False,
        # Without a terminal to ask on.
        start_new_session=True,
    )


def has_sqlite():
    """Whether this program was built with SQLite."""
    return "built without SQLite" not in run_roster("check", "sqlite:none").stderr


class RosterServer:
    """A running `roster serve`; a context manager that never leaves a process behind.

    with RosterServer("--store", url) as server:
        server.connect() ...

    `wrapper` is a command that becomes the server.
    """

    def __init__(self, *arguments, variables=None, cwd=None, wrapper=()):
        listen = [
            word
            for option in ("--classic", "--http")
            if option not in arguments
            for word in (option, "127.0.0.1:0")
        ]
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*wrapper, PROGRAM, "serve", *listen, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment(variables),
            cwd=cwd,
        )
        try:
            self.ready_line = self._read_ready_line()
            ready = re.fullmatch(
                r"ready http=(\S+) classic=(.+):(\d+) socket=(.+) store=(.+)", self.ready_line
            )
            if not ready:
                raise AssertionError(f"not ready: {self.ready_line!r}\n{self.log()}")
        except BaseException:
            self.kill()
            self._close()
            raise
        self.host, self.port = ready[2].strip("[]"), int(ready[3])
        self.socket, self.store = ready[4], ready[5]
        self.http_port = None if ready[1] == "off" else int(ready[1].rpartition(":")[2])

    def _read_ready_line(self):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0, deadline - time.monotonic())):
                    raise AssertionError(f"not ready in time\n{self.log()}")
                byte = os.read(self.process.stdout.fileno(), 1)
                if not byte:
                    raise AssertionError(f"ended before it was ready\n{self.log()}")
                line += byte
        return line.decode().rstrip("\n")

    @property
    def pid(self):
        return self.process.pid

    def connect(self):
        """A connected socket."""
        return socket.create_connection((self.host, self.port), timeout=TIMEOUT_SECONDS)

    def log(self):
        """What it wrote to standard error so far."""
        # Without moving the file's position: the server shares it, and writes there.
        descriptor = self._log.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")

    def wait_for_log(self, text):
        """Waits until the log says this."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            # Asked before the log is read: what it wrote just before its end counts.
            is_last_look = self.process.poll() is not None or time.monotonic() > deadline
            if text in self.log():
                return
            if is_last_look:
                raise AssertionError(f"no {text!r} in the log:\n{self.log()}")
            time.sleep(0.01)

    def wait(self):
        """Waits for the end; gives the exit code."""
        return self.process.wait(TIMEOUT_SECONDS)

    def stop(self, number=signal.SIGTERM):
        """Sends a signal and waits for the end; gives the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _close(self):
        self.process.stdout.close()
        self._log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self._close()


def request(method, body=""):
    """A request of the classic protocol, framed as HTTP says."""
    bytes_ = body.encode()
    head = f"{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(bytes_)}\r\n\r\n"
    return head.encode() + bytes_


def exchange(connection, method, body=""):
    """Sends a request; gives the status and the body of the answer, as text."""
    connection.sendall(request(method, body))
    head = b""
    while b"\r\n\r\n" not in head:
        head += _received(connection, 1)
    length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1])
    answer = b""
    while method != "HEAD" and len(answer) < length:
        answer += _received(connection, length - len(answer))
    return int(head.split()[1]), answer.decode()


def _received(connection, size):
    part = connection.recv(size)
    if not part:
        raise AssertionError("the server closed the connection in the middle of an answer")
    return part


def new_database():
    """The URL of a database of its own, on a server that ends with this program."""
    if not postgres_server.PROGRAMS:
        raise unittest.SkipTest("there is no PostgreSQL here; install postgresql")
    if not DATABASES:
        DATABASES.append(postgres_server.PostgresServer())
        atexit.register(DATABASES[0].close)
    name = f"test{next(NUMBERS)}"
    DATABASES[0].sql(f"CREATE DATABASE {name}", database="postgres")
    return DATABASES[0].url(database=name)


class ProgramTest(unittest.TestCase):
    """A test with a directory of its own, gone afterwards."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="roster-test-")
        self.addCleanup(directory.cleanup)
        # As the program will say it: absolute, and without symbolic links.
        self.directory = pathlib.Path(directory.name).resolve()
        self.use_directory(self.directory)

    def use_directory(self, directory):
        """Keeps the store there."""
        self.store_file = pathlib.Path(directory) / STORE_NAMES[STORE_KIND]
        # The last snapshot of a JSON store; the store's file is a copy of it for people.
        self.snapshot = self.store_file.with_name(self.store_file.name + ".base")
        self.url = (new_database() if STORE_KIND == "postgres"
                    else f"{STORE_KIND}:{self.store_file}")
        self.audit_log = self.store_file.with_name(self.store_file.name + ".audit")

    def stored_text(self):
        """What lies in the store, whatever its kind."""
        if STORE_KIND == "postgres":
            return DATABASES[0].sql("SELECT users::text FROM users ORDER BY id", self.url.rpartition("/")[2])
        return self.store_file.read_bytes().decode("latin-1")

    def run_roster(self, *arguments, **options):
        return run_roster(*arguments, cwd=self.directory, **options)

    def start(self, *arguments, **options):
        """A server that ends with the test."""
        server = RosterServer(*arguments, cwd=self.directory, **options)
        self.addCleanup(server.__exit__)
        return server

    def serve(self, *arguments, **options):
        """A server on this test's store that ends with the test."""
        return self.start("--store", self.url, *arguments, **options)

    def add_user(self, email, password="pw12-pw12", *arguments):
        done = self.run_roster(
            "user", "add", "--store", self.url, "--password-stdin", *arguments, email,
            stdin=password + "\n",
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def open_session(self, email, password, label, address="192.0.2.1", user_agent="test/1"):
        """Returns the id."""
        done = subprocess.run(
            [OPEN_SESSION, self.url, email, label, address, user_agent],
            input=password + "\n", capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
            env=environment(), check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(done.stdout)

    def sub_commands(self, *group):
        """The names of all of them, or of a group."""
        listed = self.run_roster(*group, "--help").stdout.partition("Subcommands:\n")[2]
        names = re.findall(r"^  ([a-z-]+) ", listed.partition("\n\n")[0], re.MULTILINE)
        if not names:
            return [" ".join(group)]
        return [found for name in names for found in self.sub_commands(*group, name)]

    def assert_fails(self, done, code, *texts):
        """Ended with this code, and one line of its own on standard error that holds the texts."""
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        complaints = [line for line in done.stderr.splitlines() if line.startswith("roster: ")]
        self.assertEqual(len(complaints), 1, done.stderr)
        for text in texts:
            self.assertIn(text, complaints[0])
