"""`roster user …`, on a store of its own and beside a server."""

import json
import unittest

from program_terminal import Terminal
from roster_process import STORE_KIND, ProgramTest, exchange, files_only, json_only

ADMIN, USER, OTHER = "admin@a.com", "bob@b.com", "carol@c.com"
PASSWORD = "correct horse 9"
NEW_PASSWORD = "battery staple 7"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


class UserCommandTest(ProgramTest):
    """A store with an administrator (1) and two users (2 and 3)."""

    def setUp(self):
        super().setUp()
        self.add_user(ADMIN, PASSWORD, "--role", "admin")
        self.add_user(USER, PASSWORD)
        self.add_user(OTHER, PASSWORD)

    def user(self, *arguments, stdin=""):
        """Runs `roster user …`."""
        return self.run_roster("user", *arguments, "--store", self.url, stdin=stdin)

    def say(self, *arguments, stdin=""):
        """What a command prints that goes well."""
        done = self.user(*arguments, stdin=stdin)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def read(self, *arguments, stdin=""):
        """The same, read from its JSON."""
        return json.loads(self.say(*arguments, "--format", "json", stdin=stdin))

    def emails(self, *arguments):
        return [user["email"] for user in self.read("list", *arguments)["users"]]

    def assert_logs_in(self, email, password, expected):
        server = self.serve()
        with server.connect() as connection:
            status, _ = exchange(connection, "POST", f"user:{email},{password},login")
        self.assertEqual(status == 200, expected, status)
        server.stop()


class UserList(UserCommandTest):
    def test_is_a_table(self):
        self.assertRegex(
            self.say("list"),
            r"\Aid  email        role   disabled  created_at            updated_at\n"
            rf" 1  admin@a\.com  admin  no        {TIME}  {TIME}\n"
            rf" 2  bob@b\.com    user   no        {TIME}  {TIME}\n"
            rf" 3  carol@c\.com  user   no        {TIME}  {TIME}\n\Z",
        )

    def test_is_one_object_in_json(self):
        users = self.read("list")["users"]
        self.assertEqual([user["id"] for user in users], [1, 2, 3])
        self.assertEqual(
            list(users[0]),
            ["id", "email", "role", "disabled", "created_at", "updated_at", "metadata"],
        )
        self.assertEqual(users[0]["role"], "admin")
        self.assertIs(users[0]["disabled"], False)

    def test_is_an_object_a_line_in_ndjson(self):
        lines = self.say("list", "--format", "ndjson").splitlines()
        self.assertEqual([json.loads(line)["email"] for line in lines], [ADMIN, USER, OTHER])

    def test_never_shows_a_hash(self):
        for format_ in ("table", "json", "ndjson"):
            self.assertNotIn("argon2", self.say("list", "--format", format_))

    def test_filters(self):
        self.say("disable", USER)
        self.assertEqual(self.emails("--role", "admin"), [ADMIN])
        self.assertEqual(self.emails("--role", "user", "--disabled", "no"), [OTHER])
        self.assertEqual(self.emails("--disabled", "yes"), [USER])
        self.assertEqual(self.emails("--search", "AROL@"), [OTHER])
        self.assertEqual(self.emails("--query", "AROL@"), [OTHER])
        self.assertEqual(self.emails("--sort", "-email"), sorted([ADMIN, USER, OTHER])[::-1])
        self.assertEqual(
            self.emails("--sort", "-id", "--role", "user", "--limit", "1"), [OTHER]
        )
        self.assertEqual(self.emails("--query", "nobody"), [])
        self.assertEqual(self.emails("--limit", "2"), [ADMIN, USER])
        self.assertEqual(self.emails("--after", "1", "--limit", "1"), [USER])
        self.assertEqual(self.emails("--limit", "1", "--role", "user"), [USER])
        self.assertEqual(self.emails("--after", "18446744073709551615"), [])

    def test_of_no_users_has_its_frame(self):
        self.assertEqual(self.say("list", "--query", "nobody", "--format", "ndjson"), "")
        self.assertEqual(self.read("list", "--query", "nobody"), {"users": []})
        self.assertEqual(
            self.say("list", "--query", "nobody").split(),
            ["id", "email", "role", "disabled", "created_at", "updated_at"],
        )

    @json_only
    def test_of_many_pages_is_whole(self):
        count = 2500
        users = [
            {"id": n, "email": f"u{n}@u.com", "password": "!", "role": "user"}
            for n in range(1, count + 1)
        ]
        document = json.loads(self.store_file.read_text())
        for user in users:
            user["password"] = document["users"][0]["password"]
        self.snapshot.unlink()
        self.store_file.write_text(json.dumps(
            {"format": 1, "revision": 9000, "next_id": count + 1, "users": users}
        ))
        self.assertEqual(self.emails(), [user["email"] for user in users])
        self.assertEqual(len(self.say("list").splitlines()), count + 1)
        self.assertEqual(self.emails("--after", "1999", "--limit", "2"), ["u2000@u.com", "u2001@u.com"])

    @json_only
    def test_of_an_old_file_with_plain_passwords(self):
        text = '{"users": [{"id": 1, "email": "a@a.com", "password": "plain"}]}'
        self.snapshot.unlink()
        self.store_file.write_text(text)
        done = self.user("list", "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([user["email"] for user in json.loads(done.stdout)["users"]], ["a@a.com"])
        self.assertIn("1 plain passwords are left out", done.stderr)
        self.assertEqual(self.store_file.read_text(), text)

    def test_usage_errors(self):
        for arguments, text in (
            (["--role", "king"], "--role"),
            (["--disabled", "perhaps"], "--disabled"),
            (["--limit", "0"], "--limit"),
            (["--after", "x"], "--after"),
            (["--format", "xml"], "--format"),
        ):
            with self.subTest(arguments=arguments):
                self.assert_fails(self.user("list", *arguments), 2, text)


class UserShow(UserCommandTest):
    def test_takes_an_id_or_an_email(self):
        for argument in ("2", USER, "BOB@b.com"):
            with self.subTest(argument=argument):
                self.assertRegex(
                    self.say("show", argument),
                    r"\Aid          2\nemail       bob@b\.com\nrole        user\n"
                    rf"disabled    no\ncreated_at  {TIME}\nupdated_at  {TIME}\n"
                    r"metadata    \{\}\nsessions    0\n\Z",
                )

    def test_is_an_object_in_json(self):
        shown = self.read("show", USER)
        self.assertEqual((shown["id"], shown["email"], shown["sessions"]), (2, USER, 0))
        line = self.say("show", USER, "--format", "ndjson")
        self.assertEqual((json.loads(line), line.count("\n")), (shown, 1))

    def test_an_email_of_digits_needs_the_option(self):
        self.say("add", "12", "--password-stdin", stdin=PASSWORD)
        self.assert_fails(self.user("show", "12"), 3, "no user has the id 12", "--by-email")
        self.assertEqual(self.read("show", "--by-email", "12")["id"], 4)
        self.assert_fails(self.user("show", "--by-email", "4"), 3, "no user has the e-mail '4'")

    def test_of_no_user_is_not_found(self):
        for argument in ("17", "0", "18446744073709551616", "nobody@a.com"):
            with self.subTest(argument=argument):
                self.assert_fails(self.user("show", argument), 3, "no user has", "user list")
        self.assert_fails(self.user("show"), 2, "USER")
        self.assert_fails(self.user("show", ""), 2, "e-mail address, a username or an id")


class UserProfile(UserCommandTest):
    ALL = ("--username", "Bob", "--name", "B. \u00f6", "--group", "media", "--group", "admins",
           "--locale", "de-CH")

    def test_is_set_shown_and_removed(self):
        self.assertEqual(self.say("set", USER, *self.ALL), "changed user 2 bob@b.com (user)\n")
        shown = self.read("show", "bOB")
        self.assertEqual((shown["id"], shown["username"], shown["name"]), (2, "Bob", "B. \u00f6"))
        self.assertEqual((shown["groups"], shown["locale"]), (["admins", "media"], "de-CH"))
        self.assertNotIn("last_login_at", shown)
        self.assertRegex(self.say("show", "bob"), r"(?m)^username    Bob\nname        B\. \u00f6\n"
                                                  r"groups      admins media\nlocale      de-CH$")
        self.assertIs(self.read("set", "bob", *self.ALL)["changed"], False)
        self.read("set", "bob", "--username", "", "--name", "", "--group", "", "--locale", "")
        self.assertEqual(set(self.read("show", USER)) & {"username", "name", "groups", "locale"},
                         set())

    def test_one_logs_in_with_the_username(self):
        self.read("set", USER, "--username", "bob")
        self.assert_logs_in("BOB", PASSWORD, True)
        self.assert_logs_in("bob", "wrong-password", False)

    def test_a_new_user_may_have_one(self):
        added = self.read("add", "d@d.com", *self.ALL, "--password-stdin", stdin=PASSWORD)
        self.assertEqual((added["username"], added["groups"]), ("Bob", ["admins", "media"]))
        self.assertEqual([user["id"] for user in self.read("list", "--group", "media")["users"]],
                         [added["id"]])
        self.assertEqual(self.read("list", "--group", "med")["users"], [])
        self.assert_fails(self.user("set", USER, "--username", "bOB"), 4, "username", "user show")

    def test_refusals(self):
        for option, value in (("--username", "17"), ("--username", "a@b"), ("--group", "A"),
                              ("--locale", "de_CH"), ("--name", "a\tb")):
            with self.subTest(option=option, value=value):
                self.assert_fails(self.user("set", USER, option, value), 2, option, "must be")
        self.assert_fails(self.user("list", "--group", "A"), 2, "--group")
        self.assert_fails(self.user("show", "nobody"), 3, "e-mail or username 'nobody'")


class UserMetadata(UserCommandTest):
    def test_is_kept_and_shown(self):
        said = self.say(
            "add", "d@d.com", "--password-stdin", "--metadata", '{ "team": "red", "n": [1.50] }',
            stdin=PASSWORD,
        )
        self.assertEqual(said, "added user 4 d@d.com (user)\n")
        self.assertEqual(self.read("show", "4")["metadata"], {"team": "red", "n": [1.5]})
        self.assertIn('metadata    {"team":"red","n":[1.50]}\n', self.say("show", "4"))
        self.assertEqual(self.read("list")["users"][3]["metadata"]["team"], "red")
        self.assertNotIn("red", self.say("list"))

    def test_is_replaced_as_a_whole(self):
        set_ = self.read("set", USER, "--metadata", '{"a":1,"b":2}')
        self.assertEqual((set_["metadata"], set_["changed"]), ({"a": 1, "b": 2}, True))
        self.assertIs(self.read("set", USER, "--metadata", '{ "a": 1, "b": 2 }')["changed"], False)
        self.assertEqual(self.read("set", USER, "--metadata", '{"c":3}')["metadata"], {"c": 3})
        self.assertEqual(self.read("set", USER, "--metadata", "{}")["metadata"], {})
        if STORE_KIND == "json":
            self.assertNotIn("metadata", self.stored_text())

    def test_what_is_wrong_is_said(self):
        before = self.stored_text()
        for metadata, text in (
            ("red", "column 1: not JSON"),
            ("", "column 1: the text is empty"),
            ("[]", "metadata"),
            ('{"a":1', "column 7: the text ends in the middle"),
            ('{"a":1,"a":2}', '"a" is there twice in one object'),
            ('{"a":"%s"}' % ("x" * 16384), "more than 16 KiB"),
        ):
            with self.subTest(metadata=metadata[:20]):
                self.assert_fails(self.user("set", USER, "--metadata", metadata), 2, text)
                self.assert_fails(self.user("add", "d@d.com", "--metadata", metadata), 2, text)
        self.assertEqual(self.stored_text(), before)

    def test_a_control_character_in_it_reaches_no_terminal(self):
        self.say("set", USER, "--metadata", '{"a":"\\u001b[2J\u009b"}')
        for format_ in ("table", "json", "ndjson"):
            shown = self.say("show", USER, "--format", format_)
            self.assertNotIn("\x1b", shown)
            self.assertNotIn("\x9b", shown)

    def test_the_classic_protocol_does_not_show_it(self):
        self.say("set", USER, "--metadata", '{"team":"red"}')
        with self.serve().connect() as connection:
            exchange(connection, "POST", f"user:{ADMIN},{PASSWORD.strip()},login")
            status, body = exchange(connection, "GET", "")
        self.assertEqual(status, 200)
        self.assertIn(USER, body)
        self.assertNotIn("red", body)


class UserAdd(UserCommandTest):
    def test_can_begin_disabled(self):
        said = self.say("add", "d@d.com", "--disabled", "--password-stdin", stdin=PASSWORD)
        self.assertEqual(said, "added user 4 d@d.com (user, disabled)\n")
        self.assertTrue(self.read("show", "4")["disabled"])
        self.assert_logs_in("d@d.com", PASSWORD, False)

    def test_prints_the_new_user_in_json(self):
        added = self.read("add", "d@d.com", "--role", "admin", "--password-stdin", stdin=PASSWORD)
        self.assertEqual((added["id"], added["role"], added["changed"]), (4, "admin", True))

    def test_if_absent_leaves_a_user_unchanged(self):
        before = self.stored_text()
        for arguments in ([], ["--role", "admin"], ["--disabled"], ["--password-stdin"]):
            with self.subTest(arguments=arguments):
                # Standard input is empty, and there is no terminal: nothing is asked.
                said = self.say("add", "--if-absent", "BOB@b.com", *arguments)
                self.assertEqual(
                    said, "user 2 bob@b.com exists already; nothing was changed\n"
                )
        self.assertIs(self.read("add", "--if-absent", USER)["changed"], False)
        self.assertEqual(self.stored_text(), before)

    def test_if_absent_adds_a_user_that_is_absent(self):
        added = self.read("add", "--if-absent", "d@d.com", "--password-stdin", stdin=PASSWORD)
        self.assertEqual((added["id"], added["changed"]), (4, True))

    def test_a_taken_email_is_said_before_a_password_is_asked_for(self):
        self.assert_fails(self.user("add", USER), 4, "already registered", "user show")
        self.assert_fails(
            self.user("add", USER, "--password-stdin", stdin=PASSWORD), 4, "already registered"
        )

    def test_without_a_terminal_it_says_what_to_do(self):
        self.assert_fails(self.user("add", "d@d.com"), 2, "no terminal", "--password-stdin")


class UserSet(UserCommandTest):
    def test_changes_email_and_role(self):
        self.assertEqual(
            self.say("set", USER, "--email", "robert@b.com", "--role", "admin"),
            "changed user 2 robert@b.com (admin)\n",
        )
        self.assertEqual(self.read("show", "2")["email"], "robert@b.com")
        self.assert_logs_in("robert@b.com", PASSWORD, True)

    def test_what_is_so_already_is_no_error(self):
        before = self.stored_text()
        changed = self.read("set", "2", "--email", USER, "--role", "user")
        self.assertEqual((changed["id"], changed["changed"]), (2, False))
        self.assertIn("nothing was changed", self.say("set", "2", "--role", "user"))
        self.assertEqual(self.stored_text(), before)

    def test_the_case_of_an_email_can_be_changed(self):
        self.assertEqual(self.read("set", "2", "--email", "Bob@b.com")["email"], "Bob@b.com")

    def test_refusals(self):
        self.assert_fails(self.user("set", USER), 2, "say what to change")
        self.assert_fails(self.user("set", USER, "--role", "king"), 2, "--role")
        self.assert_fails(self.user("set", USER, "--email", OTHER), 4, "user 2 bob@b.com", "already")
        self.assert_fails(self.user("set", USER, "--email", "x"), 2, "at least 2 characters")
        self.assert_fails(self.user("set", "9", "--role", "admin"), 3, "no user has the id 9")
        self.assert_fails(self.user("set", USER, "--email", "x\x1b[2J"), 2, "control or invisible characters")


class UserSwitch(UserCommandTest):
    def test_a_disabled_user_cannot_log_in_until_enabled(self):
        self.assertEqual(self.say("disable", USER), "disabled user 2 bob@b.com\n")
        self.assert_logs_in(USER, PASSWORD, False)
        self.assertEqual(self.say("enable", "2"), "enabled user 2 bob@b.com\n")
        self.assert_logs_in(USER, PASSWORD, True)

    def test_doing_it_again_is_no_error(self):
        self.assertIn("enabled already", self.say("enable", USER))
        self.assertIs(self.read("disable", USER)["changed"], True)
        before = self.stored_text()
        again = self.read("disable", USER)
        self.assertEqual((again["changed"], again["disabled"]), (False, True))
        self.assertEqual(self.stored_text(), before)

    def test_of_no_user_is_not_found(self):
        self.assert_fails(self.user("disable", "x@x.com"), 3, "no user has the e-mail 'x@x.com'")
        self.assert_fails(self.user("enable", "9"), 3, "no user has the id 9")


class UserPassword(UserCommandTest):
    def test_from_standard_input(self):
        self.assertEqual(
            self.say("password", USER, "--password-stdin", stdin=NEW_PASSWORD + "\n"),
            "changed the password of user 2 bob@b.com\n",
        )
        self.assert_logs_in(USER, NEW_PASSWORD, True)
        self.assert_logs_in(USER, PASSWORD, False)
        self.assertNotIn(NEW_PASSWORD, self.stored_text())

    def test_refusals_change_nothing(self):
        before = self.stored_text()
        stdin = ["password", USER, "--password-stdin"]
        self.assert_fails(self.user(*stdin, stdin="p\n"), 2, "user 2", "characters")
        self.assert_fails(self.user(*stdin, stdin="x" * 1025), 2, "1024 bytes")
        self.assert_fails(self.user(*stdin), 2, "standard input is empty")
        self.assert_fails(self.user("password", USER), 2, "no terminal", "--password-stdin")
        self.assert_fails(self.user("password", "9", "--password-stdin"), 3, "no user has")
        self.assertEqual(self.stored_text(), before)

    def test_never_as_an_argument(self):
        self.assertEqual(self.user("password", USER, NEW_PASSWORD).returncode, 2)


class UserRemove(UserCommandTest):
    def test_takes_yes_where_nobody_can_be_asked(self):
        before = self.stored_text()
        self.assert_fails(self.user("remove", USER), 2, "no terminal", "--yes")
        # An answer on standard input does not count: it may be meant for something else.
        self.assert_fails(self.user("remove", USER, stdin="y\n"), 2, "no terminal")
        self.assertEqual(self.stored_text(), before)
        self.assertEqual(self.say("remove", USER, "--yes"), "removed user 2 bob@b.com\n")
        self.assertEqual(self.emails(), [ADMIN, OTHER])
        self.assert_fails(self.user("remove", USER, "--yes"), 3, "no user has")

    def test_prints_the_removed_user_in_json(self):
        removed = self.read("remove", "3", "--yes")
        self.assertEqual((removed["id"], removed["email"]), (3, OTHER))

    def test_an_id_is_not_given_again(self):
        self.say("remove", "3", "--yes")
        added = self.read("add", "d@d.com", "--password-stdin", stdin=PASSWORD)
        self.assertEqual(added["id"], 4)


class TheLastAdministrator(UserCommandTest):
    PATHS = (
        ["disable", ADMIN],
        ["set", ADMIN, "--role", "user"],
        ["set", "1", "--role", "user", "--email", "x@x.com"],
        ["remove", ADMIN, "--yes"],
    )

    def test_is_kept_on_every_path(self):
        before = self.stored_text()
        for arguments in self.PATHS:
            with self.subTest(arguments=arguments):
                self.assert_fails(
                    self.user(*arguments), 4, "user 1 admin@a.com", "last administrator",
                    "make another one first",
                )
        self.assertEqual(self.stored_text(), before)

    def test_a_disabled_one_does_not_count(self):
        self.say("set", USER, "--role", "admin")
        self.say("disable", USER)
        for arguments in self.PATHS:
            with self.subTest(arguments=arguments):
                self.assert_fails(self.user(*arguments), 4, "last administrator")

    def test_the_last_but_one_may_be_removed(self):
        self.say("set", USER, "--role", "admin")
        self.say("remove", ADMIN, "--yes")
        self.assert_fails(self.user("disable", USER), 4, "last administrator")

    def test_may_change_anything_else(self):
        self.say("set", ADMIN, "--email", "root@a.com")
        self.say("password", "1", "--password-stdin", stdin=NEW_PASSWORD)
        self.assert_logs_in("root@a.com", NEW_PASSWORD, True)


class BesideAServer(UserCommandTest):
    def test_changes_are_made_by_the_server(self):
        server = self.serve()
        with server.connect() as connection:
            self.assertEqual(
                self.say("add", "d@d.com", "--password-stdin", stdin=PASSWORD + "\n"),
                "added user 4 d@d.com (user)\n",
            )
            self.assertEqual(exchange(connection, "POST", f"user:d@d.com,{PASSWORD},login")[0], 200)
            self.say("disable", "4")
            self.assertEqual(exchange(connection, "POST", f"user:d@d.com,{PASSWORD},login")[0], 401)
            self.say("remove", "4", "--yes")
        server.stop()
        self.assertEqual(self.emails(), [ADMIN, USER, OTHER])

    def test_refusals_are_the_same(self):
        for arguments, stdin in (
            (["add", "d@d.com", "--password-stdin"], "short"),
            (["add", "d@d.com", "--password-stdin"], "password123"),
            (["add", USER, "--password-stdin"], PASSWORD),
            (["set", USER, "--email", OTHER], ""),
            (["set", ADMIN, "--role", "user"], ""),
            (["password", USER, "--password-stdin"], "short"),
            (["remove", ADMIN, "--yes"], ""),
            (["disable", "99"], ""),
        ):
            with self.subTest(arguments=arguments):
                alone = self.user(*arguments, stdin=stdin)
                with self.serve():
                    served = self.user(*arguments, stdin=stdin)
                self.assertNotEqual(alone.returncode, 0)
                self.assertEqual(
                    (alone.returncode, alone.stdout, alone.stderr),
                    (served.returncode, served.stdout, served.stderr),
                )

    @files_only
    def test_without_a_socket_it_says_what_to_do(self):
        server = self.serve("--admin-socket", "off")
        self.assert_fails(
            self.user("disable", USER), 5, f"in use by process {server.pid} ", "admin socket", "stop",
        )

    def test_reading_sees_what_was_acknowledged(self):
        with self.serve() as server, server.connect() as connection:
            for number in range(4, 8):
                email = f"u{number}@u.com"
                status, _ = exchange(connection, "POST", f"user:{email},{PASSWORD},signup")
                self.assertEqual(status, 201)
                self.assertEqual(self.emails()[-1], email)
                self.assertEqual(self.read("show", email)["id"], number)
            self.assertEqual(exchange(connection, "POST", f"user:{USER},{PASSWORD},login")[0], 200)
            self.assertEqual(len(self.say("list").splitlines()), 8)
        self.assertEqual(len(self.emails()), 7)


class UserSetBesideAServer(UserSet):
    def setUp(self):
        super().setUp()
        self.server = self.serve()

    def assert_logs_in(self, email, password, expected):
        self.server.stop()
        super().assert_logs_in(email, password, expected)


class UserRemoveBesideAServer(UserRemove):
    def setUp(self):
        super().setUp()
        self.serve()


@json_only
class HostileEmails(UserCommandTest):
    """A users file written by hand or another program may hold what roster never would."""

    HOSTILE = ("\x1b[2J\x1b]0;owned\x07@x.com", "a\nroster: all is well\r@x.com", "\x9b31m@x.com")

    def setUp(self):
        super().setUp()
        document = json.loads(self.store_file.read_text())
        template = document["users"][1]
        for number, email in enumerate(self.HOSTILE, start=4):
            document["users"].append(template | {"id": number, "email": email})
        document["next_id"] = 100
        self.store_file.write_text(json.dumps(document))

    def assert_harmless(self, done):
        for text in (done.stdout, done.stderr):
            bad = [c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160]
            self.assertEqual(bad, [], text)
            self.assertNotIn("\nroster: all is well", text)

    def test_never_reach_the_terminal(self):
        done = self.user("list", "--format", "json")
        if done.returncode == 5:
            # Refused as damage: the place is named, and the e-mail is harmless there, too.
            return self.assert_harmless(done)
        for arguments in (
            ["list"], ["list", "--format", "json"], ["list", "--format", "ndjson"],
            ["show", "4"], ["show", "5"], ["show", "6", "--format", "json"],
            ["set", "4", "--role", "user"], ["set", "5", "--role", "admin"],
            ["disable", "6"], ["disable", "6"], ["remove", "6", "--yes"],
            ["add", self.HOSTILE[0], "--if-absent"], ["set", "1", "--email", self.HOSTILE[0]],
        ):
            with self.subTest(arguments=arguments):
                done = self.user(*arguments)
                self.assert_harmless(done)
        return None

    def test_of_the_command_line_neither(self):
        for email in self.HOSTILE:
            for arguments in (
                ["show", email], ["add", email, "--password-stdin"], ["add", email, "--role", email],
                ["set", "2", "--email", email], ["list", "--limit", email],
            ):
                with self.subTest(arguments=arguments):
                    self.assert_harmless(self.user(*arguments, stdin=PASSWORD))


class OnATerminal(UserCommandTest):
    def terminal(self, *arguments):
        terminal = Terminal("user", *arguments, "--store", self.url, cwd=self.directory)
        self.addCleanup(terminal.close)
        return terminal

    def test_a_removal_is_asked_for(self):
        for answer, code in (("n\n", 1), ("\n", 1), ("\x04", 1), ("yes\n", 0)):
            with self.subTest(answer=answer):
                terminal = self.terminal("remove", USER)
                terminal.expect("Remove user 2 bob@b.com (user) for good? [y/N] ")
                terminal.type(answer)
                ended, output = terminal.end()
                self.assertEqual(ended, code, output)
                self.assertIn("removed user 2" if code == 0 else "nothing was changed", output)
        self.assertEqual(self.emails(), [ADMIN, OTHER])

    def test_an_interrupt_removes_nobody(self):
        terminal = self.terminal("remove", USER)
        terminal.expect("[y/N] ")
        terminal.type("\x03")
        terminal.end()
        self.assertEqual(self.emails(), [ADMIN, USER, OTHER])

    def test_asks_nothing_about_a_user_that_does_not_exist(self):
        terminal = self.terminal("remove", "9")
        code, output = terminal.end()
        self.assertEqual(code, 3, output)


if __name__ == "__main__":
    unittest.main()
