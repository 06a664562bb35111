"""F19: a damaged users file is refused with its location, and stays as it is, byte for byte.

Without a record it is the store, and the start is refused; with one the server starts without it.
"""

import json
import unittest

from faults import FaultTest, report, rounds

USER = '{"id":1,"email":"a@a.com","password":"pw12-pw12"}'
# JSON with wrong content.
WRONG_CONTENT = {
    "not an object": "[]",
    "no users": "{}",
    "users is not an array": '{"users":{}}',
    "a user is not an object": '{"users":[7]}',
    "a user without a password": '{"users":[{"id":1,"email":"a@a.com","password":7}]}',
    "an id that is text": '{"users":[{"id":"1","email":"a@a.com","password":"pw12-pw12"}]}',
    "an id that is broken": '{"users":[{"id":1.5,"email":"a@a.com","password":"pw12-pw12"}]}',
    "an id that is negative": '{"users":[{"id":-1,"email":"a@a.com","password":"pw12-pw12"}]}',
    "an id of zero": '{"users":[{"id":0,"email":"a@a.com","password":"pw12-pw12"}]}',
    "an id that is too large": '{"users":[{"id":1e99,"email":"a@a.com","password":"p2"}]}',
    "an e-mail that is a number": '{"users":[{"id":1,"email":7,"password":"pw12-pw12"}]}',
    "no e-mail": '{"users":[{"id":1,"password":"pw12-pw12"}]}',
    "an unknown role": '{"users":[{"id":1,"email":"a@a.com","password":"p2","role":"x"}]}',
    "a role that is a number": '{"users":[{"id":1,"email":"a@a.com","password":"p2","role":1}]}',
    "a duplicate id": f'{{"users":[{USER},{{"id":1,"email":"b@b.com","password":"pw12-pw12"}}]}}',
    "a duplicate e-mail": f'{{"users":[{USER},{{"id":2,"email":"a@a.com","password":"p2"}}]}}',
    "an e-mail in two cases": f'{{"users":[{USER},{{"id":2,"email":"A@A.com","password":"p2"}}]}}',
    "a duplicate member": '{"users":[{"id":1,"email":"a@a.com","email":"b@b.com"}]}',
    "duplicate users": f'{{"users":[{USER}],"users":[]}}',
    "another format": f'{{"format":99,"users":[{USER}]}}',
    "a format that is text": f'{{"format":"1","users":[{USER}]}}',
    "a revision that is text": f'{{"format":1,"revision":"x","next_id":2,"users":[{USER}]}}',
    "a next id that is text": f'{{"format":1,"revision":1,"next_id":[],"users":[{USER}]}}',
    "a comma too many": f'{{"users":[{USER},]}}',
    "text after it": f'{{"users":[{USER}]}} x',
    "two objects": f'{{"users":[{USER}]}}{{"users":[{USER}]}}',
    "a comment": f'{{"users":[{USER}]}} // mine',
    "half a surrogate": '{"users":[{"id":1,"email":"\\ud800@a.com","password":"pw12-pw12"}]}',
}
WRONG_BYTES = {
    "empty": b"",
    "spaces": b" \n\t\n",
    "UTF-16": f'{{"users":[{USER}]}}'.encode("utf-16"),
    "bad UTF-8": b'{"users":[{"id":1,"email":"\xff\xfe@a.com","password":"pw12-pw12"}]}',
    "UTF-8 that is too long": b'{"users":[{"id":1,"email":"\xc0\xaf@a.com","password":"p2"}]}',
    "UTF-8 that is cut": b'{"users":[{"id":1,"email":"a@a.com\xc3","password":"pw12-pw12"}]}',
    "a NUL in an e-mail": b'{"users":[{"id":1,"email":"a\0@a.com","password":"pw12-pw12"}]}',
    "deep": b"[" * 100000,
}


def is_json(text):
    """Whether another parser reads it, without duplicate names in an object."""

    def members(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a duplicate name")
        return dict(pairs)

    try:
        return json.loads(text.decode(), object_pairs_hook=members) is not None
    except (ValueError, RecursionError):
        return False


class Damage(FaultTest):
    """F19"""

    def assert_refused(self, text):
        """Refused with its location; nothing was changed, and no file was left."""
        self.forget_record()
        self.store_file.write_bytes(text)
        before = self.store_file.stat()
        done = self.run_roster("serve", "--classic", "127.0.0.1:0", "--store", self.url)
        self.assert_fails(done, 5, str(self.store_file))
        self.assertRegex(done.stderr, rf"{self.store_file}:\d+:\d+: ", done.stderr)
        self.assert_untouched(text, before)

    def assert_untouched(self, text, before):
        self.assertEqual(self.store_file.read_bytes(), text)
        after = self.store_file.stat()
        self.assertEqual(
            (after.st_ino, after.st_mtime_ns, after.st_mode),
            (before.st_ino, before.st_mtime_ns, before.st_mode),
        )
        self.assertEqual(self.litter(), [])
        self.assertFalse(self.store_file.with_name("users.json.journal").exists())

    def users_file(self):
        """A users file with some users, as a server leaves it."""
        self.add_admin()
        with self.serve() as server:
            for number in range(5):
                self.assertEqual(self.sign_up(server, f"user-{number}"), 201)
            self.assertEqual(server.stop(), 0, server.log())
        return self.store_file.read_bytes()

    def forget_record(self):
        for name in ("users.json.base", "users.json.journal"):
            self.store_file.with_name(name).unlink(missing_ok=True)

    def test_wrong_content(self):
        contents = WRONG_BYTES | {name: text.encode() for name, text in WRONG_CONTENT.items()}
        for name, text in contents.items():
            with self.subTest(name):
                self.assert_refused(text)
        report("F19", f"{len(contents)} users files with wrong content, each refused and untouched")

    def test_beside_a_record(self):
        """The server starts with what was acknowledged, and leaves the text alone."""
        good = self.users_file()
        emails = {user["email"] for user in self.stored_users()}
        for name, text in (WRONG_BYTES | {"cut": good[:-40]}).items():
            with self.subTest(name):
                self.store_file.write_bytes(text)
                with self.serve() as server:
                    self.assertEqual({user["email"] for user in self.users(server)}, emails)
                    self.assertRegex(server.log(), rf"{self.store_file}:\d+:\d+: ")
                    self.assertEqual(server.stop(), 0, server.log())
                self.assertEqual(self.store_file.read_bytes(), text)

    def test_cut(self):
        whole = self.users_file().rstrip()
        places = [len(whole) * place // 50 for place in range(50)]
        for place in places:
            with self.subTest(cut=place):
                self.assert_refused(whole[:place])
        report("F19", f"cut at {len(places)} places, each refused and untouched")

    def test_zeroed(self):
        whole = self.users_file()
        blocks = [(0, len(whole)), (len(whole) // 2, len(whole)), (0, 1)]
        for _ in range(rounds(short=5, full=50)):
            begin = self.choices.randrange(len(whole) - 1)
            blocks.append((begin, min(begin + self.choices.randrange(1, 512), len(whole))))
        for begin, end in blocks:
            with self.subTest(begin=begin, end=end):
                self.assert_refused(whole[:begin] + bytes(end - begin) + whole[end:])
        self.assert_refused(whole + bytes(100))
        report("F19", f"{len(blocks) + 1} times zeroed in parts, each refused and untouched")

    def test_flipped_bits(self):
        """The result may be valid, for instance with another letter in an e-mail."""
        whole = self.users_file()
        count = rounds(short=30, full=1000)
        refused = 0
        for _ in range(count):
            place, bit = self.choices.randrange(len(whole)), self.choices.randrange(8)
            text = bytearray(whole)
            text[place] ^= 1 << bit
            with self.subTest(place=place, bit=bit):
                refused += self.flip(bytes(text))
        report("F19", f"{count} flipped bits, {refused} refused and untouched, the others valid")

    def flip(self, text):
        """Whether it was refused."""
        if not is_json(text):
            self.assert_refused(text)
            return True
        self.forget_record()
        self.store_file.write_bytes(text)
        before = self.store_file.stat()
        try:
            server = self.serve()
        except AssertionError as error:
            self.assertRegex(str(error), rf"{self.store_file}:\d+:\d+: ")
            self.assert_untouched(text, before)
            return True
        with server:
            self.assertEqual(server.stop(), 0, server.log())
        ids = [user["id"] for user in json.loads(text)["users"]]
        self.assertEqual(sorted(ids), sorted(user["id"] for user in self.stored_users()))
        return False


if __name__ == "__main__":
    unittest.main()
