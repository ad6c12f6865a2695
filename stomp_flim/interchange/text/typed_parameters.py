"""Parameters in text, ``key=value,key=value``, after the types that a function gives them."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any, get_type_hints

from stomp_flim.errors import InputError, near_names


def keyword_parameters(factory: Any) -> dict[str, inspect.Parameter]:
    """Return the parameters that text may give: those of a class, or keyword-only ones."""
    if not callable(factory):
        return {}
    of_class = inspect.isclass(factory)
    return {
        name: parameter
        for name, parameter in inspect.signature(factory).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
        or (of_class and parameter.kind is parameter.POSITIONAL_OR_KEYWORD)
    }


def typed_parameters(
    place: str, factory: Any, text: str, given: Collection[str] = ()
) -> dict[str, Any]:
    """Return the parameters that a text gives, with values of their types.

    Parameters
    ----------
    place : str
        What they belong to, for messages: ``"policy 'manual-lanes:lanes=8'"``.
    factory : callable
        Whose parameters they are.
    text : str
        For example ``"lanes=8,order=fifo"``; empty for none.
    given : collection of str
        Parameters that others give, and text may not.

    Raises
    ------
    InputError
        If one is unknown, without a value, given twice, not of its type, or missing.

    Examples
    --------
    >>> from stomp_flim.interchange.text.typed_parameters import typed_parameters
    >>> def lanes(*, count: int, wide: bool = False):
    ...     return count
    >>> typed_parameters("lanes", lanes, "count=8,wide=yes")
    {'count': 8, 'wide': True}
    """
    known = {k: p for k, p in keyword_parameters(factory).items() if k not in given}
    keywords: dict[str, Any] = {}
    for item in filter(None, text.split(",")):
        key, equals, value = item.partition("=")
        if key not in known:
            raise InputError(f"{place}: unknown parameter {key!r}; {near_names(key, known)}")
        if not equals:
            raise InputError(f"{place}: {key} has no value, expected {key}=...")
        if key in keywords:
            raise InputError(f"{place}: {key} is given twice, expected once")
        keywords[key] = _value(f"{place}: {key}", key, value, known, factory)
    for key, parameter in known.items():
        if parameter.default is parameter.empty and key not in keywords:
            raise InputError(f"{place}: parameter {key!r} is missing, expected {key}=...")
    return keywords


def _value(
    place: str, key: str, text: str, known: Mapping[str, inspect.Parameter], factory: Any
) -> Any:
    from pydantic import TypeAdapter, ValidationError
    from pydantic.errors import PydanticUserError

    annotation = known[key].annotation
    if annotation is inspect.Parameter.empty:
        return text
    target = factory.__init__ if inspect.isclass(factory) else inspect.unwrap(factory)
    # Of the one parameter: others may have types that are imported for a type checker alone.
    alone = SimpleNamespace(__annotations__={key: annotation})
    try:
        hint = get_type_hints(alone, getattr(target, "__globals__", {}))[key]
        return TypeAdapter(hint).validate_python(text)
    except (NameError, PydanticUserError) as error:
        raise InputError(
            f"{place} is {text!r}, and its type {annotation!r} cannot be read from text, expected "
            "one such as int, float, bool or str"
        ) from error
    except ValidationError as error:
        raise InputError(f"{place} is {text!r}: {error.errors()[0]['msg'].lower()}") from error
