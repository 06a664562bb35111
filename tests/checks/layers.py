"""Reads the #include lines, and fails on an arrow that goes up or sideways, or on a circle.

usage: layers.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys

# Every module, and the modules it may include besides itself. Modules of the top layer reach one
# another through include/roster/ alone.
CORE = {"include/roster", "src/core"}
STORES = {"storage/core", "storage/memory", "storage/json", "storage/sqlite", "storage/postgres"}
COMMAND_LINE = {"src/cli/io", "src/cli/config", "src/cli/admin", "src/cli/forward_auth"}
MAY_INCLUDE = {
    "include/roster": set(),
    "src/core": {"include/roster"},
    "src/passwords": CORE,
    "src/audit": CORE,
    "src/protocol": CORE,
    "src/accounts/rate_limit": CORE,
    "src/accounts": CORE | {"src/accounts/rate_limit", "src/passwords", "src/audit"},
    "src/import_export": CORE | {"src/accounts"},
    "storage/core": CORE,
    "storage/memory": CORE | {"storage/core"},
    "storage/json": CORE | {"storage/core", "storage/memory"},
    "storage/sqlite": CORE | {"storage/core", "storage/memory"},
    "storage/postgres": CORE | {"storage/core"},
    "storage": CORE | STORES,
    "storage/transfer": CORE | {"storage/core", "storage"},
    "src/server/net": CORE | {"src/protocol"},
    "src/server/classic": CORE | {"src/server/net", "src/protocol", "src/accounts", "src/passwords"},
    "src/server/forward_auth": CORE | {"src/protocol"},
    "src/server/metrics": CORE,
    "src/server/http": CORE
    | {"src/server/net", "src/server/forward_auth", "src/server/metrics"}
    | {"src/protocol", "src/accounts", "src/import_export"},
    "src/server/pages": CORE
    | {"src/server/net", "src/server/forward_auth", "src/server/http"}
    | {"src/protocol", "src/accounts"},
    "src/server": CORE
    | {"src/server/net", "src/server/classic", "src/server/http", "src/server/pages"}
    | {"src/server/metrics", "src/protocol", "src/accounts", "src/passwords"},
    "src/client": CORE | {"src/protocol"},
    "src/cli/io": CORE,
    "src/cli/config": CORE | {"src/cli/io", "src/passwords", "src/accounts", "storage"},
    "src/cli/client_repl": CORE | {"src/cli/io", "src/client", "src/protocol"},
    "src/cli/forward_auth": CORE | {"src/cli/io", "src/client", "src/protocol"},
    "src/cli/admin": CORE
    | {"src/cli/io", "src/cli/config", "src/accounts", "src/passwords", "src/audit"}
    | {"src/import_export", "storage", "storage/core"},
    "src/cli/commands": CORE
    | COMMAND_LINE
    | {"src/cli/client_repl", "src/accounts", "src/passwords", "src/audit", "src/server"}
    | {"src/import_export"}
    | {"storage", "storage/core", "storage/transfer"},
    "src/cli": CORE | COMMAND_LINE | {"src/cli/commands"},
}

# Libraries that a module must not see at all.
FORBIDDEN_LIBRARIES = {
    "include/roster": r"boost/json|boost/beast|sodium|sqlite3|SQLiteCpp|spdlog/|CLI/",
    "src/core": r"boost/beast|sqlite3|SQLiteCpp|spdlog/|CLI/|boost/asio/ip/(?!address)",
    "src/protocol": r"boost/asio|boost/beast/core/tcp|sys/socket|spdlog/|sodium|sqlite3",
    "src/passwords": r"boost/beast|boost/json|sqlite3|sys/socket|spdlog/|boost/asio/ip/",
    "src/accounts": r"boost/beast|boost/json|sqlite3|sys/socket|spdlog/|boost/asio/ip/(?!address)",
    "src/audit": r"boost/asio|spdlog/",
    "storage": r"spdlog/|CLI/",
    "storage/json": r"boost/asio|sodium",
    "storage/memory": r"boost/asio",
    "storage/sqlite": r"boost/asio|boost/json|sodium",
    "src/server": r"sqlite3|SQLiteCpp|sodium|spdlog/",
    "src/client": r"spdlog/|sodium|sqlite3|boost/json|CLI/|sys/|unistd",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def module_of(path):
    """The module of a file, by its path from the source directory."""
    for module in sorted(MAY_INCLUDE, key=len, reverse=True):
        if path.startswith(module + "/"):
            return module
    return None


def target_of(included):
    """The module an #include leads to; None for a library."""
    if included.startswith("roster/"):
        return "include/roster"
    return module_of(included) if included.startswith("storage/") else module_of("src/" + included)


def breaches_in(path, text):
    module = module_of(path)
    if module is None:
        yield f"{path}: belongs to no module; add its module to tests/checks/layers.py"
        return
    for included in INCLUDE.findall(text):
        target = target_of(included)
        if target and target != module and target not in MAY_INCLUDE[module]:
            yield f"{path}: includes {included}, but {module} must not know {target}"
        for prefix, libraries in FORBIDDEN_LIBRARIES.items():
            if path.startswith(prefix + "/") and re.match(libraries, included):
                yield f"{path}: includes {included}, which {prefix} must not know"


def circle_in(arrows):
    """The modules of a circle, or None."""
    finished = set()

    def visit(module, way):
        if module in way:
            return way[way.index(module) :] + [module]
        if module in finished:
            return None
        for target in sorted(arrows.get(module, ())):
            circle = visit(target, way + [module])
            if circle:
                return circle
        finished.add(module)
        return None

    for module in sorted(arrows):
        circle = visit(module, [])
        if circle:
            return circle
    return None


def prove_that_it_fails():
    broken = {
        "src/protocol/classic/a.cpp": '#include "server/net/listener.hpp"\n',
        "src/accounts/a.cpp": '#include "protocol/classic/messages.hpp"\n',
        "src/accounts/rate_limit/a.cpp": '#include "accounts/accounts.hpp"\n',
        "src/server/net/a.cpp": '  #  include "storage/core/backend.hpp"\n',
        "src/client/a.cpp": '#include "server/net/listener.hpp"\n',
        "src/cli/io/a.cpp": '#include "cli/commands/commands.hpp"\n',
        "storage/core/a.cpp": '#include "storage/json/journal.hpp"\n',
        "storage/memory/a.cpp": '#include "storage/drivers.hpp"\n',
        "include/roster/a.hpp": '#include "core/text.hpp"\n',
        "src/protocol/b.cpp": "#include <boost/asio/post.hpp>\n",
        "src/attic/a.cpp": "",
    }
    for path, text in broken.items():
        assert list(breaches_in(path, text)), f"layers.py does not notice {path}"
    fine = '#include <roster/user.hpp>\n#include "protocol/classic/messages.hpp"\n#include <vector>\n'
    assert not list(breaches_in("src/server/a.cpp", fine))
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}}) is None


def main():
    prove_that_it_fails()
    circle = circle_in(MAY_INCLUDE)
    assert not circle, f"layers.py allows a circle: {' -> '.join(circle)}"
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
