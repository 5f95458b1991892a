"""Values that a Python file assigns, read from its syntax tree: nothing in the file is run."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Unknown:
    """An expression whose value only running it could tell."""

    line: int
    source: str

    def __str__(self) -> str:
        return f"`{' '.join(self.source.split())}` in line {self.line}"


def assigned(source: str) -> dict[str, Any]:
    """The names that a file assigns, at any depth, in order: later assignments win, as they would.

    Understood are constants, lists, tuples, sets, dicts, names, `+`, f-strings, `split`, `strip` and their like on
    constants, `append` and `extend`; tuples and sets become lists, and everything else an `Unknown`. Raises
    `SyntaxError` or `ValueError` where the file is not Python.
    """
    reader = _Reader(source)
    for node in _statements(_parse(source)):
        reader.statement(node)
    return reader.names


def default_of(source: str, function: str, parameter: int) -> Any:
    """The default of a function's parameter, counted from 0; None where there is none."""
    reader = _Reader(source)
    for node in ast.walk(_parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            index = parameter - len(node.args.args) + len(node.args.defaults)
            if 0 <= index < len(node.args.defaults) and parameter < len(node.args.args):
                return reader.value(node.args.defaults[index])
    return None


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (RecursionError, MemoryError):
        raise ValueError("nested too deeply") from None


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Statements in the order of the file, those inside `if`, `with`, `try` and functions included."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        yield from _statements(child)


_CALLS: dict[str, Callable[..., Any]] = {"list": list, "tuple": list, "set": list, "sorted": sorted}
_METHODS = ("split", "splitlines", "strip", "lower", "title")
_LONGEST = 100_000
"Characters or items; a file that doubles a text in every line must not fill the memory."


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self.names: dict[str, Any] = {}

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, self.value(node.value))
        elif isinstance(node, ast.AnnAssign) and node.value:
            self._assign(node.target, self.value(node.value))
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add):
            self._assign(node.target, self._sum(self.names.get(node.target.id), self.value(node.value), node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self._grow(node.value)

    def _assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value

    def _grow(self, call: ast.Call) -> None:
        """`names.append(x)` and `names.extend(y)` on a list that is known."""
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and len(call.args) == 1:
            name, grown = call.func.value.id, self.value(call.args[0])
            known = self.names.get(name)
            if isinstance(known, list) and call.func.attr == "append":
                self.names[name] = [*known, grown]
            elif isinstance(known, list) and call.func.attr == "extend":
                self.names[name] = [*known, *(grown if isinstance(grown, list) else [self._unknown(call)])]

    def value(self, node: ast.expr) -> Any:
        """What an expression is, as far as reading tells."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return self._items(items)
            case ast.Dict(keys=keys, values=values):
                return {self._key(key, node): self.value(value) for key, value in zip(keys, values, strict=True)}
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._sum(self.value(left), self.value(right), node)
            case ast.JoinedStr(values=parts):
                texts = [self.value(part.value if isinstance(part, ast.FormattedValue) else part) for part in parts]
                return "".join(texts) if all(isinstance(text, str) for text in texts) else self._unknown(node)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _CALLS:
                inner = self.value(argument)
                plain = isinstance(inner, list) and all(isinstance(item, str) for item in inner)
                return _CALLS[name](inner) if plain else self._unknown(node)
            case ast.Call(func=ast.Attribute(value=owner, attr=attr), args=args, keywords=[]) if attr in _METHODS:
                text, values = self.value(owner), [self.value(argument) for argument in args]
                if isinstance(text, str) and all(isinstance(value, str | int) for value in values):
                    try:
                        return getattr(text, attr)(*values)
                    except (TypeError, ValueError, IndexError, KeyError):
                        return self._unknown(node)
            case ast.ListComp(elt=element, generators=[ast.comprehension(target=ast.Name(id=name), ifs=[], iter=many)]):
                return self._each(element, name, many, node)
        return self._unknown(node)

    def _items(self, nodes: list[ast.expr]) -> list[Any]:
        items: list[Any] = []
        for node in nodes:
            inner = self.value(node.value) if isinstance(node, ast.Starred) else [self.value(node)]
            items += inner if isinstance(inner, list) else [self._unknown(node)]
        return items

    def _key(self, node: ast.expr | None, whole: ast.expr) -> Any:
        key = self.value(node) if node else self._unknown(whole)
        return key if isinstance(key, str | int | Unknown) else self._unknown(whole)

    def _sum(self, left: Any, right: Any, node: ast.AST) -> Any:
        lists = isinstance(left, list) and isinstance(right, list)
        texts = isinstance(left, str) and isinstance(right, str)
        return left + right if (lists or texts) and len(left) + len(right) <= _LONGEST else self._unknown(node)

    def _each(self, element: ast.expr, name: str, many: ast.expr, node: ast.expr) -> Any:
        """`[f(x) for x in list]`, with `x` known for the while of it."""
        items = self.value(many)
        if not isinstance(items, list):
            return self._unknown(node)
        outer = dict(self.names)
        made = []
        for item in items:
            self.names[name] = item
            made.append(self.value(element))
        self.names = outer
        return made

    def _unknown(self, node: ast.AST) -> Unknown:
        return Unknown(getattr(node, "lineno", 0), ast.get_source_segment(self._source, node) or "?")
