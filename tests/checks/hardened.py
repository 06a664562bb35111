"""Checks that a program was linked and compiled with what makes a bug harder to use.

usage: hardened.py PROGRAM
"""

import pathlib
import subprocess
import sys


# endbr64, where an indirect branch may lead. What the system links in has some of them, too.
LANDING_PAD = b"\xf3\x0f\x1e\xfa"
LEAST_LANDING_PADS = 1000


def wishes(dynamic, headers, symbols, code):
    """What is missing, of the output of readelf, and of the bytes of an x86-64 program."""
    found = {
        "a position-independent executable": "PIE" in dynamic,
        "relocations that are read-only (RELRO)": "GNU_RELRO" in headers,
        "all symbols bound at the start (BIND_NOW)": "BIND_NOW" in dynamic or "NOW" in dynamic,
        "a stack that cannot be executed": " RWE" not in headers,
        "stack protection": "__stack_chk_fail" in symbols,
        "fortified functions": "_chk@" in symbols.replace("__stack_chk_fail@", ""),
        # The note that turns it on needs a libc that has it; the instructions are ours.
        "landing pads for indirect branches (CET)": code is None
        or code.count(LANDING_PAD) >= LEAST_LANDING_PADS,
    }
    return [name for name, there in found.items() if not there]


def readelf(option, program):
    command = ["readelf", "--wide", option, program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main(program):
    assert len(wishes("", " RWE", "", b"")) == 7, "the check can fail"
    is_x86_64 = "X86-64" in readelf("-h", program)
    code = pathlib.Path(program).read_bytes() if is_x86_64 else None
    missing = wishes(*(readelf(option, program) for option in ("-d", "-l", "--dyn-syms")), code)
    for name in missing:
        print(f"{program}: without {name}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
