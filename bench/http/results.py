"""The table of what was measured, for the terminal and for bench/RESULTS.md with its picture."""

import datetime
import os
import pathlib
import platform
import subprocess

BENCH = pathlib.Path(__file__).resolve().parent.parent

HEAD = """# What was measured

`bench/run http --write` made this page, on {when}, of commit {commit}, on
{machine}.
Ratios of one run say something; the times depend on the machine and its neighbours. Server and load
had a core each; nginx has one worker and returns as many bytes without looking at anything.

![Processor time for a request, beside nginx](results.svg)

| | roster | beside | ratio or value | aim |
|---|---|---|---|---|
"""


# What `bench/run accounts --write` adds to the page.
LOG_INS = """
## Log-ins

`bench/run accounts --write` measured this, on {when}, of commit {commit}, on
{machine}; the load average was {load:.1f} before it began. Clients and server
share all cores, so whatever else runs shows in every line.

| | roster | beside | ratio or value | aim |
|---|---|---|---|---|
"""
LOG_INS_BEGIN = LOG_INS.partition("`")[0]


class Rows(list):
    def add(self, name, mine, other, value, aim=None, least=False, unit=""):
        row = (name, mine, other, value, aim, least, unit)
        self.append(row)
        print(f"{name:48}{mine:36}{other:32}{figure(value, unit):>12}{aim_text(row):>14}",
              flush=True)


def figure(value, unit):
    return f"{value:.2f}" if not unit else f"{value:.0f} {unit}"


def aim_text(row):
    *_, aim, least, unit = row
    if aim is None:
        return ""
    return f"{'≥' if least else '≤'} {aim:g}{' ' + unit if unit else ''}"


def machine():
    model = next((line.partition(":")[2].strip() for line in
                  pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release().partition('-')[0]}"


def commit():
    done = subprocess.run(["git", "-C", str(BENCH), "describe", "--always", "--dirty"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def table(head, rows, **more):
    text = head.format(when=datetime.date.today(), machine=machine(), commit=commit(), **more)
    for row in rows:
        name, mine, other, value, _, _, unit = row
        text += f"| {name} | {mine} | {other} | {figure(value, unit)} | {aim_text(row)} |\n"
    return text


def write_log_ins(rows, load):
    page = BENCH / "RESULTS.md"
    page.write_text(page.read_text().partition(LOG_INS_BEGIN)[0] + table(LOG_INS, rows, load=load))


def write(rows):
    page = BENCH / "RESULTS.md"
    _, begin, log_ins = page.read_text().partition(LOG_INS_BEGIN)
    page.write_text(table(HEAD, rows) + begin + log_ins)
    (BENCH / "results.svg").write_text(
        picture([(row[0], row[3]) for row in rows if row[2].startswith("nginx") and not row[6]]))


def picture(bars):
    """A bar for each; nginx is the line at 1."""
    width, left, height, scale = 720, 250, 26, 180
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
             f'height="{height * len(bars) + 40}" font-family="sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="white"/>']
    for number, (name, ratio) in enumerate(bars):
        top = 10 + number * height
        length = min(ratio * scale, width - left - 60)
        lines.append(f'<text x="{left - 8}" y="{top + 15}" text-anchor="end">{name}</text>')
        lines.append(f'<rect x="{left}" y="{top + 2}" width="{length:.0f}" height="{height - 8}" '
                     'fill="#3b6ea5"/>')
        lines.append(f'<text x="{left + length + 6:.0f}" y="{top + 15}">{ratio:.2f}</text>')
    bottom = 10 + len(bars) * height
    lines.append(f'<line x1="{left + scale}" x2="{left + scale}" y1="6" y2="{bottom}" '
                 'stroke="#c0392b" stroke-width="2"/>')
    lines.append(f'<text x="{left + scale}" y="{bottom + 18}" text-anchor="middle">nginx = 1, '
                 'processor time for a request</text></svg>')
    return "\n".join(lines) + "\n"
