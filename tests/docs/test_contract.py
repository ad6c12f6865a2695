"""The page of the contract: every rule is held by tests that exist."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "contract.md"
FOLDERS = ("stomp_flim", "hwmodels", "policies", "workloads", "experiments", "tests")
RULE = re.compile(r"^- \*\*(?P<name>[^*]+)\*\* (?P<text>.*?)(?=^- \*\*|^\S|\Z)", re.M | re.S)
CITED = re.compile(r"docs/contract\.md`*\s+\(([a-z,\s-]+)\)")
TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)::(?P<function>\w+)`")


def rules(page):
    """Return the tests of each rule, as (rule, [(file, function)])."""
    return [(rule["name"], TEST.findall(rule["text"])) for rule in RULE.finditer(page)]


@cache
def functions(file):
    """Return the names of the test functions of a file, without importing it."""
    tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {name for name in names if name.startswith("test_")}


def faults(page):
    """Return what is wrong with the rules of a page, in words."""
    found = rules(page)
    named = Counter(test for _, tests in found for test in tests)
    repeated = Counter(name for name, _ in found)
    return [
        *(f"{name}: a name of two rules" for name, times in repeated.items() if times > 1),
        *(f"{name}: no name" for name in repeated if not re.fullmatch("[a-z]+(-[a-z]+)+", name)),
        *(f"{name}: held by no test" for name, tests in found if not tests),
        *(
            f"{name}: there is no {file}::{function}"
            for name, tests in found
            for file, function in tests
            if not (REPOSITORY / file).is_file() or function not in functions(file)
        ),
        *(f"{file}::{function}: named twice" for (file, function), n in named.items() if n > 1),
    ]


def test_every_rule_is_held_by_tests_that_exist():
    """Each names one at least, no two the same one, and no two rules have one name."""
    page = PAGE.read_text(encoding="utf-8")
    assert [] == faults(page)


def test_no_rule_and_no_test_is_overlooked():
    """What looks like a rule is one, and every path of a test on the page belongs to a rule."""
    page = PAGE.read_text(encoding="utf-8")
    found = rules(page)
    assert page.count("\n- ") == len(found) == page.count("Held by")
    assert page.count("::") == sum(len(tests) for _, tests in found)


def test_what_is_wrong_with_a_page_is_found():
    """A rule without a test, a test that is gone, a test and a name that are there twice."""
    here = "`tests/docs/test_contract.py::test_what_is_wrong_with_a_page_is_found`"
    page = (
        f"- **one-rule** Text.\n  Held by {here}.\n- **one-rule** Text.\n  Held by\n  {here}.\n"
        "- **bare-rule** Text.\n\nA paragraph.\n\n- **Gone** Text.\n  Held by "
        "`tests/docs/test_contract.py::test_gone`, `tests/gone.py::test_gone`.\n"
    )
    expected = [
        "one-rule: a name of two rules",
        "Gone: no name",
        "bare-rule: held by no test",
        "Gone: there is no tests/docs/test_contract.py::test_gone",
        "Gone: there is no tests/gone.py::test_gone",
        f"{here.strip('`')}: named twice",
    ]
    assert expected == faults(page)


def test_code_cites_rules_that_exist():
    """Where a source names a rule of the page it is one."""
    names = {name for name, _ in rules(PAGE.read_text(encoding="utf-8"))}
    sources = [file for folder in FOLDERS for file in (REPOSITORY / folder).rglob("*.py")]
    cited = {
        (str(file.relative_to(REPOSITORY)), name)
        for file in sources
        for group in CITED.findall(file.read_text(encoding="utf-8"))
        for name in re.split(r",\s+", group)
    }
    assert cited
    assert set() == {pair for pair in cited if pair[1] not in names}
