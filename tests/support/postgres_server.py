"""A PostgreSQL of a test's own: made in a temporary directory, run by an unprivileged user on a free
port of the loopback, removed at the end. It touches no process but those that it started.

    with PostgresServer() as server:
        roster = ["roster", "serve", "--store", server.url()]
        server.kill()   # the machine is gone: the server and its children at once
        server.start()

As a program: `postgres_server.py serve` prints the URL, and ends with its standard input;
`start FILE` writes the URL into FILE and returns; `stop FILE` ends that server.
"""

import contextlib
import glob
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


def find_programs():
    """Where initdb and postgres are; empty if there is no PostgreSQL."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    newest = max(found, key=lambda path: int(path.split("/")[4]), default=None)
    path = newest or shutil.which("initdb")
    return str(pathlib.Path(path).parent) if path else ""


PROGRAMS = find_programs()
# The processes are killed, never the power: without fsync nothing is lost by that.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "150",
    "shared_buffers": "32MB",
    "wal_sender_timeout": "3000",
    "wal_receiver_timeout": "3000",
    "wal_retrieve_retry_interval": "200",
}


def free_port():
    # Below the kernel's range for outgoing connections: one of them might take it meanwhile.
    while True:
        port = random.randint(20000, 32000)
        with contextlib.closing(socket.socket()) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class PostgresServer:
    def __init__(self, primary=None, **settings):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="roster-postgres-"))
        self.user = pwd.getpwnam("nobody") if os.getuid() == 0 else None
        if self.user:
            os.chown(self.directory, self.user.pw_uid, self.user.pw_gid)
        self.data = self.directory / "data"
        self.port = free_port()
        self.name = f"node{self.port}"
        self.process = None
        try:
            self._make(primary, settings)
            self.start()
            if primary is None:
                self.sql("CREATE DATABASE roster", database="postgres")
        except BaseException:
            self.close()
            raise

    def _make(self, primary, settings):
        lines = {**SETTINGS, **settings, "port": self.port}
        if primary is None:
            self.run("initdb", "-D", self.data, "-U", "roster", "--auth=trust", "--encoding=UTF8",
                     "--locale=C", "--no-sync")
        else:
            self.run("pg_basebackup", "-D", self.data, "-h", "127.0.0.1", "-p", primary.port, "-U",
                     "roster", "-X", "stream", "-c", "fast", "--no-sync", "-R")
            lines["primary_conninfo"] = (f"host=127.0.0.1 port={primary.port} user=roster "
                                         f"application_name={self.name} connect_timeout=2")
        # Later settings win.
        with open(self.data / "postgresql.auto.conf", "a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in lines.items())

    def _command(self, *command):
        ids = self.user and [f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}"]
        return [*(["setpriv", *ids, "--clear-groups"] if ids else []), *map(str, command)]

    def _start(self, *command, **options):
        environment = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
        return subprocess.Popen(self._command(*command), cwd="/", env=environment, **options)

    def run(self, program, *arguments):
        with self._start(f"{PROGRAMS}/{program}", *arguments, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT) as process:
            output = process.communicate()[0]
        if process.returncode:
            raise RuntimeError(f"{program}: {output.decode()}")

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self.process = self._start(f"{PROGRAMS}/postgres", "-D", self.data, stdout=log,
                                       stderr=log, start_new_session=True)
        self.wait(self._answers)

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.directory / "log").read_text()[-2000:])
        return not subprocess.run(["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                                  check=False).returncode

    @staticmethod
    def wait(condition, patience=60):
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError("PostgreSQL did not get there")
            time.sleep(0.02)

    def sql(self, text, database="roster"):
        command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p",
                   str(self.port), "-U", "roster", "-d", database, "-c", text]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def url(self, *others, database="roster"):
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in (self, *others))
        return f"postgres://roster@{hosts}/{database}"

    def standby(self, **settings):
        return PostgresServer(primary=self, **settings)

    def wait_synchronous(self, *standbys):
        names = ", ".join(standby.name for standby in standbys)
        self.sql(f"ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ({names})'")
        self.sql("SELECT pg_reload_conf()")
        count = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'"
        self.wait(lambda: self.sql(count) != "0")

    def promote(self):
        self.run("pg_ctl", "-D", self.data, "promote", "-w", "-t", "60")

    def _processes(self):
        pid = self.process.pid
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], check=False,
                                  capture_output=True, text=True).stdout.split()
        return [pid, *map(int, children)]

    def _send(self, number, processes):
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self):
        """As if the machine was gone: children do not finish what they began."""
        processes = self._processes()
        self._send(signal.SIGSTOP, processes[:1])
        self._send(signal.SIGKILL, processes)
        self.process.wait()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self):
        self._send(signal.SIGSTOP, self._processes())

    def thaw(self):
        self._send(signal.SIGCONT, self._processes())

    def close(self):
        if self.process and self.process.poll() is None:
            self.thaw()
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def serve_until(is_over, announce):
    with PostgresServer() as server:
        announce(server.url())
        while not is_over():
            pass


def serve_for(file):
    """Until the file is removed, or an hour is over."""
    end = time.monotonic() + 3600

    def announce(url):
        partial = pathlib.Path(f"{file}.partial")
        partial.write_text(url + "\n", encoding="utf-8")
        partial.rename(file)

    def is_over():
        time.sleep(0.2)
        return not os.path.exists(file) or time.monotonic() > end

    serve_until(is_over, announce)


def start(file):
    pathlib.Path(file).unlink(missing_ok=True)
    if not PROGRAMS:
        print("there is no PostgreSQL here: its tests are skipped")
        return
    command = [sys.executable, __file__, "serve-for", file]
    with open(f"{file}.log", "wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True)
    while not os.path.exists(file):
        if process.poll() is not None:
            sys.exit(pathlib.Path(f"{file}.log").read_text(encoding="utf-8"))
        time.sleep(0.05)


def main():
    if sys.argv[1] == "serve":
        serve_until(lambda: not sys.stdin.readline(), lambda url: print(url, flush=True))
    elif sys.argv[1] == "serve-for":
        serve_for(sys.argv[2])
    elif sys.argv[1] == "start":
        start(sys.argv[2])
    else:
        pathlib.Path(sys.argv[2]).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
