#!/usr/bin/env python3
"""Compares Cargo.lock with a copy of the RustSec database, without a network:

    git clone https://github.com/RustSec/advisory-db advisory-db
    python3 .ci/advisories.py advisory-db [Cargo.lock]

Prints the advisories that hold for a crate of the lock file, and fails if one is a vulnerability;
notices (unmaintained, unsound, yanked) are printed alone. `cargo audit` does the same and more where
it is installed.
"""

import re
import sys
import tomllib
from pathlib import Path


def version(text):
    """A version as something to compare: numbers, then whether it is a release, then its name."""
    numbers, _, before = text.strip().partition("+")[0].partition("-")
    numbers = [int(number) for number in numbers.split(".")]
    numbers += [0] * (3 - len(numbers))
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split(".")]
    return tuple(numbers), before == "", parts


def caret(text):
    """The first version that a caret requirement leaves out."""
    numbers = [int(number) for number in re.split(r"[-+]", text)[0].split(".")]
    for place, number in enumerate(numbers):
        if number > 0 or place == len(numbers) - 1:
            return ".".join(map(str, numbers[:place] + [number + 1]))
    return text


def fits(requirement, found):
    """Whether a version fits a requirement of Cargo, such as `>= 1.2, < 2` or `^1.2`."""
    for part in requirement.split(","):
        sign, text = re.match(r"\s*(>=|<=|>|<|=|\^|~)?\s*(\S+)", part).groups()
        wanted = version(text)
        ok = {
            ">=": found >= wanted,
            "<=": found <= wanted,
            ">": found > wanted,
            "<": found < wanted,
            "=": found == wanted,
        }.get(sign)
        if sign == "~":
            numbers = text.split(".")
            upper = ".".join(numbers[:1] + [str(int(numbers[1]) + 1)]) if len(numbers) > 1 else str(int(numbers[0]) + 1)
            ok = wanted <= found < version(upper)
        elif ok is None:
            ok = wanted <= found < version(caret(text))
        if not ok:
            return False
    return True


def main():
    database = Path(sys.argv[1])
    lock = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent.parent / "Cargo.lock"
    packages = tomllib.loads(lock.read_text())["package"]
    advisories = sorted((database / "crates").glob("*/RUSTSEC-*.md"))
    if not advisories:
        sys.exit(f"no advisories in {database}: is it a copy of the RustSec database?")
    latest, vulnerable, told = "", 0, 0
    by_name = {}
    for package in packages:
        by_name.setdefault(package["name"], []).append(package["version"])
    for path in advisories:
        text = path.read_text()
        front = tomllib.loads(text.split("```toml", 1)[1].split("```", 1)[0])
        advisory, versions = front["advisory"], front.get("versions", {})
        latest = max(latest, str(advisory["date"]))
        if "withdrawn" in advisory:
            continue
        for found in by_name.get(advisory["package"], []):
            safe = versions.get("patched", []) + versions.get("unaffected", [])
            if any(fits(requirement, version(found)) for requirement in safe):
                continue
            kind = advisory.get("informational", "vulnerability")
            vulnerable += kind == "vulnerability"
            told += 1
            title = re.search(r"^# (.+)$", text, re.MULTILINE)
            print(f"{advisory['package']} {found}: {advisory['id']} ({kind}): {title.group(1) if title else ''}")
    print(f"{len(packages)} crates, {len(advisories)} advisories up to {latest}: {told} hold, {vulnerable} of them vulnerabilities")
    sys.exit(vulnerable > 0)


main()
