"""Checks that the build has compiled each public header alone.

A header that is in no file set of a target is not compiled, and not installed either.

usage: public_headers.py SOURCE_DIRECTORY BUILD_DIRECTORY
"""

import pathlib
import sys

OBJECT_SUFFIXES = (".cxx.o", ".cxx.obj")


def not_compiled(headers, objects):
    """The headers, by path below include/, that no object was made of."""
    compiled = {o[: -len(s)] for o in objects for s in OBJECT_SUFFIXES if o.endswith(s)}
    return sorted(set(headers) - compiled)


def headers_in(source):
    include = source / "include"
    return [str(h.relative_to(include)) for h in include.rglob("*.hpp")]


def objects_in(build):
    for directory in build.rglob("*_verify_interface_header_sets"):
        for path in directory.rglob("*.cxx.o*"):
            yield str(path.relative_to(directory))


def main():
    assert not_compiled(["roster/a.hpp", "roster/b.hpp"], ["roster/a.hpp.cxx.o"]) == ["roster/b.hpp"]
    headers = headers_in(pathlib.Path(sys.argv[1]))
    missing = not_compiled(headers, objects_in(pathlib.Path(sys.argv[2])))
    for header in missing:
        print(f"include/{header}: not compiled alone; is it in a FILE_SET of its target?")
    print(f"{len(headers)} headers, {len(missing)} breaches")
    return 1 if missing or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
