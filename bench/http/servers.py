"""What is measured: roster and nginx as processes on a core of their own, and wrk on another one."""

import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

PASSWORD = "a long password"
TICK = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
SERVER_CORE, LOAD_CORE = "0", "1"

NGINX = """
worker_processes {workers};
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 12000; }}
worker_rlimit_nofile 12100;
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
    uwsgi_temp_path {directory}; scgi_temp_path {directory};
    server {{
        listen 127.0.0.1:{port} reuseport{tls};
        location / {{ default_type application/json; {padding} {answer}; }}
    }}
}}
"""
NGINX_TLS = """ ssl;
        ssl_certificate {directory}/tls.crt;
        ssl_certificate_key {directory}/tls.key;
        ssl_protocols TLSv1.3"""


def find_tools():
    """nginx's path; says what to install if something is missing."""
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not nginx or not shutil.which("wrk"):
        raise SystemExit("bench/run http: needs nginx and wrk; apt-get install nginx-light wrk")
    return nginx


def make_certificate(directory):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", directory / "tls.key", "-out", directory / "tls.crt"],
        check=True, capture_output=True)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Server:
    """A process; `workers` are those whose time and memory count."""

    scheme = "http"

    def __init__(self, command, cores=SERVER_CORE, **options):
        self.process = subprocess.Popen(["taskset", "-c", cores, *command], **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def processor_seconds(self):
        ticks = 0
        for worker in self.workers:
            stat = pathlib.Path(f"/proc/{worker}/stat").read_text()
            fields = stat.rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks * TICK

    def resident_bytes(self):
        return sum(int(pathlib.Path(f"/proc/{worker}/statm").read_text().split()[1])
                   for worker in self.workers) * PAGE


class Roster(Server):
    """`users`: besides the administrator, 1, and the user, 2, who have a password. The store is
    made if it is not there: a file in the directory, or what `url` names."""

    def __init__(self, program, directory, *options, store="json", url=None, users=0,
                 classic="off", threads=1, cores=SERVER_CORE):
        self.store = url or f"{store}:{directory}/users.{store}"
        mark = directory / (f"users.{store}" if url is None else "imported")
        if not mark.exists():
            self.make_store(program, self.store, users)
            mark.touch()
        begin = time.monotonic()
        super().__init__(
            [program, "serve", "--classic", classic, "--http", "127.0.0.1:0", "--threads",
             str(threads), "--store", self.store, "--audit", "off", "--log-level", "error",
             "--no-throttle", *options],
            cores, stdout=subprocess.PIPE, text=True, cwd=directory)
        ready = self.process.stdout.readline()
        self.seconds_to_ready = time.monotonic() - begin
        self.port = int(re.search(r"http=\S+:(\d+)", ready)[1])
        self.classic_port = classic != "off" and int(re.search(r"classic=\S+:(\d+)", ready)[1])
        self.workers = [self.process.pid]
        self.scheme = "https" if "--tls-cert" in options else "http"

    @staticmethod
    def make_store(program, store, users):
        known = [{"id": 1, "email": "admin@example.com", "role": "admin", "password": PASSWORD},
                 {"id": 2, "email": "user@example.com", "password": PASSWORD}]
        lines = "\n".join(json.dumps(user) for user in known)
        # Nobody logs in as one of these: their hash costs nothing to make.
        phc = "$argon2id$v=19$m=19456,t=2,p=1$" + "A" * 22 + "$" + "A" * 43
        for number in range(3, users + 3):
            lines += "\n" + json.dumps({"id": number, "email": f"user{number}@example.com",
                                        "password_hash": phc})
        subprocess.run([program, "import", "--store", store, "--input-format", "ndjson",
                        "--audit", "off", "-"],
                       input=lines, text=True, check=True, capture_output=True)

    def ask(self, method, path, body=None, headers=None):
        """The whole answer: its head's size, and its body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read()
        head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        connection.close()
        return head, text

    def log_in(self, login="user@example.com"):
        """The headers of somebody who is logged in."""
        _, text = self.ask("POST", "/v1/sessions",
                           json.dumps({"login": login, "password": PASSWORD}),
                           {"Content-Type": "application/json"})
        return {"Authorization": f"Bearer {json.loads(text)['token']}"}


class Nginx(Server):
    """Returns so many bytes of a head, and the body, to each request."""

    def __init__(self, program, directory, head_bytes, body, tls=False, *, workers=1,
                 cores=SERVER_CORE):
        port = free_port()
        # Its own headers have this many bytes, with this one's name.
        padding = f'add_header X-Padding "{"x" * (head_bytes - 149)}";' if head_bytes > 149 else ""
        configuration = directory / "nginx.conf"
        text = body.decode().replace("'", " ").replace("$", " ")
        # A text in its configuration has a limit of 4096 bytes.
        (directory / "answer").write_bytes(body)
        answer = f"return 200 '{text}'" if len(body) < 4000 else \
            f"root {directory}; rewrite ^ /answer break"
        configuration.write_text(NGINX.format(
            directory=directory, port=port, padding=padding, answer=answer, workers=workers,
            tls=NGINX_TLS.format(directory=directory) if tls else ""))
        super().__init__([program, "-c", configuration, "-e", directory / "error.log"], cores)
        self.port = port
        self.scheme = "https" if tls else "http"
        self.workers = self.wait_for_workers(workers)

    def wait_for_workers(self, count):
        for _ in range(100):
            children = subprocess.run(
                ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
            if len(children.stdout.split()) == count:
                return children.stdout.split()
            time.sleep(0.05)
        raise SystemExit("nginx did not start")


def run_wrk(server, path, headers, options, script=None, port=None, threads=1):
    """Requests a second, processor time for each in us, median and 99% latency in ms."""
    before = server.processor_seconds()
    lines = [word for header in headers.items() for word in ("-H", ": ".join(header))]
    if script:
        lines += ["-s", str(script)]
    done = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", f"-t{threads}", f"-c{options.clients}",
         f"-d{options.seconds}s", "--latency", *lines,
         f"{server.scheme}://127.0.0.1:{port or server.port}{path}"],
        stdout=subprocess.PIPE, text=True, check=True).stdout
    used = server.processor_seconds() - before
    requests = int(re.search(r"(\d+) requests in", done)[1])
    if "Non-2xx" in done or requests == 0:
        raise SystemExit(f"not every answer was good:\n{done}")
    latency = {
        name: milliseconds(re.search(rf"^\s+{name}%\s+(\S+)", done, re.MULTILINE)[1])
        for name in ("50", "99")
    }
    return requests / options.seconds, used / requests * 1e6, latency["50"], latency["99"]


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]
