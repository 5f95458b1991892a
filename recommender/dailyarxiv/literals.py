"""Values that a Python file assigns, read from its syntax tree: nothing in the file is run.

The file may be anybody's. Every step and every value that is made is paid from one allowance, and no value outgrows
another: what would cost more is `Unknown`, so that time and memory stay linear in the file.
"""

import ast
import warnings
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

    Understood are constants, lists, tuples, sets, dicts, names, `+`, f-strings, `split`, `strip`, `join` and their like
    on constants, `append` and `extend`; tuples and sets become lists, and everything else an `Unknown`. Raises
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


def written(source: str, suffix: str) -> list[str]:
    """The names of files with this ending that a file opens for writing, as far as they stand in it."""
    found: dict[str, None] = {}
    for node in ast.walk(_parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="open"), args=[ast.Constant(value=str(name)), *mode], keywords=keywords):
                modes = [*mode[:1], *(key.value for key in keywords if key.arg == "mode")]
                if any(isinstance(item, ast.Constant) and str(item.value)[:1] in "wa" for item in modes):
                    found[name] = None
    return [name for name in found if name.lower().endswith(suffix)]


def _parse(source: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes such as "\{" that another Python will refuse
            return ast.parse(source)
    except (RecursionError, MemoryError):
        raise ValueError("nested too deeply") from None


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Statements in the order of the file, those inside `if`, `with`, `try` and functions included."""
    for part in ("body", "handlers", "orelse", "finalbody", "cases"):
        inner = getattr(node, part, None)
        for child in inner if isinstance(inner, list) else ():
            if isinstance(child, ast.stmt):
                yield child
            yield from _statements(child)


_CALLS: dict[str, Callable[..., Any]] = {"list": list, "tuple": list, "set": list, "sorted": sorted}
_METHODS = ("split", "splitlines", "strip", "lower", "title", "replace")
_LARGEST = 100_000
"Characters and items of one value, those inside it included."
_ALLOWANCE = 2_000_000
"Steps, characters and items of all values of a file together."
_MOST_BITS = 63
_SHOWN = 100
"Bytes of an expression that are quoted."


class _Reader:
    def __init__(self, source: str) -> None:
        self._lines = [line.encode() for line in source.splitlines()]
        self._left = _ALLOWANCE
        self.names: dict[str, Any] = {}

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            value = self.value(node.value)
            for target in node.targets:
                self._assign(target, value)
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
                self.names[name] = self._sum(known, [grown], call)
            elif isinstance(known, list) and call.func.attr == "extend":
                self.names[name] = self._sum(known, grown if isinstance(grown, list) else [self._unknown(call)], call)

    def value(self, node: ast.expr) -> Any:
        """What an expression is, as far as reading tells."""
        try:
            return self._read(node) if self._pay(1) else self._unknown(node)
        except RecursionError:
            return self._unknown(node)

    def _read(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return self._constant(value, node)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return self._made(self._items(items), node)
            case ast.Dict(keys=keys, values=values):
                pairs = {self._key(key, node): self.value(value) for key, value in zip(keys, values, strict=True)}
                return self._made(pairs, node)
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._sum(self.value(left), self.value(right), node)
            case ast.JoinedStr(values=parts):
                texts = [self.value(part.value if isinstance(part, ast.FormattedValue) else part) for part in parts]
                return self._joined("", texts, node)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _CALLS:
                inner = self.value(argument)
                plain = isinstance(inner, list) and all(isinstance(item, str) for item in inner)
                return self._made(_CALLS[name](inner), node) if plain else self._unknown(node)
            case ast.Call(func=ast.Attribute(value=owner, attr="join"), args=[many], keywords=[]):
                return self._joined(self.value(owner), self.value(many), node)
            case ast.Call(func=ast.Attribute(value=owner, attr=attr), args=args, keywords=[]) if attr in _METHODS:
                return self._method(self.value(owner), attr, [self.value(argument) for argument in args], node)
            case ast.ListComp(elt=element, generators=[ast.comprehension(target=ast.Name(id=name), ifs=[], iter=many)]):
                return self._each(element, name, self.value(many), node)
        return self._unknown(node)

    def _constant(self, value: Any, node: ast.expr) -> Any:
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            return self._unknown(node)
        return self._made(value, node) if isinstance(value, str | int | float | None) else self._unknown(node)

    def _items(self, nodes: list[ast.expr]) -> list[Any]:
        items: list[Any] = []
        for node in nodes:
            inner = self.value(node.value) if isinstance(node, ast.Starred) else [self.value(node)]
            if not isinstance(inner, list) or len(items) + len(inner) > _LARGEST or not self._pay(len(inner)):
                inner = [self._unknown(node)]
            items += inner
        return items

    def _key(self, node: ast.expr | None, whole: ast.expr) -> Any:
        key = self.value(node) if node else self._unknown(whole)
        return key if isinstance(key, str | int | Unknown) else self._unknown(whole)

    def _sum(self, left: Any, right: Any, node: ast.AST) -> Any:
        lists = isinstance(left, list) and isinstance(right, list)
        texts = isinstance(left, str) and isinstance(right, str)
        if not (lists or texts) or not self._fits(len(left) + len(right)):
            return self._unknown(node)
        return self._made(left + right, node)

    def _joined(self, between: Any, texts: Any, node: ast.AST) -> Any:
        if not isinstance(between, str) or not isinstance(texts, list):
            return self._unknown(node)
        if not all(isinstance(text, str) for text in texts):
            return self._unknown(node)
        size = sum(map(len, texts)) + len(between) * len(texts)
        return between.join(texts) if self._fits(size) else self._unknown(node)

    def _method(self, text: Any, name: str, values: list[Any], node: ast.expr) -> Any:
        if not isinstance(text, str) or not all(isinstance(value, str | int) for value in values):
            return self._unknown(node)
        grows = len(text) * (1 + max((len(value) for value in values[1:] if isinstance(value, str)), default=0))
        if not self._fits(grows if name == "replace" else len(text)):
            return self._unknown(node)
        try:
            return self._made(getattr(text, name)(*values), node)
        except (TypeError, ValueError, IndexError, KeyError, OverflowError):
            return self._unknown(node)

    def _each(self, element: ast.expr, name: str, items: Any, node: ast.expr) -> Any:
        """`[f(x) for x in list]`, with `x` known for the while of it."""
        if not isinstance(items, list):
            return self._unknown(node)
        hidden, made = self.names.get(name, self._unknown(node)), []
        for item in items:
            if not self._pay(1):
                break
            self.names[name] = item
            made.append(self.value(element))
        self.names[name] = hidden
        return self._made(made, node)

    # -- the allowance -----------------------------------------------------------------------------------------

    def _pay(self, cost: int) -> bool:
        """Take a cost from the allowance; False once that is spent."""
        self._left -= cost
        return self._left > 0

    def _fits(self, size: int) -> bool:
        return size <= _LARGEST and self._pay(size)

    def _made(self, value: Any, node: ast.AST) -> Any:
        """A value, unless it is too large with all that is in it: a list can hold one list many times."""
        todo, size = [value], 0
        while todo and size <= _LARGEST:
            item = todo.pop()
            size += 1 + (len(item) if isinstance(item, str | list | dict) else 0)
            if isinstance(item, list) and size <= _LARGEST:
                todo += item
            elif isinstance(item, dict) and size <= _LARGEST:
                todo += [*item.keys(), *item.values()]
        return value if self._fits(size) else self._unknown(node)

    def _unknown(self, node: ast.AST) -> Unknown:
        line, start = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        one_line = getattr(node, "end_lineno", line) == line
        end = min(getattr(node, "end_col_offset", start) if one_line else start + _SHOWN, start + _SHOWN)
        text = self._lines[line - 1][start:end] if 0 < line <= len(self._lines) else b"?"
        return Unknown(line, text.decode("utf-8", "ignore"))
