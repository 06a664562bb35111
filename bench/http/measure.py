#!/usr/bin/env python3
"""Requests of the HTTP API beside nginx, which returns as many bytes: `bench/run http --help`.

Server and load have a core each; both servers have one worker, and are measured in turns. What is
compared is processor time for a request, from /proc/PID/stat, since wrk may be what limits the rest.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PASSWORD = "a long password"
TICK = 1 / os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE = "0", "1"

NGINX = """
worker_processes 1;
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
    uwsgi_temp_path {directory}; scgi_temp_path {directory};
    server {{
        listen 127.0.0.1:{port};
        location / {{ default_type application/json; add_header X-Padding "{padding}"; return 200 '{body}'; }}
    }}
}}
"""


class Server:
    """A process on its core, and the worker whose time counts."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], **options)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Roster(Server):
    def __init__(self, program, directory):
        users = directory / "users.json"
        users.write_text(json.dumps(
            {"users": [{"id": 1, "email": "admin@example.com", "password": PASSWORD},
                       {"id": 2, "email": "user@example.com", "password": PASSWORD}]}))
        users.chmod(0o600)
        super().__init__(
            [program, "serve", "--classic", "off", "--http", "127.0.0.1:0", "--threads", "1",
             "--store", f"json:{users}", "--audit", "off", "--log-level", "error"],
            stdout=subprocess.PIPE, text=True, cwd=directory)
        ready = self.process.stdout.readline()
        self.port = int(re.search(r"http=\S+:(\d+)", ready)[1])
        self.worker = self.process.pid

    def ask(self, method, path, body=None, headers=None):
        """The whole answer: its head's size, and its body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read()
        head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        connection.close()
        return head, text

    def log_in(self):
        _, text = self.ask("POST", "/v1/sessions",
                           json.dumps({"login": "user@example.com", "password": PASSWORD}),
                           {"Content-Type": "application/json"})
        return json.loads(text)["token"]


class Nginx(Server):
    def __init__(self, program, directory, port, head_bytes, body):
        # Its own headers have about this many bytes.
        padding = "x" * max(1, head_bytes - 190)
        configuration = directory / "nginx.conf"
        text = body.decode().replace("'", " ").replace("$", " ")
        configuration.write_text(
            NGINX.format(directory=directory, port=port, padding=padding, body=text))
        super().__init__([program, "-c", configuration, "-e", directory / "error.log"])
        self.port = port
        self.worker = self.wait_for_worker()

    def wait_for_worker(self):
        for _ in range(100):
            children = subprocess.run(
                ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
            if children.stdout:
                return int(children.stdout.split()[0])
            time.sleep(0.05)
        raise SystemExit("nginx did not start")


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def load(server, path, headers, options):
    """One turn: requests a second, processor time for each in us, median and 99% latency in ms."""
    before = processor_seconds(server.worker)
    lines = [word for header in headers.items() for word in ("-H", ": ".join(header))]
    done = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{options.clients}",
         f"-d{options.seconds}s", "--latency", *lines, f"http://127.0.0.1:{server.port}{path}"],
        capture_output=True, text=True, check=True).stdout
    used = processor_seconds(server.worker) - before
    requests = int(re.search(r"(\d+) requests in", done)[1])
    if "Non-2xx" in done:
        raise SystemExit(f"not every answer was good:\n{done}")
    latency = {
        name: milliseconds(re.search(rf"^\s+{name}%\s+(\S+)", done, re.MULTILINE)[1])
        for name in ("50", "99")
    }
    return requests / options.seconds, used / requests * 1e6, latency["50"], latency["99"]


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def main():
    parser = argparse.ArgumentParser(prog="bench/run http", description=__doc__)
    parser.add_argument("--roster", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each turn")
    parser.add_argument("--clients", type=int, default=32, help="connections that are kept")
    options = parser.parse_args()
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not nginx or not shutil.which("wrk"):
        sys.exit("bench/run http: needs nginx and wrk; apt-get install nginx-light wrk")
    print(f"{'request':24}{'server':8}{'requests/s':>12}{'us each':>9}{'p50 ms':>8}{'p99 ms':>8}")
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        roster = Roster(options.roster, directory)
        try:
            bearer = {"Authorization": f"Bearer {roster.log_in()}"}
            forwarded = bearer | {"X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https",
                                  "X-Forwarded-Host": "app.example.com", "X-Forwarded-Uri": "/a"}
            original = bearer | {"X-Original-URL": "https://app.example.com/a",
                                 "X-Original-Method": "GET"}
            for number, (path, headers) in enumerate(
                    [("/v1/users/me", bearer), ("/v1/authorize", forwarded),
                     ("/v1/authorize/nginx", original), ("/health/live", {})]):
                head, body = roster.ask("GET", path, headers=headers)
                other = Nginx(nginx, directory, roster.port + 1 + number, head, body)
                try:
                    compare(roster, other, path, headers, options)
                finally:
                    other.stop()
        finally:
            roster.stop()


def compare(roster, nginx, path, headers, options):
    turns = {"roster": [], "nginx": []}
    for _ in range(options.rounds):
        for name, server in (("roster", roster), ("nginx", nginx)):
            turns[name].append(load(server, path, headers, options))
    medians = {}
    for name, figures in turns.items():
        rate, cost, p50, p99 = medians[name] = [statistics.median(f) for f in zip(*figures)]
        print(f"GET {path:20}{name:8}{rate:12.0f}{cost:9.2f}{p50:8.2f}{p99:8.2f}")
    ratio = medians["roster"][1] / medians["nginx"][1]
    print(f"    {ratio:.2f} x the processor time of nginx (aim: 1.0)", flush=True)


if __name__ == "__main__":
    main()
