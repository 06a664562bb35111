"""`roster client` at a terminal: the prompt, passwords, and the keys that end it."""

import signal
import unittest

from program_terminal import Terminal
from roster_process import TIMEOUT_SECONDS, ProgramTest

END_OF_INPUT = "\x04"
INTERRUPT = "\x03"
PROMPT = "roster> "


class OnATerminal(ProgramTest):
    def connect(self):
        self.server = self.serve()
        address = f"{self.server.host}:{self.server.port}"
        terminal = Terminal("client", address, cwd=self.directory, is_asked_only=False)
        self.addCleanup(terminal.close)
        terminal.expect(f"connected to {address}; 'help' lists the commands")
        terminal.expect(PROMPT)
        return terminal

    def assert_ends(self, terminal, code=0):
        self.assertEqual(terminal.process.wait(TIMEOUT_SECONDS), code)

    def test_asks_for_a_password_without_showing_it(self):
        terminal = self.connect()
        terminal.type("signup a@a.com\n")
        terminal.expect("password: ")
        self.assertFalse(terminal.echoes())
        terminal.type("pw12-pw12,secret\n")
        self.assertNotIn("secret", terminal.expect("Success create user"))
        self.assertTrue(terminal.echoes())
        terminal.expect(PROMPT)
        terminal.type("login a@a.com pw12-pw12,secret\n")
        terminal.expect("Success Login. you are user")
        terminal.type("quit\n")
        self.assert_ends(terminal)

    def test_shows_the_prompt_again_below_an_answer(self):
        terminal = self.connect()
        terminal.type("head\n")
        terminal.expect("Roster-Status: ready")
        terminal.expect(PROMPT)
        terminal.type("get\n")
        terminal.expect("403 Forbidden")
        terminal.expect(PROMPT)
        terminal.type("bogus\n")
        terminal.expect("roster: no command 'bogus'")
        terminal.expect(PROMPT)
        terminal.type("quit\n")
        self.assert_ends(terminal)

    def test_the_end_of_the_input_ends_it(self):
        terminal = self.connect()
        terminal.type(END_OF_INPUT)
        self.assert_ends(terminal)

    def test_the_end_of_the_input_at_a_password_drops_the_command_only(self):
        terminal = self.connect()
        terminal.type("login a@a.com\n")
        terminal.expect("password: ")
        terminal.type(END_OF_INPUT)
        terminal.expect("roster: no password: cancelled")
        terminal.expect(PROMPT)
        self.assertTrue(terminal.echoes())
        terminal.type("head\n")
        terminal.expect("200 OK")
        terminal.type("quit\n")
        self.assert_ends(terminal)

    def test_an_interrupt_ends_it_and_leaves_the_terminal_as_it_was(self):
        for line, prompt in (("", None), ("login a@a.com\n", "password: ")):
            terminal = self.connect()
            terminal.type(line)
            if prompt:
                terminal.expect(prompt)
            terminal.type(INTERRUPT)
            self.assert_ends(terminal, -signal.SIGINT)
            self.assertTrue(terminal.echoes())
            self.server.kill()

    def test_says_at_once_that_the_server_went_away(self):
        terminal = self.connect()
        self.server.kill()
        terminal.expect("roster: the server closed the connection")
        self.assert_ends(terminal, 1)

    def test_holds_back_what_is_said_while_a_password_is_asked_for(self):
        terminal = self.connect()
        terminal.type("login a@a.com\n")
        terminal.expect("password: ")
        self.server.kill()
        terminal.type("pw12-pw12\n")
        terminal.expect("roster: the server closed the connection")
        self.assert_ends(terminal, 1)


if __name__ == "__main__":
    unittest.main()
