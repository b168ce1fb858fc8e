#!/usr/bin/env python3
"""Prints a bill of materials (CycloneDX 1.5) of the program, from `cargo metadata` alone.

Fails where a licence is not one that deny.toml allows, a crate does not come from crates.io, or a
dependency of ours takes any version.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def allowed_licences():
    text = (ROOT / "deny.toml").read_text()
    section = text.split("[licenses]", 1)[1].split("\n[", 1)[0]
    return set(re.findall(r'"([^"]+)"', section))


def fits(expression, allowed):
    """Whether a choice of the licence expression needs nothing but what is allowed."""
    words = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    place = 0

    def one():
        nonlocal place
        if words[place] == "(":
            place += 1
            found = either()
            place += 1
            return found
        name = words[place]
        place += 1
        if place + 1 < len(words) and words[place] == "WITH":
            name += " WITH " + words[place + 1]
            place += 2
        return name in allowed

    def both():
        nonlocal place
        found = one()
        while place < len(words) and words[place] == "AND":
            place += 1
            found = one() and found
        return found

    def either():
        nonlocal place
        found = both()
        while place < len(words) and words[place] == "OR":
            place += 1
            found = both() or found
        return found

    return either()


def main():
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--offline"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    lock = (ROOT / "Cargo.lock").read_text()
    checksums = {
        (name, version): checksum
        for name, version, checksum in re.findall(
            r'name = "([^"]+)"\nversion = "([^"]+)"\nsource = "[^"]+"\nchecksum = "([^"]+)"', lock)
    }
    members = set(metadata["workspace_members"])
    program = next(p for p in metadata["packages"] if p["name"] == "radiome" and p["id"] in members)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    # What the program is built from: no dependencies of tests.
    reached, left = set(), [program["id"]]
    while left:
        package = left.pop()
        if package in reached:
            continue
        reached.add(package)
        for dependency in nodes[package]["deps"]:
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
                left.append(dependency["pkg"])
    allowed = allowed_licences()
    wrong, components = [], []
    for package in sorted((packages[p] for p in reached), key=lambda p: (p["name"], p["version"])):
        name, version, licence = package["name"], package["version"], package["license"] or ""
        if not licence or not fits(licence, allowed):
            wrong.append(f"{name} {version}: the licence `{licence}` is not allowed by deny.toml")
        if package["id"] in members:
            wrong.extend(f"{name}: takes any version of {dependency['name']}"
                         for dependency in package["dependencies"]
                         if dependency["source"] and dependency["req"] == "*")
            continue
        if package["source"] != REGISTRY:
            wrong.append(f"{name} {version}: comes from {package['source']}")
        components.append({
            "type": "library",
            "bom-ref": f"pkg:cargo/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:cargo/{name}@{version}",
            "licenses": [{"expression": licence.replace("/", " OR ")}],
            "hashes": [{"alg": "SHA-256", "content": checksums.get((name, version), "")}],
        })
    if wrong:
        sys.exit("\n".join(wrong))
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "radiome", "version": program["version"],
                                   "licenses": [{"expression": program["license"]}]}},
        "components": components,
    }
    print(json.dumps(bill, indent=1))


main()
