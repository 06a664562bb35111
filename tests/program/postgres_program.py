"""What tests of `roster serve --store postgres://...` share: a database of their own."""

import threading
import time
import unittest

from roster_process import ProgramTest, postgres_server
from test_api import Api

PATIENCE_SECONDS = 30


def at_once(*calls):
    """What the calls return, each on a thread of its own; `None` for one that fails."""
    answers = [None] * len(calls)

    def run(i):
        answers[i] = calls[i]()

    threads = [threading.Thread(target=run, args=[i]) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@unittest.skipUnless(postgres_server.PROGRAMS, "there is no PostgreSQL here; install postgresql")
class PostgresTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.database = postgres_server.PostgresServer()
        self.addCleanup(self.database.close)
        self.url = self.database.url()

    def api(self, server):
        api = Api(server)
        self.addCleanup(api.close)
        return api

    def open(self, *arguments, **options):
        self.server = self.serve("--http", "127.0.0.1:0", *arguments, **options)
        return self.api(self.server)

    def until(self, condition):
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            self.assertLess(time.monotonic(), end, "it did not get there\n" + self.server.log())
            time.sleep(0.02)

    def is_ready(self, api):
        return api.ask("GET", "/health/ready")[0] == 200

    def terminate_all(self):
        self.database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                          "application_name = 'roster'")
