"""Looks for words that docs/GLOSSARY.md replaces, and for long lines in documents.

usage: words.py SOURCE_DIRECTORY
"""

import pathlib
import re
import subprocess
import sys

# People are "the user … they", a lock is "it"; the field's terms instead of our own.
WORDS = re.compile(
    r"\b(whoever|anew|(?-i:is none|are none)|for ever|himself|he|his|him|she|her|"
    r"salvag\w*|put aside|wants? in|gives? way|make room|livebook|bookkeeper)\b",
    re.IGNORECASE,
)
# "book" for the users file, and "house", "floor", "door", "room" for the structure.
PRIVATE = re.compile(r"\b(the|a|users') (book|house|floor|door|room)\b", re.IGNORECASE)
SUFFIXES = {".cpp", ".hpp", ".md", ".py", ".txt", ".cmake", ".sql", ".in"}
DOCUMENT_COLUMNS = 100
# Data, and the two files that name the words.
EXEMPT = re.compile(r"common_passwords|tests/checks/words\.py|docs/GLOSSARY\.md|/samples/|corpus/")
# In documents, lines that cannot be broken: tables, links, and what a program prints.
UNBREAKABLE = re.compile(r"^\s*\||\]\(|^\S+$|https?://")


def breaches_in(path, text):
    if EXEMPT.search(path):
        return
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        found = WORDS.search(line) or PRIVATE.search(line)
        if found:
            yield f"{path}:{number}: \"{found.group(0)}\": see docs/GLOSSARY.md"
        if not path.endswith(".md"):
            continue
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif len(line) > DOCUMENT_COLUMNS and not in_code and not UNBREAKABLE.search(line):
            yield f"{path}:{number}: longer than {DOCUMENT_COLUMNS} columns"


def files_of(root):
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False
    ).stdout.decode()
    paths = listed.split("\0") if listed else [str(p.relative_to(root)) for p in root.rglob("*")]
    return sorted(p for p in paths if pathlib.Path(p).suffix in SUFFIXES and not p.startswith("build/"))


def main():
    assert list(breaches_in("a.cpp", "// whoever comes\n"))
    assert list(breaches_in("a.md", "He reads his book.\n"))
    assert list(breaches_in("a.cpp", "// written into the book\n"))
    assert list(breaches_in("a.md", "word " * 30))
    assert not list(breaches_in("a.md", "```\n" + "word " * 30 + "\n```\n"))
    assert not list(breaches_in("a.cpp", "// The user reads their file; the heap is there.\n"))
    root = pathlib.Path(sys.argv[1])
    files = [p for p in files_of(root) if (root / p).is_file()]
    assert files, f"no sources below {root}"
    breaches = [b for p in files for b in breaches_in(p, (root / p).read_text(errors="replace"))]
    print(*breaches, sep="\n")
    print(f"{len(files)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
