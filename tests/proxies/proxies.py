"""nginx, Caddy and HAProxy, each configured by `roster forward-auth snippet` itself, in front of
examples/forward-auth/app.py.

The snippets listen on every address; here that is narrowed to loopback.
"""

import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "program"))

from roster_process import TIMEOUT_SECONDS, run_roster  # noqa: E402

APPLICATION = ROOT / "examples" / "forward-auth" / "app.py"


def free_port():
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


def wait_for_port(port, process):
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError("ended before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"nothing listens on port {port}")


def snippet(kind, host, public_url, upstream, server, *arguments):
    done = run_roster(
        "forward-auth", "snippet", kind, "--host", host, "--public-url", public_url,
        "--upstream", f"127.0.0.1:{upstream}", "--server", server, *arguments,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Process:
    """A process that ends with its test, and what it wrote."""

    def __init__(self, command, directory, port):
        self.output = directory / f"{pathlib.Path(command[0]).name}.log"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(directory)})
        try:
            wait_for_port(port, self.process)
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{command}: {error}\n{self.output.read_text()}") from None

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_application(directory):
    port = free_port()
    return Process([sys.executable, str(APPLICATION), str(port)], directory, port), port


def program(name):
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        raise SystemExit(f"{name} is missing; scripts/install-deps --checks installs it")
    return found


def start_nginx(directory, snippets, port):
    text = re.sub(r"listen (\d+);", r"listen 127.0.0.1:\1;", "\n".join(snippets("nginx")))
    (directory / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {directory}/nginx.pid; error_log stderr warn; events {{}}\n"
        f"http {{ access_log off; {paths(directory)}\n{text}\n}}\n")
    return Process([program("nginx"), "-e", "stderr", "-c", str(directory / "nginx.conf")],
                   directory, port)


def paths(directory):
    return " ".join(f"{kind}_temp_path {directory}/{kind};"
                    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))


def start_caddy(directory, snippets, port):
    (directory / "Caddyfile").write_text(
        "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n"
        + "\n".join(snippets("caddy")))
    return Process([program("caddy"), "run", "--config", "Caddyfile"], directory, port)


def start_haproxy(directory, snippets, port):
    (directory / "roster.lua").write_text(snippets("haproxy-lua")[0])
    text, *others = snippets("haproxy")
    for other in others:
        # As the snippet says.
        choice = re.search(r"^    use_backend (\w+) .*\n", other, re.MULTILINE)
        text = text.replace("    default_backend", choice[0] + "    default_backend", 1)
        text += other[other.index(f"backend {choice[1]}\n"):]
    text = text.replace("bind :", "bind 127.0.0.1:")
    (directory / "haproxy.cfg").write_text("global\n    lua-load roster.lua\n\n" + text)
    return Process([program("haproxy"), "-f", "haproxy.cfg"], directory, port)


START = {"nginx": start_nginx, "caddy": start_caddy, "haproxy": start_haproxy}
