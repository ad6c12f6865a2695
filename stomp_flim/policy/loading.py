"""Policies by name, from files, with parameters: what a user writes becomes what an engine runs."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_type_hints

from stomp_flim import plugins
from stomp_flim.errors import InputError, near_names
from stomp_flim.foreign_output import foreign_output
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
    keywords = _arguments(policy, factory, arguments)
    if inspect.isclass(factory):
        implementation = _made(policy, factory, keywords)
    else:
        implementation = partial(factory, **keywords) if keywords else factory
    return Policy(policy, protocol(implementation, policy), implementation)


def parameters(factory: Any) -> dict[str, inspect.Parameter]:
    """Return the parameters that a policy takes: those of its class, or keyword-only ones."""
    if not callable(factory):
        return {}
    of_class = inspect.isclass(factory)
    return {
        name: parameter
        for name, parameter in inspect.signature(factory).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
        or (of_class and parameter.kind is parameter.POSITIONAL_OR_KEYWORD)
    }


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


def _arguments(policy: str, factory: Any, text: str) -> dict[str, Any]:
    """Parse ``key=value,key=value`` after the types of the policy's parameters."""
    known = parameters(factory)
    keywords = {}
    for item in filter(None, text.split(",")):
        key, equals, value = item.partition("=")
        if key not in known:
            raise InputError(
                f"policy {policy!r}: unknown parameter {key!r}; {near_names(key, known)}"
            )
        if not equals:
            raise InputError(f"policy {policy!r}: {key} has no value, expected {key}=...")
        target = factory.__init__ if inspect.isclass(factory) else factory
        keywords[key] = _value(policy, key, value, known[key].annotation, target)
    for key, parameter in known.items():
        if parameter.default is parameter.empty and key not in keywords:
            raise InputError(f"policy {policy!r}: parameter {key!r} is missing, expected {key}=...")
    return keywords


def _value(policy: str, key: str, text: str, annotation: Any, target: Any) -> Any:
    from pydantic import TypeAdapter, ValidationError
    from pydantic.errors import PydanticUserError

    if annotation is inspect.Parameter.empty:
        return text
    # Of the one parameter: others may have types that are imported for a type checker alone.
    alone = SimpleNamespace(__annotations__={key: annotation})
    try:
        hint = get_type_hints(alone, getattr(target, "__globals__", {}))[key]
        return TypeAdapter(hint).validate_python(text)
    except (NameError, PydanticUserError) as error:
        raise InputError(
            f"policy {policy!r}: {key} is {text!r}, and its type {annotation!r} cannot be read "
            "from text, expected one such as int, float, bool or str"
        ) from error
    except ValidationError as error:
        raise InputError(
            f"policy {policy!r}: {key} is {text!r}: {error.errors()[0]['msg'].lower()}"
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
