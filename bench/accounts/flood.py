"""How fast roster logs people in, beside raw argon2id, and who else has to wait for that.

    bench/run accounts [--seconds 20] [--clients 200] [--write]

Serves a store of its own on loopback and measures, one after the other:

1. raw argon2id on all cores, as `roster hash calibrate` measures it at the cost the server uses;
2. log-ins a second from so many clients, each at an account of its own, and how long a GET of
   somebody who is logged in takes meanwhile;
3. the time of an answer for an unknown e-mail, a wrong password and a disabled account, 300 each in
   turns, each guess from an address of its own, with the Kolmogorov-Smirnov distance of the
   distributions.
"""

import argparse
import bisect
import ctypes
import itertools
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "http"))
import results

PASSWORD = "a password to measure"


def raw_rate(seconds):
    """argon2id by libsodium, 19 MiB in two passes, a thread for each core."""
    sodium = ctypes.CDLL("libsodium.so.23")
    sodium.sodium_init()
    done = itertools.count()
    end = time.monotonic() + seconds
    out = [ctypes.create_string_buffer(128) for _ in range(os.cpu_count())]

    def work(buffer):
        while time.monotonic() < end:
            # ctypes lets go of the interpreter meanwhile.
            sodium.crypto_pwhash_str_alg(
                buffer, PASSWORD.encode(), ctypes.c_ulonglong(len(PASSWORD)),
                ctypes.c_ulonglong(2), ctypes.c_size_t(19 * 1024 * 1024), 2)
            next(done)

    begin = time.monotonic()
    threads = [threading.Thread(target=work, args=(buffer,)) for buffer in out]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return next(done) / (time.monotonic() - begin)


class Client:
    def __init__(self, port, address="127.0.0.1"):
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=60, source_address=(address, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method, body=""):
        head = f"{method} / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        self.socket.sendall((head + body).encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.socket.recv(4096)
        head, _, rest = received.partition(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(rest) < size:
            rest += self.socket.recv(65536)
        return int(head.split()[1])

    def log_in(self, email, password=PASSWORD):
        return self.ask("POST", f"user:{email},{password},login")

    def close(self):
        self.socket.close()


def imported(directory, roster, users):
    """A store with these users, all with one password."""
    url = f"json:{directory}/users.json"
    made = subprocess.run([roster, "user", "add", "--store", url, "--role", "admin",
                           "--password-stdin", "admin@a.com"], input=PASSWORD + "\n", text=True,
                          check=True, capture_output=True)
    del made
    document = json.loads(pathlib.Path(directory, "users.json").read_text())
    lines = "".join(json.dumps(dict(user, password_hash=document["users"][0]["password"])) + "\n"
                    for user in users)
    subprocess.run([roster, "import", "-", "--input-format", "ndjson", "--store", url],
                   input=lines, text=True, check=True, capture_output=True)
    return url


def flood(port, clients, seconds):
    done, refused = itertools.count(), itertools.count()
    end = time.monotonic() + seconds

    def log_in(number):
        client = Client(port)
        while time.monotonic() < end:
            next(done if client.log_in(f"user{number}@a.com") == 200 else refused)
        client.close()

    threads = [threading.Thread(target=log_in, args=(i,)) for i in range(clients)]
    reader = Client(port)
    assert reader.log_in("reader@a.com") == 200
    quiet = times_of(lambda: reader.ask("GET"), time.monotonic() + 2)
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    busy = times_of(lambda: reader.ask("GET"), end)
    for thread in threads:
        thread.join()
    return next(done) / (time.monotonic() - begin), next(refused), quiet, busy


def times_of(ask, end):
    times = []
    while time.monotonic() < end:
        begin = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.005)
    return sorted(times)


def answer_times(port, count):
    """In turns, so that what disturbs one disturbs all."""
    kinds = {"wrong password": "known{}@a.com", "unknown e-mail": "nobody{}@a.com",
             "disabled": "disabled{}@a.com"}
    times = {kind: [] for kind in kinds}
    for i in range(count):
        for number, (kind, email) in enumerate(kinds.items()):
            client = Client(port, f"127.{1 + number}.{i // 250}.{1 + i % 250}")
            begin = time.perf_counter()
            status = client.log_in(email.format(i), "wrong")
            times[kind].append((time.perf_counter() - begin) * 1000)
            client.close()
            assert status == 401, status
    return times


def distance(one, other):
    """Kolmogorov-Smirnov: 0 where two samples are the same; 0.11 and less tells nothing at 300."""
    one, other = sorted(one), sorted(other)
    return max(abs(bisect.bisect_right(one, x) / len(one) - bisect.bisect_right(other, x) / len(other))
               for x in one + other)


def main():
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--roster", required=True)
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--clients", type=int, default=200)
    arguments.add_argument("--write", action="store_true", help="also into bench/RESULTS.md")
    options = arguments.parse_args()
    load = os.getloadavg()[0]
    users = [{"email": f"user{i}@a.com"} for i in range(options.clients)]
    users += [{"email": f"known{i}@a.com"} for i in range(300)]
    users += [{"email": f"disabled{i}@a.com", "disabled": True} for i in range(300)]
    users += [{"email": "reader@a.com"}]
    with tempfile.TemporaryDirectory(dir=".") as directory:
        url = imported(directory, options.roster, users)
        server = subprocess.Popen([options.roster, "serve", "--classic", "127.0.0.1:0", "--http", "off", "--store", url,
                                   "--log-level", "warn"], stdout=subprocess.PIPE, text=True)
        try:
            port = int(server.stdout.readline().split("classic=127.0.0.1:")[1].split()[0])
            times = answer_times(port, 300)
            before = raw_rate(options.seconds / 2)
            rate, refused, quiet, busy = flood(port, options.clients, options.seconds)
            raw = (before + raw_rate(options.seconds / 2)) / 2
        finally:
            server.terminate()
            server.wait()
    print(f"load average before: {load:.1f}; {refused} log-ins refused")
    rows = results.Rows()
    rows.add(f"log-ins of {options.clients} clients", f"{rate:.1f}/s", f"raw argon2id {raw:.1f}/s",
             rate / raw, 0.97, least=True)
    for name, sample, aim in (("a GET while nobody logs in", quiet, None),
                              ("a GET during the log-ins", busy, 10)):
        p99 = sample[int(len(sample) * 0.99)]
        rows.add(name, f"p99 {p99:.1f} ms (median {statistics.median(sample):.2f} ms)",
                 f"{len(sample)} asked", p99, aim, unit="ms")
    for kind, sample in times.items():
        print(f"{kind:23s} median {statistics.median(sample):6.2f} ms; distance to a wrong "
              f"password {distance(sample, times['wrong password']):.3f}")
    if options.write:
        results.write_log_ins(rows, load)


if __name__ == "__main__":
    main()
