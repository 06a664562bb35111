"""The documented client of the classic protocol, as a module.

It sends what that client sends, to the byte: no Host, a Content-Length that counts characters and
the blank line's four bytes, and nothing at all behind the head of GET and HEAD.
"""

import socket

HEAD = (
    "{} HTTP/1.1\r\nUser-Agent:python3(macOS)\r\nAccept:*/*\r\n"
    "nCache-Control: no=cache\r\nnHost: 192.168.55.82\r\nConnection: keep-alive\r\n"
    "Content-Length:{}"
)


class Answer:
    def __init__(self, head, body):
        lines = head.split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = dict(line.split(": ", 1) for line in lines[1:])
        self.body = body.decode()


class DocumentedClient:
    """One connection. `target` is how the request line goes on; older clients leave it out."""

    def __init__(self, port, target=" /?"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.target = target
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def request(self, method, *fields):
        """The bytes of a request; `fields` are e-mail, password and option."""
        user = "\r\n\r\nuser:" + ",".join(fields) if fields else ""
        return (HEAD.format(method + self.target, len(user)) + user).encode()

    def ask(self, method, *fields):
        self.socket.sendall(self.request(method, *fields))
        return self.answer(method)

    def answer(self, method):
        while b"\r\n\r\n" not in self.received:
            self._receive()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        answer = Answer(head.decode(), b"")
        size = 0 if method == "HEAD" else int(answer.headers["Content-Length"])
        while len(self.received) < size:
            self._receive()
        answer.body, self.received = self.received[:size].decode(), self.received[size:]
        return answer

    def _receive(self):
        received = self.socket.recv(1024)
        if not received:
            raise ConnectionError("the server closed the connection")
        self.received += received

    def sign_up(self, email, password):
        return self.ask("POST", email, password, "signup")

    def log_in(self, email, password):
        return self.ask("POST", email, password, "login")
