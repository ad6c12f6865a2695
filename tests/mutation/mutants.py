"""Small faults put into a module, one at a time."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
OPPOSITE = {"min": "max", "any": "all", "minimum": "maximum", "left": "right", "floor": "ceil"}
OPPOSITE |= {other: one for one, other in OPPOSITE.items()}
SILENT = (ast.Raise, ast.Import, ast.ImportFrom, ast.Assert, ast.JoinedStr)
"""What decides nothing that runs returns; errors are told apart by their conditions."""


class Mutant(NamedTuple):
    """A module with one fault: where, what became what, and the whole source."""

    line: int
    function: str
    change: str
    source: str


class Place(NamedTuple):
    """Where something runs: the function, its first parameter and the statement."""

    function: str = ""
    first: str | None = None
    statement: ast.stmt | None = None


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of a module, by line; none is the module itself."""
    tree = ast.parse(source)
    same = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    for node, place in list(_running(tree, Place())):
        first, statement = place.first, place.statement
        assert statement
        for fault in _faults(node, first):
            before = _first_line(statement)
            _Replace(node, fault).visit(tree)
            text = ast.unparse(ast.fix_missing_locations(tree))
            after = _first_line(fault if node is statement else statement)
            _Replace(fault, node).visit(tree)
            if text != same:
                found.setdefault(
                    text, Mutant(node.lineno, place.function, f"{before}  =>  {after}", text)
                )
    return sorted(found.values())


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _running(node: ast.AST, place: Place) -> Iterator[tuple[ast.expr | ast.stmt, Place]]:
    if isinstance(node, SILENT) or _is_for_types(node):
        return
    if isinstance(node, ast.keyword) and node.arg == "strict":  # of zip: raises, or does nothing
        return
    is_definition = isinstance(node, ast.FunctionDef | ast.ClassDef)
    if is_definition:
        place = place._replace(function=f"{place.function}.{node.name}".lstrip("."))
    if isinstance(node, ast.FunctionDef):
        names = [argument.arg for argument in node.args.args if argument.arg not in ("self", "cls")]
        place = place._replace(first=names[0] if names else None)
    if isinstance(node, ast.stmt):
        place = place._replace(statement=node)
    if isinstance(node, ast.expr | ast.stmt) and place.statement and not is_definition:
        yield node, place
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list") or isinstance(value, ast.arguments):
            continue
        for child in value if isinstance(value, list) else [value]:
            is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not is_text:
                yield from _running(child, place)


def _faults(node: ast.expr | ast.stmt, first: str | None) -> Iterator[ast.AST]:
    new = copy.deepcopy(node)
    match new:
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            new.ops = [COMPARISONS[type(op)]()]
            yield new
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in ARITHMETIC:
            new.op = ARITHMETIC[type(op)]()
            yield new
            if isinstance(new, ast.AugAssign):
                yield ast.copy_location(ast.Pass(), node)
        case ast.Constant(value=bool()):
            yield ast.Constant(not new.value)
        case ast.Constant(value=int()):
            yield ast.Constant(new.value + 1)
            yield (
                ast.UnaryOp(ast.USub(), ast.Constant(1))
                if not new.value
                else ast.Constant(new.value - 1)
            )
        case ast.Constant(value=str()) if new.value in OPPOSITE:
            yield ast.Constant(OPPOSITE[new.value])
        case ast.Name() if new.id in OPPOSITE:
            yield ast.Name(OPPOSITE[new.id])
        case ast.Attribute() if new.attr in OPPOSITE:
            new.attr = OPPOSITE[new.attr]
            yield new
        case ast.BoolOp():
            new.op = ast.Or() if isinstance(new.op, ast.And) else ast.And()
            yield new
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield new.operand
        case ast.IfExp() | ast.If() | ast.While():
            new.test = ast.UnaryOp(ast.Not(), new.test)
            yield new
        case ast.Expr() | ast.Continue():
            yield ast.copy_location(ast.Pass(), node)
        case ast.Return(value=ast.expr()) if first:
            yield ast.Return(ast.Name(first))


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0]
