"""`roster client` at a terminal: the prompt, passwords, and the keys that end it."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time
import unittest

from program_terminal import heed_keys
from roster_process import PROGRAM, TIMEOUT_SECONDS, ProgramTest, environment

END_OF_INPUT = "\x04"
INTERRUPT = "\x03"
PROMPT = "roster> "


class Person:
    """Sits at a terminal on which the client runs."""

    def __init__(self, *arguments):
        self.terminal, slave = pty.openpty()

        def take_terminal():
            heed_keys()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [PROGRAM, "client", *arguments], stdin=slave, stdout=slave, stderr=slave,
            env=environment(), start_new_session=True, preexec_fn=take_terminal,
        )
        self.slave = slave
        self.seen = ""

    def sees(self, text):
        """Waits for the text; gives what came before it, and forgets both."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while text not in self.seen:
            left = max(0, deadline - time.monotonic())
            if not select.select([self.terminal], [], [], left)[0]:
                raise AssertionError(f"no {text!r} in {self.seen!r}")
            self.seen += os.read(self.terminal, 4096).decode()
        before, _, self.seen = self.seen.partition(text)
        return before

    def types(self, text):
        os.write(self.terminal, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def exit_code(self):
        return self.process.wait(TIMEOUT_SECONDS)

    def leave(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)
        os.close(self.slave)


class Terminal(ProgramTest):
    def sit_down(self, *arguments):
        self.server = self.serve()
        address = f"{self.server.host}:{self.server.port}"
        person = Person(address, *arguments)
        self.addCleanup(person.leave)
        person.sees(f"connected to {address}; 'help' lists the commands")
        person.sees(PROMPT)
        return person

    def test_asks_for_a_password_without_showing_it(self):
        person = self.sit_down()
        person.types("signup a@a.com\n")
        person.sees("password: ")
        self.assertFalse(person.echoes())
        person.types("pw12-pw12,secret\n")
        self.assertNotIn("secret", person.sees("Success create user"))
        self.assertTrue(person.echoes())
        person.sees(PROMPT)
        person.types("login a@a.com pw12-pw12,secret\n")
        person.sees("Success Login. you are user")
        person.types("quit\n")
        self.assertEqual(person.exit_code(), 0)

    def test_shows_the_prompt_again_below_an_answer(self):
        person = self.sit_down()
        person.types("head\n")
        person.sees("Roster-Status: ready")
        person.sees(PROMPT)
        person.types("get\n")
        person.sees("403 Forbidden")
        person.sees(PROMPT)
        person.types("bogus\n")
        person.sees("roster: no command 'bogus'")
        person.sees(PROMPT)
        person.types("quit\n")
        self.assertEqual(person.exit_code(), 0)

    def test_the_end_of_the_input_ends_it(self):
        person = self.sit_down()
        person.types(END_OF_INPUT)
        self.assertEqual(person.exit_code(), 0)

    def test_the_end_of_the_input_at_a_password_drops_the_command_only(self):
        person = self.sit_down()
        person.types("login a@a.com\n")
        person.sees("password: ")
        person.types(END_OF_INPUT)
        person.sees("roster: no password: cancelled")
        person.sees(PROMPT)
        self.assertTrue(person.echoes())
        person.types("head\n")
        person.sees("200 OK")
        person.types("quit\n")
        self.assertEqual(person.exit_code(), 0)

    def test_an_interrupt_ends_it_and_leaves_the_terminal_as_it_was(self):
        for line, prompt in (("", None), ("login a@a.com\n", "password: ")):
            person = self.sit_down()
            person.types(line)
            if prompt:
                person.sees(prompt)
            person.types(INTERRUPT)
            self.assertEqual(person.exit_code(), -signal.SIGINT)
            self.assertTrue(person.echoes())
            self.server.kill()

    def test_says_at_once_that_the_server_went_away(self):
        person = self.sit_down()
        self.server.kill()
        person.sees("roster: the server closed the connection")
        self.assertEqual(person.exit_code(), 1)

    def test_holds_back_what_is_said_while_a_password_is_asked_for(self):
        person = self.sit_down()
        person.types("login a@a.com\n")
        person.sees("password: ")
        self.server.kill()
        person.types("pw12-pw12\n")
        person.sees("roster: the server closed the connection")
        self.assertEqual(person.exit_code(), 1)


if __name__ == "__main__":
    unittest.main()
