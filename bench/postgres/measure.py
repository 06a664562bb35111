#!/usr/bin/env python3
"""A store in PostgreSQL beside plain libpq loops on the same server: `bench/run postgres --help`.

The loops are pgbench's, with prepared statements: one client that updates a row and commits, or
that looks a row up. Beside them the store by itself, for which the aims are, and then requests to a
roster on it, which cost HTTP, JSON and wrk on the same cores besides. The server is one of the
bench's own, with fsync, in the directory for temporary files: on a tmpfs a commit costs nothing, and
the comparison says nothing (TMPDIR chooses another). What batches gain depends on what a commit
costs: with --commit-ms each takes so much longer, as on a network's disk or with a standby that is
waited for. What is compared is measured in turns.
"""

import argparse
import concurrent.futures
import contextlib
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

BENCH = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(BENCH / "http"), str(BENCH.parent / "tests" / "support")]
import postgres_server
import results
from measure import PATCH_SCRIPT
from servers import Roster, run_wrk

USERS = 1000
BOTH_CORES = "0,1"
TABLE = ("CREATE TABLE plain (id bigint PRIMARY KEY, name text NOT NULL); "
         f"INSERT INTO plain SELECT n, 'x' FROM generate_series(3, {USERS + 2}) AS t (n)")
UPDATE = "\\set n random(3, 1002)\nUPDATE plain SET name = 'name ' || :n WHERE id = :n;\n"
LOOK_UP = "\\set n random(3, 1002)\nSELECT id, name FROM plain WHERE id = :n;\n"
# What proves a session: itself and its user.
PROOF = ("SELECT * FROM sessions LEFT JOIN users ON users.id = sessions.user_id "
         f"WHERE digest = ANY(ARRAY['\\x07{'00' * 31}'::bytea]);\n")


class Bench:
    def __init__(self, options, directory, database):
        self.options = options
        self.directory = directory
        self.database = database
        self.rows = results.Rows()
        database.sql(TABLE)
        self.server_url = database.url()
        database.sql("CREATE DATABASE bare", database="postgres")
        self.store_url = database.url(database="bare")
        for name, text in (("update.sql", UPDATE), ("look_up.sql", LOOK_UP), ("proof.sql", PROOF)):
            (directory / name).write_text(text)
        (directory / "patch.lua").write_text(PATCH_SCRIPT)

    def plain(self, script, database="roster"):
        """Transactions a second of one client."""
        done = subprocess.run(
            [f"{postgres_server.PROGRAMS}/pgbench", "-n", "-M", "prepared", "-c1", "-h",
             "127.0.0.1", "-p", str(self.database.port), "-U", "roster",
             f"-T{self.options.seconds}", "-f", self.directory / script, database],
            check=True, capture_output=True, text=True).stdout
        return float(re.search(r"tps = ([\d.]+)", done)[1])

    def store(self, what, number, url=None):
        """What so many coroutines do in a second, without a server."""
        loop = pathlib.Path(self.options.roster).with_name("roster_store_loop")
        seconds = [] if what == "fill" else [str(self.options.seconds)]
        done = subprocess.run([loop, url or self.store_url, what, str(number), *seconds],
                              check=True, capture_output=True, text=True)
        return float(done.stdout or 0)

    def stores(self, what, programs):
        """On one store, each with 64 clients of its own."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            return sum(pool.map(lambda _: self.store(what, 64), range(programs)))

    def wrk(self, roster, clients, path="/", script=None):
        options = argparse.Namespace(**{**vars(self.options), "clients": clients})
        return run_wrk(roster, path, self.admin, options, script)[0]

    def write(self, roster, clients):
        return self.wrk(roster, clients, script=self.directory / "patch.lua")

    def compare(self, name, aim, mine, other_name, other):
        turns = [(mine(), other()) for _ in range(self.options.rounds)]
        one, two = (statistics.median(column) for column in zip(*turns))
        self.rows.add(name, f"{one:.0f}/s", f"{other_name} {two:.0f}/s", one / two, aim, least=True)

    def run_store(self):
        self.store("fill", USERS)
        for clients, aim in ((64, 20), (256, 60), (1, 0.8)):
            self.compare(f"store: {clients} writers", aim, lambda c=clients: self.store("write", c),
                         "a loop of commits", lambda: self.plain("update.sql"))
        for clients, aim in ((64, 3), (1, 0.8)):
            self.compare(f"store: {clients} sessions proven at once", aim,
                         lambda c=clients: self.store("prove", c),
                         "a loop of the same look-up", lambda: self.plain("proof.sql", "bare"))
        for name, what, aim in (("writers", "write", 1.0), ("log-ins", "log-in", 1.3)):
            self.compare(f"store: two programs with 64 {name} each", aim,
                         lambda w=what: self.stores(w, 2), "one", lambda w=what: self.stores(w, 1))

    def run_server(self, roster):
        self.admin = roster.log_in("admin@example.com")
        for clients in (64, 256, 1):
            self.compare(f"HTTP: {clients} writers", None, lambda c=clients: self.write(roster, c),
                         "a loop of commits", lambda: self.plain("update.sql"))
        for clients in (64, 1):
            self.compare(f"HTTP: {clients} authenticated reads at once", None,
                         lambda c=clients: self.wrk(roster, c, "/v1/users/me"),
                         "a loop of look-ups", lambda: self.plain("look_up.sql"))


def main():
    parser = argparse.ArgumentParser(prog="bench/run postgres", description=__doc__)
    parser.add_argument("--roster", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each turn")
    parser.add_argument("--commit-ms", type=float, default=0, help="more for each commit")
    options = parser.parse_args()
    if not postgres_server.PROGRAMS:
        sys.exit("bench/run postgres: there is no PostgreSQL here; apt-get install postgresql")
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(
            postgres_server.PostgresServer(fsync="on", full_page_writes="on", commit_siblings="0",
                                           commit_delay=f"{options.commit_ms * 1000:.0f}"))
        bench = Bench(options, directory, database)
        bench.run_store()
        bench.run_server(stack.enter_context(Roster(
            options.roster, directory, url=bench.server_url, users=USERS, cores=BOTH_CORES)))


if __name__ == "__main__":
    main()
