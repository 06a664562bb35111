"""Runs the consumer against a port that is closed, and against one that answers.

usage: consumer_test.py CONSUMER_PROGRAM
"""

import socket
import subprocess
import sys
import threading
import unittest

PATIENCE_S = 60
CONSUMER = sys.argv.pop()


def run_consumer(port):
    return subprocess.run(
        [CONSUMER, "127.0.0.1", str(port)], capture_output=True, text=True, timeout=PATIENCE_S
    )


def answer_one(listener, answer):
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(PATIENCE_S)
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        connection.sendall(answer)
        connection.recv(1)


class Consumer(unittest.TestCase):
    def test_says_that_a_port_is_closed(self):
        with socket.socket() as bound_but_deaf:
            bound_but_deaf.bind(("127.0.0.1", 0))
            outcome = run_consumer(bound_but_deaf.getsockname()[1])
        self.assertEqual(outcome.returncode, 1)
        self.assertEqual(outcome.stdout, "")
        self.assertEqual(outcome.stderr.strip(), "cannot connect: Connection refused")

    def test_shows_the_status(self):
        answer = b"HTTP/1.1 200 OK\r\nRoster-Status: ready\r\nRoster-Uptime: 7\r\n\r\n"
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(PATIENCE_S)
            server = threading.Thread(target=answer_one, args=(listener, answer))
            server.start()
            outcome = run_consumer(listener.getsockname()[1])
            server.join()
        self.assertEqual(outcome.stderr, "")
        self.assertEqual(outcome.stdout, "ready for 7 s\n")
        self.assertEqual(outcome.returncode, 0)


if __name__ == "__main__":
    unittest.main()
