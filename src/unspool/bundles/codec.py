"""Settings as JSON and back: dataclasses by their fields' types, nothing by name from a file."""

from __future__ import annotations

import base64
import dataclasses
import math
import types
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from unspool.errors import DataError

T = TypeVar("T")


def encode(value: Any) -> Any:
    """A value as JSON holds it: dataclasses become objects, tuples lists, Arrow types text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return [[encode(key), encode(item)] for key, item in value.items()]
    if isinstance(value, pa.DataType):
        schema = pa.schema([pa.field("type", value)])
        return base64.b64encode(schema.serialize().to_pybytes()).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)  # JSON has no form for nan, inf and -inf
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise DataError(f"a model cannot be saved with {value!r} in its settings")


def decode(kind: type[T], value: Any, where: str) -> T:
    """What `encode` wrote, as `kind`; raises DataError, naming `where`, if it does not fit."""
    decoded: T = _decoded(kind, value, where)
    return decoded


def _decoded(kind: Any, value: Any, where: str) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if kind is Any:
        return tuple(value) if isinstance(value, list) else value
    if origin in (Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        (plain,) = [arg for arg in args if arg is not type(None)][:1]
        choices = [arg for arg in args if isinstance(arg, type) and isinstance(value, arg)]
        return _decoded(choices[0] if choices else plain, value, where)
    if origin is Literal:
        if value not in args:
            raise _unfit(where, value)
        return value
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        fields = [f.name for f in dataclasses.fields(kind)]
        if not isinstance(value, dict) or set(value) - set(fields):
            raise _unfit(where, value)
        given = {name: _decoded(hints[name], value[name], f"{where}.{name}") for name in value}
        try:
            return kind(**given)
        except (TypeError, ValueError) as error:
            raise DataError(f"{where}: {error}") from error
    if origin is tuple or origin is list:
        if not isinstance(value, list):
            raise _unfit(where, value)
        if origin is tuple and args[-1] is not Ellipsis:
            if len(args) != len(value):
                raise _unfit(where, value)
            return tuple(_decoded(a, v, where) for a, v in zip(args, value, strict=True))
        items = [_decoded(args[0], item, where) for item in value]
        return tuple(items) if origin is tuple else items
    if origin is dict:
        if not isinstance(value, list) or any(
            not isinstance(pair, list) or len(pair) != 2 for pair in value
        ):
            raise _unfit(where, value)
        return {_decoded(args[0], k, where): _decoded(args[1], v, where) for k, v in value}
    if kind is pa.DataType:
        try:
            buffer = pa.py_buffer(base64.b64decode(value))
            return pa.ipc.read_schema(buffer).field("type").type
        except (pa.ArrowInvalid, TypeError, ValueError, KeyError) as error:
            raise _unfit(where, value) from error
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is float and value in ("nan", "inf", "-inf"):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _unfit(where, value)
    return value


def _unfit(where: str, value: Any) -> DataError:
    shown = repr(value)
    return DataError(f"{where} cannot be {shown[:60]}{'…' if len(shown) > 60 else ''}")
