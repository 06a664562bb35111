"""What the tests of faults share: clients that record what was acknowledged, and a check of the
store against their records.

Each test has a short form, and a full one with ROSTER_FULL_FAULTS=1. Random choices come from
ROSTER_FAULT_SEED, or from a new seed, which is printed.
"""

import json
import os
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "program"))

from roster_process import STORE_KIND, TIMEOUT_SECONDS, ProgramTest, exchange

FULL = os.environ.get("ROSTER_FULL_FAULTS") == "1"
SEED = int(os.environ.get("ROSTER_FAULT_SEED") or random.SystemRandom().randrange(2**32))
ADMIN = "admin@roster.test"
PASSWORD = "pw12-pw12"
CLIENTS = 8
# More writes in less time, and no client waits long for a hash on a busy machine.
CHEAP = ("--hash-memory-kib", "8", "--hash-passes", "1")
# A leak check cannot run in a traced process.
UNDER_STRACE = {"ASAN_OPTIONS": "detect_leaks=0", "LSAN_OPTIONS": "detect_leaks=0"}


def rounds(short, full):
    return full if FULL else short


def report(fault, text):
    """The line that scripts/test-faults collects."""
    print(f"{fault} ({STORE_KIND}): {text}", flush=True)


def users_in_database(path):
    """The users of a SQLite database without a server; it is not changed."""
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory) / path.name
        for end in ("", "-wal"):
            if pathlib.Path(f"{path}{end}").exists():
                shutil.copyfile(f"{path}{end}", f"{copy}{end}")
        database = sqlite3.connect(copy)
        try:
            problems = database.execute("PRAGMA integrity_check").fetchall()
            if problems != [("ok",)]:
                raise ValueError(f"{path}: {problems}")
            rows = database.execute("SELECT id, email FROM users ORDER BY id").fetchall()
        finally:
            database.close()
    return [{"id": row[0], "email": row[1]} for row in rows]


class Ledger:
    """For each account that clients sent: the e-mails that it may have in the store now.

    None means that the account may be missing. An answer leaves one possibility; a request without
    an answer leaves two.
    """

    def __init__(self):
        self.acknowledged = 0
        self.refused = 0
        # If set, answers do not count: a real machine would be gone. They may be wrong, too: a sync
        # whose transaction is torn down beside it succeeds (Linux 6.18).
        self.power_is_cut = False
        # Set if syncs fail: a write that was answered with 503 may have happened then.
        self.refused_may_have_happened = False
        # What must not have happened, in words.
        self.broken = []
        self._changed = threading.Condition()
        self._possible = {}
        self._ever = {}

    def sends(self, account, email):
        """Call it before a request is sent. Returns the function to pass its status to."""
        with self._changed:
            before = self._possible.get(account, {None})
            self._possible[account] = before | {email}
            self._ever.setdefault(account, set()).add(email)
        return lambda status: self._heard(account, before, email, status)

    def _heard(self, account, before, email, status):
        with self._changed:
            if self.power_is_cut:
                return
            if status in (200, 201):
                self._possible[account] = {email}
                self.acknowledged += 1
            elif status == 503:
                self.refused += 1
                if not self.refused_may_have_happened:
                    self._possible[account] = before
            else:
                self.broken.append(f"{email} was answered with {status}")
            self._changed.notify_all()

    def broke(self, what):
        """Records a broken promise, unless the power is cut: then reads fail as well as writes."""
        with self._changed:
            if not self.power_is_cut:
                self.broken.append(what)

    def wait_for(self, condition, what):
        """Waits until the condition holds for this ledger."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), TIMEOUT_SECONDS):
                raise AssertionError(
                    f"no {what} in time: {self.acknowledged} acknowledged, {self.refused} refused"
                )

    def wait_for_acknowledged(self, count):
        """Waits for so many further acknowledged writes."""
        goal = self.acknowledged + count
        self.wait_for(lambda ledger: ledger.acknowledged >= goal, f"{count} acknowledged writes")

    def check(self, when, users):
        """Compares with the users of a store, which must keep what it has now."""
        emails = [user["email"] for user in users if user["email"] != ADMIN]
        if len(set(emails)) != len(emails) or len({user["id"] for user in users}) != len(users):
            self.broken.append(f"{when}: an id or an e-mail appears twice")
        there = set(emails)
        with self._changed:
            for email in there.difference(*self._ever.values()):
                self.broken.append(f"{when}: {email} was never sent")
            for account, possible in self._possible.items():
                found = there & self._ever[account] or {None}
                if len(found) > 1 or not found <= possible:
                    self.broken.append(f"{when}: {account} is {found}, but may be {possible}")
                if not self.refused_may_have_happened:
                    self._possible[account] = found

    def some_email(self, choices):
        """An account that must exist."""
        certain = [
            next(iter(possible))
            for possible in self._possible.values()
            if len(possible) == 1 and None not in possible
        ]
        return choices.choice(certain) if certain else None


class Clients:
    """Clients that sign up accounts, and change every third one, until they are stopped or cut off.

    with Clients(server, ledger, "round 7"): ...
    """

    def __init__(self, server, ledger, label, count=CLIENTS):
        self.cut_off = []
        self._server = server
        self._ledger = ledger
        self._label = label.replace(" ", "-")
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(i,)) for i in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._stop.set()
        self.wait()

    def wait(self):
        for thread in self._threads:
            thread.join()

    def _run(self, client):
        try:
            with self._server.connect() as connection:
                number = 0
                while not self._stop.is_set():
                    number += 1
                    account = f"{self._label}-{client}-{number}"
                    status = self._sign_up(connection, account)
                    if status == 201 and number % 3 == 0:
                        self._change(connection, account)
        # The helper raises the latter if a connection was closed.
        except (OSError, AssertionError) as error:
            self.cut_off.append(error)

    def _sign_up(self, connection, account):
        email = f"{account}@load.test"
        heard = self._ledger.sends(account, email)
        status, _ = exchange(connection, "POST", f"user:{email},{PASSWORD},signup")
        heard(status)
        return status

    def _change(self, connection, account):
        login = exchange(connection, "POST", f"user:{account}@load.test,{PASSWORD},login")
        if login[0] != 200:
            self._ledger.broke(f"{account} cannot log in: {login}")
            return
        status, body = exchange(connection, "GET")
        if status != 200:
            self._ledger.broke(f"{account} cannot be read: {status} {body}")
            return
        email = f"{account}-changed@load.test"
        heard = self._ledger.sends(account, email)
        status, _ = exchange(connection, "PUT", f"user:{email},{PASSWORD},{json.loads(body)['id']}")
        heard(status)


class UsersFileReader:
    """Reads the users file repeatedly, as another program does, and records what it cannot read."""

    def __init__(self, book):
        self.unreadable = []
        self.times_read = 0
        self._book = book
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        pause = 0
        while not self._stop.wait(pause):
            begin = time.monotonic()
            try:
                self._read()
                self.times_read += 1
            except (ValueError, FileNotFoundError, sqlite3.DatabaseError) as error:
                self.unreadable.append(repr(error))
            except OSError:
                # The file system is gone.
                pass
            # Leave most of the machine to the server.
            pause = max(0.005, 4 * (time.monotonic() - begin))

    def _read(self):
        if STORE_KIND == "json":
            json.loads(self._book.read_bytes())


class FaultTest(ProgramTest):
    """A test with a store that has an administrator, and with a ledger of what was acknowledged."""

    @classmethod
    def setUpClass(cls):
        print(f"seed: ROSTER_FAULT_SEED={SEED}", flush=True)

    def setUp(self):
        super().setUp()
        self.ledger = Ledger()
        self.choices = random.Random(SEED)

    def add_admin(self):
        self.add_user(ADMIN, PASSWORD, "--role", "admin", *CHEAP)

    def serve(self, *arguments, **options):
        return super().serve(*CHEAP, *arguments, **options)

    def users(self, server):
        """All users, as the administrator sees them."""
        with server.connect() as connection:
            login = exchange(connection, "POST", f"user:{ADMIN},{PASSWORD},login")
            self.assertEqual(login, (200, "Success Login. you are admin"))
            status, body = exchange(connection, "GET")
        self.assertEqual(status, 200, body)
        return json.loads(body)["users"]

    def check(self, server, when):
        """What was acknowledged is there, and nothing that was not sent."""
        self.ledger.check(when, self.users(server))
        email = self.ledger.some_email(self.choices)
        if email:
            with server.connect() as connection:
                login = exchange(connection, "POST", f"user:{email},{PASSWORD},login")
            self.assertEqual(login, (200, "Success Login. you are user"), email)

    def check_stored(self, when):
        """The same for the files, after the server was stopped."""
        self.ledger.check(f"{when}, in the files", self.stored_users())

    def stored_users(self):
        if STORE_KIND == "sqlite":
            return users_in_database(self.store_file)
        return json.loads(self.store_file.read_bytes())["users"]

    def sign_up(self, server, account):
        """Signs up one account; returns the status."""
        heard = self.ledger.sends(account, f"{account}@load.test")
        with server.connect() as connection:
            status, _ = exchange(
                connection, "POST", f"user:{account}@load.test,{PASSWORD},signup"
            )
        heard(status)
        return status

    def litter(self):
        """Files beside the store that do not belong to it."""
        companions = {
            "json": {"", ".base", ".lock", ".journal", ".journal.next", ".sessions"},
            "sqlite": {"", ".lock", "-wal", "-shm"},
        }[STORE_KIND]
        # A kill leaves the socket and the code for the first administrator; the next start takes
        # them over.
        companions |= {".audit", ".audit.lock", ".setup", ".sock"}
        mine = {self.store_file.name + end for end in companions}
        return sorted(
            path.name
            for path in self.store_file.parent.iterdir()
            if path.name.startswith(self.store_file.name) and path.name not in mine
        )

    def assert_kept(self, reader=None):
        """No promise was broken."""
        self.assertEqual(self.ledger.broken, [])
        if reader:
            self.assertEqual(reader.unreadable, [])
