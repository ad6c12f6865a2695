"""New policies: a commented one-file policy and its test, ready to be changed."""

from __future__ import annotations

import keyword
import re
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, get_args

from stomp_flim.errors import InputError
from stomp_flim.files import output_folder, replacing
from stomp_flim.policy.protocols import PolicyKind

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LONGEST = 40


class Written(NamedTuple):
    """What was written.

    Attributes
    ----------
    policy, test : Path
        The files.
    spelling : str
        How the policy is named where one is asked for, ``"FILE.py:NAME"``.
    """

    policy: Path
    test: Path
    spelling: str


def write_policy(name: str, kind: str = "ranker", folder: Path | str = ".") -> Written:
    """Write a policy that works and the test of it.

    Parameters
    ----------
    name : str
        Small letters, digits and hyphens, for example ``"my-policy"``; the file is my_policy.py.
    kind : {"ranker", "dispatcher", "planner"}
        Its protocol.
    folder : Path
        Where; made if it does not exist.

    Raises
    ------
    InputError
        If there is no such kind, the name cannot be that of a module, or one of the files exists.
    """
    if kind not in get_args(PolicyKind):
        raise InputError(f"kind is {kind!r}, expected one of {', '.join(get_args(PolicyKind))}")
    module = name.replace("-", "_")
    if not _NAME.fullmatch(name) or keyword.iskeyword(module) or len(name) > _LONGEST:
        raise InputError(
            f"policy name {name!r}, expected small letters, digits and hyphens, such as "
            f"'my-policy', at most {_LONGEST} of them and no word of Python's"
        )
    attribute = module
    if kind != "ranker":
        attribute = "".join(part.capitalize() for part in module.split("_"))
    folder = output_folder(folder)
    files = folder / f"{module}.py", folder / f"test_{module}.py"
    for file in files:
        if file.exists():
            raise InputError(f"{file}: exists and is not overwritten; choose another name or --out")
    with ExitStack() as stack:  # both files or none
        for file, template in zip(files, (kind, f"test_{kind}"), strict=True):
            temporary = stack.enter_context(replacing(file))
            text = _render(template, name=name, file=f"{module}.py", attribute=attribute)
            temporary.write_text(text, encoding="utf-8")
    return Written(*files, f"{files[0]}:{attribute}")


def _render(template: str, **values: str) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=False,  # it is Python
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template(f"{template}.py.jinja").render(values)
