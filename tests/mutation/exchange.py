"""Another source for a module that others have imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import _lru_cache_wrapper, cached_property
from types import FunctionType, ModuleType
from typing import Any


def put(source: str, module: ModuleType) -> None:
    """Let the functions of a module, and its constants, be those of another source."""
    other = ModuleType(module.__name__)
    other.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    exec(compile(source, str(module.__file__), "exec"), other.__dict__)
    for name, value in vars(other).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            old = vars(module)[name]
            for member, part in vars(value).items():
                _exchange(vars(old).get(member), part)
        elif callable(value) and getattr(value, "__module__", None) == module.__name__:
            _exchange(vars(module)[name], value)
        elif isinstance(value, int | float | str | tuple) and value != vars(module)[name]:
            old = vars(module)[name]
            users = [m for m in [*sys.modules.values()] if vars(m).get(name) is old]
            for user in users:
                setattr(user, name, value)


def forget() -> None:
    """Empty all caches of functions: what they hold was computed without a fault."""
    for module in [*sys.modules.values()]:
        for value in [*vars(module).values()]:
            if isinstance(value, _lru_cache_wrapper) and value.__module__ == module.__name__:
                value.cache_clear()


def _exchange(old: Any, new: Any) -> None:
    for one, other in zip(_functions(old), _functions(new), strict=True):
        if one.__code__.co_filename != "<string>":  # else made by a decorator: defaults count
            one.__code__ = other.__code__
        one.__defaults__, one.__kwdefaults__ = other.__defaults__, other.__kwdefaults__


def _functions(member: Any) -> Iterator[FunctionType]:
    match member:
        case FunctionType():
            yield member
        case _lru_cache_wrapper():
            yield from _functions(member.__wrapped__)
        case classmethod() | staticmethod():
            yield from _functions(member.__func__)
        case property():
            yield from _functions(member.fget)
        case cached_property():
            yield from _functions(member.func)
