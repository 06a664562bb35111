"""Hashes of other programs, what hashes cost, and `roster hash calibrate`."""

import json
import unittest

from roster_process import ProgramTest, exchange

CHEAP = ("--hash-memory-kib", "64", "--hash-passes", "1")
OURS = "$argon2id$v=19$m=64,t=1,p=1$"
PASSWORD = "correct horse"
IMPORTED = {
    "bcrypt@a.com": "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
    "scrypt@a.com": "$7$36..../....SodiumSalt$cQwTbLUROFOBRmzMDYxkAaPgnGK87NI9PDwOc71pom7",
    "sha512@a.com": "$6$rounds=1000$saltstring$YiR6NSM0LQXmu7vAhkMXfkdYk7qtFouVx1Mdr3HmzXspT8kO"
    "NjlpU3CsV7ezCB62uXJoAdaagsH4ck7/tB9js.",
}


class Passwords(ProgramTest):
    def write(self, hashes):
        users = [{"email": email, "password": value} for email, value in hashes.items()]
        self.store_file.write_text(json.dumps({"users": users}))

    def kept(self):
        users = json.loads(self.store_file.read_text())["users"]
        return {user["email"]: user["password"] for user in users}

    def test_imported_hashes_are_replaced_at_the_first_log_in(self):
        self.write(IMPORTED)
        server = self.serve(*CHEAP)
        self.assertEqual(self.kept(), IMPORTED)
        for email in IMPORTED:
            for _ in range(2):
                with server.connect() as connection:
                    answer = exchange(connection, "POST", f"user:{email},wrong horse,login")
                self.assertEqual(answer[0], 401)
                with server.connect() as connection:
                    answer = exchange(connection, "POST", f"user:{email},{PASSWORD},login")
                self.assertEqual(answer[0], 200, answer)
        self.assertEqual(server.stop(), 0)
        for email, value in self.kept().items():
            self.assertTrue(value.startswith(OURS), f"{email}: {value}")

    def test_hashes_that_cannot_be_checked_or_afforded_are_refused(self):
        for value, text in (
            ("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "cannot check"),
            ("$2b$31$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2", "costs more"),
            ("$2b$05$abcdefghijklmnopqrstuu", "not well-formed"),
        ):
            with self.subTest(value=value):
                self.write({"a@a.com": value})
                self.assert_fails(self.run_roster("serve", "--store", self.url), 5, text)

    def test_a_new_user_has_a_hash_of_the_cost_that_was_asked_for(self):
        self.add_user("a@a.com", "vjk3#fasd", *CHEAP)
        self.assertTrue(self.kept()["a@a.com"].startswith(OURS))

    def test_what_cannot_be_is_said_before_anything_is_opened(self):
        dear = self.run_roster("serve", "--store", self.url, "--hash-memory-kib", "1048576")
        self.assert_fails(dear, 2, "at most 1048576 KiB")
        self.assertFalse(self.store_file.exists())
        listed = self.run_roster(
            "serve", "--store", "memory:", "--classic", "127.0.0.1:0",
            "--password-blocklist", "/nowhere/list"
        )
        self.assert_fails(listed, 2, "/nowhere/list", "does not exist")

    def test_calibrate_proposes_what_serve_takes(self):
        done = self.run_roster("hash", "calibrate", "--target", "1ms")
        self.assertEqual(done.returncode, 0, done.stderr)
        options = done.stdout.splitlines()[0]
        self.assertEqual(options, "--hash-memory-kib 19456 --hash-passes 2")
        self.serve(*options.split()).stop()

    def test_calibrate_speaks_json(self):
        done = self.run_roster("hash", "calibrate", "--target", "1ms", "--format", "json")
        answer = json.loads(done.stdout)
        self.assertEqual((answer["hash_memory_kib"], answer["hash_passes"]), (19456, 2))
        self.assertGreater(answer["log_ins_per_second"], 0)


if __name__ == "__main__":
    unittest.main()
