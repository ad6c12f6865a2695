"""Run the suite, or a part of it, under one Python with the lowest or the newest packages.

``make check-versions PYTHON=python3.12 SET=lowest PART=2/4`` makes a virtual environment for the
pair in ``.venv/versions``, where the next part finds it, and prints what passed with which.
Torch may have a build without gigabytes of libraries for graphics processors for some Pythons only;
for others ``WITHOUT=torch`` leaves it out with the tests that need it, and says so.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.versions.requirements import ROOT, SETS

NEEDS = {"torch": r'^\s*(?:import|from) .*\btorch(?:_models)?\b|importorskip\("torch"\)'}
"""What a file of tests says that cannot run without a package."""
SOURCES = ("hwmodels", "workloads", "experiments")
VANISHING = {"torch": "tests/fuzz/test_fuzz.py[checkpoint]"}
"""Tests that are not even collected without a package."""


def needing(name: str) -> list[Path]:
    """Return the files of tests that cannot run without a package, or import what cannot."""
    sources = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for folder in SOURCES
        for file in (ROOT / folder).rglob("*.py")
    }
    imported = {module: _imports(file) for module, file in sources.items()}
    unable = {module for module, names in imported.items() if name in names}
    while more := {m for m, names in imported.items() if m not in unable and names & unable}:
        unable |= more
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [
        file
        for file in files
        if re.search(NEEDS[name], file.read_text("utf-8"), re.M) or _imports(file) & unable
    ]


@cache
def _imports(file: Path) -> set[str]:
    """Return what a file imports as soon as it is imported itself."""
    lines = re.findall(r"^(?:from|import) +([\w.]+)", file.read_text("utf-8"), re.M)
    return {part for line in lines for part in (line, line.partition(".")[0])}


def environment(choice: str, without: Sequence[str]) -> Path:
    """Return the folder of this Python with a set of versions, made or brought up to date."""
    folder = ROOT / f".venv/versions/{choice}-{sys.version_info.major}.{sys.version_info.minor}"
    wanted = "\n".join(line for name, line in SETS[choice]().items() if name not in without)
    record = folder / "requirements.txt"
    if not record.exists() or record.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--editable", ROOT]
        subprocess.run([*install, *wanted.split()], check=True)
        record.write_text(wanted)
    return folder


def versions(folder: Path) -> str:
    """Return the versions that an environment has, of the packages that are asked for."""
    freeze = [folder / "bin/python", "-m", "pip", "freeze", "--exclude-editable"]
    lines = subprocess.run(freeze, check=True, capture_output=True, text=True).stdout.split()
    names = {name.replace("-", "_") for name in SETS["lowest"]()}
    return " ".join(x for x in lines if x.partition("==")[0].lower().replace("-", "_") in names)


def chosen(places: Sequence[str], part: str, left_out: Sequence[Path]) -> list[Path]:
    """Return every so-manieth file of tests, which spreads the slow ones of a folder."""
    match = re.fullmatch(r"(\d+)/(\d+)", part)
    number, count = map(int, match.groups()) if match else (0, 0)
    if not 1 <= number <= count:
        raise SystemExit(f"part {part!r}, expected such as 2/4")
    for place in places:
        if not (ROOT / place).exists():
            raise SystemExit(f"{place} does not exist, expected a folder or a file of tests")
    files = {
        file
        for place in places
        for file in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("test_*.py"))
    }
    return sorted(files - set(left_out))[number - 1 :: count]


def main(arguments: Sequence[str]) -> int:
    """Run a part of the suite; the exit status is that of pytest."""
    parser = argparse.ArgumentParser(prog="check-versions", description=__doc__)
    parser.add_argument("--set", choices=SETS, default="lowest")
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--without", action="append", choices=NEEDS, default=[])
    parser.add_argument("--processes", default="2")
    parser.add_argument("tests", nargs="*", default=["tests"])
    given = parser.parse_args(arguments)
    folder = environment(given.set, given.without)
    left_out = [file for name in given.without for file in needing(name)]
    report = folder / "report.xml"
    command = [folder / "bin/python", "-m", "pytest", "-q", "-n", given.processes]
    command += [f"--junitxml={report}"]
    files = chosen(given.tests, given.part, left_out)
    if not files:  # without any, pytest would run them all
        raise SystemExit(f"part {given.part} of {' '.join(given.tests)} has no tests")
    command += files
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    suite = next(ElementTree.parse(report).iter("testsuite"))
    total, failed, errors, skipped = (
        int(suite.attrib[key]) for key in ("tests", "failures", "errors", "skipped")
    )
    print(f"python   {sys.version.split()[0]}")
    print(f"set      {given.set}: {versions(folder)}")
    print(f"part     {given.part} of {' '.join(given.tests)}")
    for name in given.without:
        places = [str(file.relative_to(ROOT)) for file in needing(name)]
        print(f"not run  for want of {name}: {' '.join([*places, VANISHING[name]])}")
    print(f"passed   {total - failed - errors - skipped}")
    print(f"failed   {failed + errors}")
    print(f"skipped  {skipped}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
