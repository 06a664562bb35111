"""F20: a journal that ends in the middle of a batch, or is damaged before its end."""

import json
import unittest

from faults import FaultTest, report, rounds


class TornJournal(FaultTest):
    """F20"""

    def setUp(self):
        super().setUp()
        self.add_admin()
        self.journal = self.store_file.with_name("users.json.journal")
        self.kept_snapshot, self.kept_journal = self.journal_of_a_killed_server()
        self.batches = batches_in(self.kept_journal)

    def journal_of_a_killed_server(self):
        """A snapshot, and a journal of at least three batches that are not in it."""
        for attempt in range(100):
            server = self.serve()
            for number in range(self.choices.randrange(4, 9)):
                self.assertEqual(self.sign_up(server, f"user-{attempt}-{number}"), 201)
            server.kill()
            snapshot, journal = self.snapshot.read_bytes(), self.journal.read_bytes()
            following = self.store_file.with_name("users.json.journal.next")
            if following.exists() and following.stat().st_size > 0:
                continue
            revision = json.loads(snapshot)["revision"]
            batches = batches_in(journal)
            if len(batches) >= 3 and batches[0]["batch"] == revision + 1:
                following.unlink(missing_ok=True)
                return snapshot, journal
        raise AssertionError("each journal was in the snapshot at once")

    def lay_out(self, journal):
        self.snapshot.write_bytes(self.kept_snapshot)
        self.store_file.unlink(missing_ok=True)
        self.journal.write_bytes(journal)

    def expected(self, size_bytes):
        """The users that a journal of this size keeps."""
        users = {user["email"] for user in json.loads(self.kept_snapshot)["users"]}
        for batch in self.batches:
            if batch["end"] <= size_bytes:
                users |= set(batch["emails"])
        return users

    def test_misses_only_the_torn_batch(self):
        end = len(self.kept_journal)
        first = self.batches[-2]["begin"]
        sizes = list(range(first, end + 1))
        if rounds(short=True, full=False):
            edges = {first, first + 1, self.batches[-1]["begin"], end - 1, end}
            sizes = sorted(edges | set(self.choices.sample(sizes, 12)))
        for size in sizes:
            with self.subTest(size=size):
                self.start_with(self.kept_journal[:size], self.expected(size))
        report("F20", f"journal cut at {len(sizes)} places, only torn batches were missing")

    def test_misses_only_a_batch_that_is_zeroed(self):
        """As a file system may leave it: with its length, but without its content."""
        last = self.batches[-1]["begin"]
        for begin in (last, last + 1, len(self.kept_journal) - 1):
            with self.subTest(begin=begin):
                text = self.kept_journal[:begin] + bytes(len(self.kept_journal) - begin)
                self.start_with(text, self.expected(last))

    def start_with(self, journal, expected):
        self.lay_out(journal)
        emails = {"new@load.test"} | expected
        with self.serve() as server:
            self.assertEqual({user["email"] for user in self.users(server)}, expected)
            self.assertEqual(self.sign_up(server, "new"), 201)
            # Batches written after a cut tail must survive, too.
            server.kill()
        with self.serve() as server:
            self.assertEqual({user["email"] for user in self.users(server)}, emails)
            self.assertEqual(server.stop(), 0, server.log())
        self.assertEqual({user["email"] for user in self.stored_users()}, emails)

    def test_damage_before_a_whole_batch_is_refused(self):
        last = self.batches[-1]["begin"]
        for _ in range(rounds(short=12, full=200)):
            place, bit = self.choices.randrange(last), self.choices.randrange(8)
            text = bytearray(self.kept_journal)
            text[place] ^= 1 << bit
            with self.subTest(place=place, bit=bit):
                self.lay_out(bytes(text))
                done = self.run_roster("serve", "--classic", "127.0.0.1:0", "--store", self.url)
                self.assert_fails(done, 5, f"{self.journal}: byte ")
                self.assertEqual(self.journal.read_bytes(), bytes(text))
                self.assertEqual(self.snapshot.read_bytes(), self.kept_snapshot)
                self.assertEqual(self.litter(), [])
        report("F20", f"{rounds(12, 200)} flipped bits before the last batch, each refused")


def batches_in(journal):
    """Where batches begin and end, and which users they create; see docs/STORAGE.md."""
    batches = []
    begin = 0
    while begin < len(journal):
        head_end = journal.index(b"\n", begin) + 1
        batch = json.loads(journal[begin:head_end])
        end = head_end + batch["bytes"]
        lines = [json.loads(line) for line in journal[head_end:end].splitlines()]
        emails = [line["created"]["email"] for line in lines if "created" in line]
        batches.append(batch | {"begin": begin, "end": end, "emails": emails})
        begin = end
    return batches


if __name__ == "__main__":
    unittest.main()
