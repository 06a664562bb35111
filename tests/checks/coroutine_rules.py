"""Looks for statements that g++ 12 compiles into a double free, and for their relatives.

g++ 12.2 destroys temporaries twice where a statement with co_await (or a co_return of one) also
builds a braced aggregate or a capturing lambda. See CONTRIBUTING.md, "Coroutines".

usage: coroutine_rules.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys

COMMENT_OR_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|R"(\w*)\(.*?\)\1"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL
)
AWAIT = re.compile(r"\bco_await\b")
# A lambda: a capture list, then parameters or a body. An index or a structured binding is not one.
LAMBDA = re.compile(r"(?:^|[(,=&|{;]|\breturn\b|\bco_await\b)\s*\[[^\]\[]*\]\s*(?:mutable\b|\(|\{|<|->)")


def without_comments(text):
    """The text with comments and literals blanked, newlines kept."""
    return COMMENT_OR_LITERAL.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


BLOCK_OPENS_AFTER = re.compile(
    r"(?:^|[;{}):]|\b(?:else|do|try|const|noexcept|override|final|mutable)|->[\w:<>,\s&*]+)\s*$"
)


def opens_a_block(text, at):
    """Whether the { at `at` begins a block, and not an initialiser."""
    return bool(BLOCK_OPENS_AFTER.search(text[max(0, at - 200) : at]))


def statement_start(text, at):
    depth = 0
    while at > 0:
        c = text[at - 1]
        if c in ")]":
            depth += 1
        elif c in "([":
            depth -= 1
        elif c == "}" and depth <= 0:
            break
        elif c == "{" and opens_a_block(text, at - 1):
            break
        elif c == ";" and depth <= 0:
            break
        at -= 1
    return at


def statement_end(text, at):
    depth = 0
    while at < len(text):
        c = text[at]
        if c == "{" and depth <= 0 and opens_a_block(text, at):
            break
        if c in "({[":
            depth += 1
        elif c in ")}]":
            depth -= 1
        elif c == ";" and depth <= 0:
            break
        at += 1
    return at


def statement_around(text, at):
    """Where the statement that holds `at` starts, and its text."""
    start = statement_start(text, at)
    return start, text[start : statement_end(text, at)]


CONTROL = re.compile(r"\s*(?:else\s+)?(?:if|while|for|switch)\b[^(]*\(")


def condition_of(statement):
    """What stands between the parentheses of an if, while, for or switch; else nothing."""
    control = CONTROL.match(statement)
    if not control:
        return ""
    depth, end = 1, control.end()
    while end < len(statement) and depth:
        depth += {"(": 1, ")": -1}.get(statement[end], 0)
        end += 1
    return statement[control.end() : end]


def breaches_in(text):
    """Pairs of line number and what is wrong there."""
    text = without_comments(text)
    seen = set()
    for match in AWAIT.finditer(text):
        start, statement = statement_around(text, match.start())
        if start in seen:
            continue
        seen.add(start)
        line = text.count("\n", 0, match.start()) + 1
        awaits = len(AWAIT.findall(statement))
        if awaits > 1:
            yield line, "more than one co_await in a statement"
        if AWAIT.search(condition_of(statement)):
            yield line, "co_await in a condition; give its result a name first"
        if LAMBDA.search(statement):
            yield line, "a lambda in a statement with co_await"
        if "{" in statement:
            yield line, "a braced initialiser in a statement with co_await"
    for match in re.finditer(r"\bcatch\s*\([^)]*\)\s*\{", text):
        depth, end = 1, match.end()
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        if AWAIT.search(text, match.end(), end):
            yield text.count("\n", 0, match.start()) + 1, "co_await in a catch block"


BROKEN = [
    "co_await f(Aggregate{a, b});",
    "auto x = co_await f([s] { return s; });",
    "co_return co_await f({1, 2});",
    "co_return X{co_await f()};",
    "auto x = co_await f(\n    a,\n    [&](int i) { g(i); });",
    "g(co_await a(), co_await b());",
    "if (co_await f()) { g(); }",
    "while (!co_await f()) g();",
    "try { g(); } catch (const E& e) { co_await f(); }",
    "auto [a, b] = co_await f(Pair{1, 2});",
]
FINE = [
    "auto [a, b] = co_await f(x);",
    "const auto x = co_await f(v[0], w(1));",
    "void g() { auto l = [s] { return s; }; co_await f(l); }",
    "if (a) { co_await f(); }",
    "if (a) co_await f();",
    "awaitable<void> f() const {\n    co_await g();\n}",
    "// co_await f(X{});\nco_await f();",
    "X x{1};\nco_await f(x);",
    "for (;;) {\n    auto x = co_await f();\n}",
    "switch (a) { case 1: co_await f(); }",
]


def prove_that_it_fails():
    for text in BROKEN:
        assert list(breaches_in(text)), f"coroutine_rules.py does not notice: {text}"
    for text in FINE:
        assert not list(breaches_in(text)), f"{text}: {list(breaches_in(text))}"


def main():
    prove_that_it_fails()
    root = pathlib.Path(sys.argv[1])
    files = sorted(
        path
        for folder in ("include", "src", "storage", "tests", "bench")
        for path in (root / folder).rglob("*.[ch]pp")
    )
    assert files, f"no sources below {root}"
    breaches = [
        f"{path.relative_to(root)}:{line}: {what}"
        for path in files
        for line, what in breaches_in(path.read_text())
    ]
    print(*breaches, sep="\n")
    print(f"{len(files)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
