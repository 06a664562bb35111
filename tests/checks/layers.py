"""Reads the #include lines, and fails on an arrow that goes up or sideways.

usage: layers.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys

# Every room, and the rooms it may include besides itself. include/roster/ is the way through
# which the rooms of the top floor reach one another.
VOCABULARY = {"include/roster", "src/vocabulary"}
MAY_INCLUDE = {
    "include/roster": set(),
    "src/vocabulary": {"include/roster"},
    "src/protocol": VOCABULARY,
    "src/accounts": VOCABULARY,
    "storage": VOCABULARY,
    "src/server": VOCABULARY | {"src/protocol", "src/accounts"},
    "src/client": VOCABULARY | {"src/protocol"},
    "src/cli": VOCABULARY | {"src/protocol", "src/accounts", "storage"},
}

# Libraries that a room must not see at all.
FORBIDDEN_LIBRARIES = {
    "include/roster": r"boost/json|boost/beast|sodium|sqlite3|SQLiteCpp|spdlog/|CLI/",
    "src/protocol": r"boost/asio|boost/beast/core/tcp|sys/socket|spdlog/|sodium|sqlite3",
    "src/accounts": r"boost/beast|boost/json|sqlite3|sys/socket|boost/asio/ip/(?!address)",
    "storage/json": r"boost/asio|sodium",
    "storage/audit": r"boost/asio",
    "storage/memory": r"boost/asio|sodium",
    "storage/sqlite": r"boost/asio|boost/json|sodium",
    "src/server": r"sqlite3|SQLiteCpp|sodium",
    "src/client": r"spdlog/|sodium|sqlite3|boost/json|CLI/|sys/|unistd",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def room_of(path):
    """The room of a file, by its path from the source directory."""
    for room in sorted(MAY_INCLUDE, key=len, reverse=True):
        if path.startswith(room + "/"):
            return room
    return None


def target_of(included):
    """The room an #include leads to; None for a library."""
    if included.startswith("roster/"):
        return "include/roster"
    if included.startswith("storage/"):
        return "storage"
    room = "src/" + included.split("/")[0]
    return room if room in MAY_INCLUDE else None


def breaches_in(path, text):
    room = room_of(path)
    if room is None:
        yield f"{path}: belongs to no room; add its room to tests/checks/layers.py"
        return
    for included in INCLUDE.findall(text):
        target = target_of(included)
        if target and target != room and target not in MAY_INCLUDE[room]:
            yield f"{path}: includes {included}, but {room} must not know {target}"
        for prefix, libraries in FORBIDDEN_LIBRARIES.items():
            if path.startswith(prefix + "/") and re.match(libraries, included):
                yield f"{path}: includes {included}, which {prefix} must not know"


def prove_that_it_fails():
    broken = {
        "src/protocol/a.cpp": '#include "server/listener.hpp"\n',
        "src/accounts/a.cpp": '#include "protocol/classic.hpp"\n',
        "src/server/a.cpp": '  #  include "storage/backend.hpp"\n',
        "src/client/a.cpp": '#include "server/listener.hpp"\n',
        "include/roster/a.hpp": '#include "vocabulary/text.hpp"\n',
        "src/protocol/b.cpp": "#include <boost/asio/post.hpp>\n",
        "src/attic/a.cpp": "",
    }
    for path, text in broken.items():
        assert list(breaches_in(path, text)), f"layers.py does not notice {path}"
    fine = '#include <roster/user.hpp>\n#include "protocol/classic.hpp"\n#include <vector>\n'
    assert not list(breaches_in("src/server/a.cpp", fine))


def main():
    prove_that_it_fails()
    root = pathlib.Path(sys.argv[1])
    files = sorted(
        path
        for folder in ("include", "src", "storage")
        for path in (root / folder).rglob("*")
        if path.suffix in (".cpp", ".hpp") and path.parent != root / "src"
    )
    assert files, f"no sources below {root}"
    breaches = [
        breach
        for path in files
        for breach in breaches_in(path.relative_to(root).as_posix(), path.read_text())
    ]
    print(*breaches, sep="\n")
    print(f"{len(files)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
