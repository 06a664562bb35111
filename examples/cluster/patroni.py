"""PostgreSQL kept available by Patroni, with etcd, all on this machine; for `run --patroni`."""

import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import urllib.request

import postgres_server

# The least that Patroni takes: it notices after 20 s that a primary is gone.
NODE = """
scope: roster
name: {name}
restapi: {{listen: '127.0.0.1:{rest}', connect_address: '127.0.0.1:{rest}'}}
etcd3: {{host: '127.0.0.1:{etcd}'}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 1
    retry_timeout: 3
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: {{max_connections: 100, wal_sender_timeout: 3000, wal_keep_size: 256MB}}
  initdb: [{{encoding: UTF8}}, {{locale: C}}, no-sync]
  pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust']
postgresql:
  listen: '127.0.0.1:{port}'
  connect_address: '127.0.0.1:{port}'
  data_dir: {directory}/data
  bin_dir: {programs}
  pgpass: {directory}/pgpass
  authentication:
    superuser: {{username: roster}}
    replication: {{username: roster}}
    rewind: {{username: roster}}
  basebackup: [{{checkpoint: fast}}, no-sync]
  parameters: {{unix_socket_directories: '', shared_buffers: 32MB}}
"""


def find_missing():
    """What has to be installed."""
    return " ".join(package for package, program in (("patroni", "patroni"),
                                                     ("etcd-server", "etcd"))
                    if not shutil.which(program))


def start(directory, command, log):
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else None
    if user:
        for path in (directory, *directory.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
        command = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
                   *command]
    environment = {"LC_ALL": "C", "PATH": os.environ["PATH"], "HOME": str(directory)}
    with open(directory / log, "ab") as file:
        return subprocess.Popen(command, cwd=directory, env=environment, stdout=file, stderr=file,
                                start_new_session=True)


def processes_below(pid):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], check=False,
                           capture_output=True, text=True).stdout.split()
    return [pid] + [below for child in found for below in processes_below(int(child))]


class Etcd:
    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="roster-etcd-"))
        self.port = postgres_server.free_port()
        peer = postgres_server.free_port()
        self.process = start(self.directory, [
            "etcd", "--data-dir", str(self.directory / "data"), "--listen-client-urls",
            f"http://127.0.0.1:{self.port}", "--advertise-client-urls",
            f"http://127.0.0.1:{self.port}", "--listen-peer-urls", f"http://127.0.0.1:{peer}",
            "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}", "--initial-cluster",
            f"default=http://127.0.0.1:{peer}", "--unsafe-no-fsync"], "log")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Node:
    """PostgreSQL, and the Patroni that looks after it."""

    def __init__(self, name, etcd):
        self.name = name
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"roster-patroni-{name}-"))
        self.port, self._rest = postgres_server.free_port(), postgres_server.free_port()
        (self.directory / "patroni.yml").write_text(NODE.format(
            name=name, rest=self._rest, etcd=etcd.port, port=self.port, directory=self.directory,
            programs=postgres_server.PROGRAMS))
        self.start()

    def start(self):
        self.process = start(self.directory, ["patroni", str(self.directory / "patroni.yml")],
                             "log")

    def status(self):
        """What Patroni says of the node; empty if it says nothing."""
        with contextlib.suppress(OSError, ValueError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self._rest}/patroni", timeout=2) as file:
                return json.load(file)
        return {}

    def is_primary(self):
        status = self.status()
        return status.get("role") in ("master", "primary") and status.get("state") == "running"

    def is_synchronous_standby(self):
        return bool(self.status().get("sync_standby"))

    def sql(self, text, database="postgres"):
        return subprocess.run(["psql", "-XqAt", "-h", "127.0.0.1", "-p", str(self.port), "-U",
                               "roster", "-d", database, "-c", text],
                              check=True, capture_output=True, text=True).stdout.strip()

    def kill(self):
        """As if the machine was gone."""
        for pid in processes_below(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        postmaster = self.directory / "data" / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError):
            for pid in processes_below(int(postmaster.read_text().split()[0])):
                os.kill(pid, signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def url_of(*nodes):
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    return f"postgres://roster@{hosts}/roster"


def start_cluster(stack):
    """The primary, and its synchronous standby."""
    etcd = stack.enter_context(Etcd())
    primary = stack.enter_context(Node("a", etcd))
    wait = postgres_server.PostgresServer.wait
    wait(primary.is_primary)
    primary.sql("CREATE DATABASE roster")
    standby = stack.enter_context(Node("b", etcd))
    wait(standby.is_synchronous_standby)
    return primary, standby
