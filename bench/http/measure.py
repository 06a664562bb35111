#!/usr/bin/env python3
"""Requests of roster beside nginx, which returns as many bytes: `bench/run http --help`.

Server and load have a core each; what is compared is measured in turns, and the median counts. It is
processor time for a request, from /proc/PID/stat, wherever wrk may be what limits the rest.
"""

import argparse
import pathlib
import socket
import ssl
import statistics
import sys
import tempfile

import results
from servers import LOAD_CORE, SERVER_CORE, Nginx, Roster, find_tools, make_certificate, run_wrk

# The first connections map the code that all of them need.
WARM_UP = 10

# wrk asks each thread's script for its first request once more than it sends it.
CLASSIC_SCRIPT = """
local asked = 0
function request()
    asked = asked + 1
    if asked <= 2 then
        local body = "user:user@example.com,{password},login"
        return "POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: " .. #body .. "\\r\\n\\r\\n" .. body
    end
    return "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"
end
"""
PIPELINE_SCRIPT = """
local together
function request()
    together = together or string.rep(wrk.format(), 16)
    return together
end
"""
PATCH_SCRIPT = """
wrk.headers["Content-Type"] = "application/merge-patch+json"
local count = 0
function request()
    count = count + 1
    return wrk.format("PATCH", "/v1/users/" .. (3 + math.random(0, 999)), nil,
                      '{"name":"name ' .. count .. '"}')
end
"""


class Bench:
    def __init__(self, options, directory):
        self.options = options
        self.directory = directory
        self.nginx = find_tools()
        self.rows = results.Rows()

    def roster(self, name, *settings, **more):
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        return Roster(self.options.roster, directory, *settings, **more)

    def script(self, text):
        path = self.directory / "script.lua"
        path.write_text(text)
        return path

    def turns(self, **measurements):
        """Calls each in turns; returns the medians of its figures."""
        figures = {name: [] for name in measurements}
        for _ in range(self.options.rounds):
            for name, measure in measurements.items():
                figures[name].append(measure())
        return {name: [statistics.median(column) for column in zip(*rows)]
                for name, rows in figures.items()}

    def beside_nginx(self, name, roster, path, headers, aim, sent=None, tls=False):
        head, body = roster.ask("GET", path, headers=headers) if not tls else (450, b"x" * 300)
        with Nginx(self.nginx, self.directory, head, body, tls) as nginx:
            sent = {**headers, **(sent or {})}
            medians = self.turns(
                roster=lambda: run_wrk(roster, path, sent, self.options),
                nginx=lambda: run_wrk(nginx, path, sent, self.options))
        mine, other = medians["roster"], medians["nginx"]
        self.rows.add(name, f"{mine[1]:.2f} us ({mine[0]:.0f}/s, p99 {mine[3]:.1f} ms)",
                      f"nginx {other[1]:.2f} us ({other[0]:.0f}/s)", mine[1] / other[1], aim)

    def requests(self):
        with self.roster("requests", classic="127.0.0.1:0", users=1000) as roster:
            bearer = roster.log_in()
            admin = roster.log_in("admin@example.com")
            forwarded = bearer | {"X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https",
                                  "X-Forwarded-Host": "app.example.com", "X-Forwarded-Uri": "/a"}
            original = bearer | {"X-Original-URL": "https://app.example.com/a",
                                 "X-Original-Method": "GET"}
            for name, path, headers, aim, sent in [
                    ("GET /v1/users/me", "/v1/users/me", bearer, 1.0, None),
                    ("GET /v1/authorize", "/v1/authorize", forwarded, 1.0, None),
                    ("GET /v1/authorize/nginx", "/v1/authorize/nginx", original, 1.0, None),
                    ("GET /health/live", "/health/live", {}, None, None),
                    ("a new connection each time", "/v1/users/me", bearer, None,
                     {"Connection": "close"}),
                    ("GET of a page of 50 users", "/v1/users?limit=50", admin, None, None)]:
                self.beside_nginx(name, roster, path, headers, aim, sent)
            self.classic(roster)
            self.pipelining(roster, bearer)

    def classic(self, roster):
        script = self.script(CLASSIC_SCRIPT.replace("{password}", "a long password"))
        # Its head is as short as it can be; the whole is as long as roster's.
        with Nginx(self.nginx, self.directory, 0, b"x" * 132) as nginx:
            medians = self.turns(
                roster=lambda: self.without_log_ins(roster, script),
                nginx=lambda: run_wrk(nginx, "/", {}, self.options,
                                      threads=self.options.clients))
        mine, other = medians["roster"], medians["nginx"]
        self.rows.add("classic GET, logged in", f"{mine[1]:.2f} us ({mine[0]:.0f}/s)",
                      f"nginx {other[1]:.2f} us ({other[0]:.0f}/s)", mine[1] / other[1], 1.0)

    def without_log_ins(self, roster, script):
        """Each connection begins with one, which costs as much as thousands of requests: what a
        longer run has more than a shorter one."""
        figures = []
        for seconds in (2, 2 + self.options.seconds):
            options = argparse.Namespace(**{**vars(self.options), "seconds": seconds})
            rate, cost, *_ = run_wrk(roster, "/", {}, options, script, roster.classic_port,
                                     threads=self.options.clients)
            figures.append((rate * seconds, cost * rate * seconds))
        (few, short), (many, long) = figures
        return (many - few) / self.options.seconds, (long - short) / (many - few)

    def pipelining(self, roster, bearer):
        script = self.script(PIPELINE_SCRIPT)
        medians = self.turns(
            deep=lambda: run_wrk(roster, "/v1/users/me", bearer, self.options, script),
            one=lambda: run_wrk(roster, "/v1/users/me", bearer, self.options))
        deep, one = medians["deep"], medians["one"]
        self.rows.add("16 requests at once", f"{deep[0]:.0f}/s ({deep[1]:.2f} us each)",
                      f"one at a time {one[0]:.0f}/s", deep[0] / one[0], 4.0, least=True)

    def two_threads(self):
        """Both cores belong to the servers and the load, which costs either server something; so
        nginx does the same, with a worker more."""
        both = f"{SERVER_CORE},{LOAD_CORE}"
        places = [self.directory / name for name in ("one", "two")]
        for place in places:
            place.mkdir(exist_ok=True)
        with self.roster("requests", cores=both) as one, \
                self.roster("threads", threads=2, cores=both) as two:
            of_one, of_two = one.log_in(), two.log_in()
            head, body = one.ask("GET", "/v1/users/me", headers=of_one)
            with Nginx(self.nginx, places[0], head, body, cores=both) as nginx, \
                    Nginx(self.nginx, places[1], head, body, workers=2, cores=both) as nginx_two:
                medians = self.turns(
                    two=lambda: run_wrk(two, "/v1/users/me", of_two, self.options),
                    one=lambda: run_wrk(one, "/v1/users/me", of_one, self.options),
                    nginx_two=lambda: run_wrk(nginx_two, "/", of_two, self.options),
                    nginx=lambda: run_wrk(nginx, "/", of_one, self.options))
        cost = {name: figures[1] for name, figures in medians.items()}
        self.rows.add("GET /v1/users/me, 2 threads", f"{cost['two']:.2f} us",
                      f"1 thread {cost['one']:.2f} us (nginx: "
                      f"{cost['nginx_two'] / cost['nginx']:.2f})",
                      cost["two"] / cost["one"], 1.1)

    def writes(self):
        clients = argparse.Namespace(**{**vars(self.options), "clients": 64})
        script = self.script(PATCH_SCRIPT)
        for store, aim in (("json", 0.3), ("sqlite", None)):
            with self.roster(f"writes-{store}", store=store, users=1000) as roster:
                admin = roster.log_in("admin@example.com")
                medians = self.turns(
                    patch=lambda: run_wrk(roster, "/", admin, clients, script),
                    get=lambda: run_wrk(roster, "/v1/users/me", admin, clients))
            patch, get = medians["patch"], medians["get"]
            self.rows.add(f"durable PATCH, 64 clients, {store}",
                          f"{patch[0]:.0f}/s (p99 {patch[3]:.1f} ms)", f"GET {get[0]:.0f}/s",
                          patch[0] / get[0], aim, least=True)

    def certificate(self):
        """The options of one that nginx uses as well."""
        certificate, key = self.directory / "tls.crt", self.directory / "tls.key"
        if not certificate.exists():
            make_certificate(self.directory)
        return "--tls-cert", str(certificate), "--tls-key", str(key)

    def tls(self):
        with self.roster("requests") as plain:
            bearer = plain.log_in()
        with self.roster("requests", *self.certificate()) as roster:
            self.beside_nginx("TLS 1.3, kept connection", roster, "/v1/users/me", bearer, 1.1,
                              tls=True)
            self.handshakes(roster)

    def handshakes(self, roster):
        """By Python's client, one after another: the server's time counts. Without a session the
        server signs, with one it does not; the keys are new each time."""
        def connect(server, session=None):
            plain = socket.create_connection(("127.0.0.1", server.port))
            connection = context.wrap_socket(plain, server_hostname="127.0.0.1", session=session)
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            while connection.recv(4096):
                pass
            return connection

        def cost(server, session):
            before = server.processor_seconds()
            for _ in range(300):
                with connect(server, session) as connection:
                    if connection.session_reused != (session is not None):
                        raise SystemExit("a session was not resumed, or was without being asked")
            return [(server.processor_seconds() - before) / 300 * 1e6]

        context = ssl.create_default_context(cafile=self.directory / "tls.crt")
        with Nginx(self.nginx, self.directory, 450, b"x" * 300, True) as nginx:
            mine, other = connect(roster).session, connect(nginx).session
            medians = self.turns(
                full=lambda: cost(roster, None), full_nginx=lambda: cost(nginx, None),
                resumed=lambda: cost(roster, mine), resumed_nginx=lambda: cost(nginx, other))
        for name, kind in (("TLS 1.3, a new connection", "full"),
                           ("TLS 1.3, a new one, resumed", "resumed")):
            [took], [beside] = medians[kind], medians[kind + "_nginx"]
            self.rows.add(name, f"{took:.0f} us", f"nginx {beside:.0f} us", took / beside)

    def idle_connections(self):
        """Each has been asked something once."""
        count = self.options.connections
        settings = ("--max-connections", str(count + 100), "--max-connections-per-address",
                    str(count + 100))
        with self.roster("idle", *settings) as roster:
            head, body = roster.ask("GET", "/health/live")
            with Nginx(self.nginx, self.directory, head, body) as nginx:
                mine, other = bytes_each(roster, count), bytes_each(nginx, count)
        self.rows.add("an idle connection", f"{mine:.0f} bytes", f"nginx {other:.0f} bytes", mine,
                      4096, unit="bytes")
        with self.roster("idle", *settings, *self.certificate()) as roster, \
                Nginx(self.nginx, self.directory, head, body, True) as nginx:
            mine, other = bytes_each(roster, 1000), bytes_each(nginx, 1000)
        self.rows.add("an idle connection, TLS 1.3", f"{mine:.0f} bytes",
                      f"nginx {other:.0f} bytes", mine / other)

    def start(self):
        times = []
        for _ in range(self.options.rounds * 3):
            with self.roster("empty") as roster:
                times.append(roster.seconds_to_ready * 1000)
                idle = roster.resident_bytes() / 1e6
        self.rows.add("start to ready, empty store", f"{statistics.median(times):.0f} ms", "",
                      statistics.median(times), 50, unit="ms")
        self.rows.add("the server idle, empty store", f"{idle:.1f} MB", "", idle, 8, unit="MB")

    def growth(self):
        """After as many requests again as it takes to warm up."""
        with self.roster("requests") as roster:
            bearer = roster.log_in()
            run_wrk(roster, "/v1/users/me", bearer, self.options)
            before = roster.resident_bytes()
            requests = 0.0
            while requests < self.options.requests:
                requests += run_wrk(roster, "/v1/users/me", bearer, self.options)[0] \
                    * self.options.seconds
            for _ in range(100):
                roster.log_in()
            grown = (roster.resident_bytes() - before) / 1024
        self.rows.add(f"growth over {requests / 1e6:.1f} million requests, 100 log-ins",
                      f"{grown:.0f} KiB", "", grown, 1024, unit="KiB")


def bytes_each(server, count):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connections = []
    before = 0
    for number in range(WARM_UP + count):
        if number == WARM_UP:
            before = server.resident_bytes()
        connection = socket.create_connection(("127.0.0.1", server.port))
        if server.scheme == "https":
            connection = context.wrap_socket(connection)
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(4096)
        connections.append(connection)
    used = server.resident_bytes() - before
    for connection in connections:
        connection.close()
    return used / count


def main():
    parts = ["requests", "two_threads", "writes", "tls", "idle_connections", "start", "growth"]
    parser = argparse.ArgumentParser(prog="bench/run http", description=__doc__)
    parser.add_argument("--roster", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each turn")
    parser.add_argument("--clients", type=int, default=32, help="connections that are kept")
    parser.add_argument("--connections", type=int, default=10_000, help="that are idle")
    parser.add_argument("--requests", type=float, default=1e6, help="for growth")
    parser.add_argument("--part", action="append", choices=parts, help="only this one; repeatable")
    parser.add_argument("--write", action="store_true",
                        help="also into bench/RESULTS.md and its picture")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        bench = Bench(options, directory)
        for part in options.part or parts:
            getattr(bench, part)()
    if options.write:
        results.write(bench.rows)


if __name__ == "__main__":
    main()
