"""Runs the program on a terminal that a test types on."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time

from roster_process import PROGRAM, TIMEOUT_SECONDS, environment


def heed_keys():
    """To be called in a new process: the signals that keys send are ignored in what a shell starts
    in the background, a whole run of tests for instance, and that would be inherited."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


class Terminal:
    """The program on a terminal of its own, which is its standard input and output, too, or with
    `is_asked_only` is there for questions alone."""

    def __init__(self, *arguments, cwd, is_asked_only=True, variables=None):
        self.master, self.slave = pty.openpty()
        streams = {
            "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT,
        } if is_asked_only else dict.fromkeys(("stdin", "stdout", "stderr"), self.slave)

        def take_terminal():
            heed_keys()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [PROGRAM, *arguments], **streams, text=True, env=environment(variables),
            cwd=cwd, start_new_session=True, preexec_fn=take_terminal, pass_fds=[self.slave],
        )
        self.seen = ""
        self._expected = 0

    def expect(self, text):
        """Waits until the terminal shows the text, after what was expected before; returns what is
        between the two."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        begin = self._expected
        while (found := self.seen.find(text, begin)) < 0:
            left = max(0, deadline - time.monotonic())
            if not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f"no {text!r} in {self.seen[begin:]!r}")
            self.seen += os.read(self.master, 4096).decode()
        self._expected = found + len(text)
        return self.seen[begin:found]

    def type(self, text):
        os.write(self.master, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def end(self):
        """Waits for the end; gives the exit code and the output."""
        output, _ = self.process.communicate(timeout=TIMEOUT_SECONDS)
        return self.process.returncode, output

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        os.close(self.master)
        os.close(self.slave)
