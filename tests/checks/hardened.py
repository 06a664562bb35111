"""Checks that a program was linked and compiled with what makes a bug harder to use.

usage: hardened.py PROGRAM
"""

import subprocess
import sys


def wishes(dynamic, headers, symbols):
    """What is missing, of the output of readelf."""
    found = {
        "a position-independent executable": "PIE" in dynamic,
        "relocations that are read-only (RELRO)": "GNU_RELRO" in headers,
        "all symbols bound at the start (BIND_NOW)": "BIND_NOW" in dynamic or "NOW" in dynamic,
        "a stack that cannot be executed": " RWE" not in headers,
        "stack protection": "__stack_chk_fail" in symbols,
        "fortified functions": "_chk@" in symbols.replace("__stack_chk_fail@", ""),
    }
    return [name for name, there in found.items() if not there]


def readelf(option, program):
    command = ["readelf", "--wide", option, program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main(program):
    assert len(wishes("", " RWE", "")) == 6, "the check can fail"
    missing = wishes(*(readelf(option, program) for option in ("-d", "-l", "--dyn-syms")))
    for name in missing:
        print(f"{program}: without {name}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
