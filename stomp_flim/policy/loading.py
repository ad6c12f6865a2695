"""Policies by name, from files, with parameters: what a user writes becomes what an engine runs."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from stomp_flim import plugins
from stomp_flim.errors import InputError, near_names
from stomp_flim.foreign_output import foreign_output
from stomp_flim.interchange.text.typed_parameters import typed_parameters
from stomp_flim.policy.error_place import line_in
from stomp_flim.policy.protocols import Dispatcher, Planner, Policy, Ranker, protocol


@foreign_output()
def parse(policy: str | Policy | Ranker | Dispatcher | Planner) -> Policy:
    """Make a policy of its name, its file or the object itself.

    Parameters
    ----------
    policy : str or object
        ``"hlfet"``, ``"manual-lanes:lanes=8"``, ``"my_policy.py:shortest_first"``,
        ``"my_policy.py:shortest_first:weight=2"``, ``"stomp:simple_policy_ver2.py"`` (a file
        written for STOMP), or an object that follows a protocol.

    Raises
    ------
    InputError
        If there is no such policy, or a parameter is unknown or has a wrong value.
    """
    if isinstance(policy, Policy):
        return policy
    if not isinstance(policy, str):
        name = getattr(policy, "__name__", type(policy).__name__)
        return Policy(name, protocol(policy, name), policy)
    prefix, colon, rest = policy.partition(":")
    if colon and prefix in plugins.registered("policy_loaders"):
        loaded = plugins.load("policy_loaders", prefix)(rest)
        return Policy(policy, protocol(loaded, policy), loaded)
    if prefix.endswith(".py"):
        path, (attribute, _, arguments) = prefix, rest.partition(":")
        factory = load_file(Path(path), attribute)
    else:
        name, _, arguments = policy.partition(":")
        factory = plugins.load("policies", name)
    protocol(factory, policy)
    keywords = typed_parameters(f"policy {policy!r}", factory, arguments)
    if inspect.isclass(factory):
        implementation = _made(policy, factory, keywords)
    else:
        implementation = partial(factory, **keywords) if keywords else factory
    return Policy(policy, protocol(implementation, policy), implementation)


def _made(policy: str, factory: Any, keywords: Mapping[str, Any]) -> Any:
    """Make an object of a policy's class; what is wrong with its parameters it says itself."""
    try:
        return factory(**keywords)
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        try:
            file = Path(inspect.getfile(factory))
        except (OSError, TypeError):  # a class without a file
            file = Path()
        line = line_in(file, error)
        place = f"{file.name}: " if line is None else f"{file.name}, line {line}: "
        raise InputError(
            f"{place}policy {policy!r} cannot be made, {type(error).__name__}: {error}"
        ) from error


def load_file(path: Path, attribute: str) -> Any:
    """Import a one-file plug-in and return one of its attributes.

    Raises
    ------
    InputError
        If there is no such file or attribute, or the file cannot be imported; the message names
        the line.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such policy file")
    name = str(path.resolve())
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # a data class looks its module up; the path hides no other module
    try:
        specification.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        line = line_in(path, error)
        place = path if line is None else f"{path}, line {line}"
        what = error.msg if isinstance(error, SyntaxError) else error
        raise InputError(f"{place}: cannot be imported, {type(error).__name__}: {what}") from error
    if not hasattr(module, attribute):
        own = [key for key, value in vars(module).items() if _is_from(module.__name__, value)]
        raise InputError(f"{path}: has no policy {attribute!r}; {near_names(attribute, own)}")
    return getattr(module, attribute)


def _is_from(module: str, value: object) -> bool:
    """Return whether a policy, or what looks like one, is made in a module and not imported."""
    follows = callable(value) or hasattr(value, "dispatch") or hasattr(value, "plan")
    return follows and getattr(value, "__module__", None) == module
