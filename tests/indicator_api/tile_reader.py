"""Reading a Mapbox vector tile without the code that wrote it (specification 2.1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack
from typing import Any


@dataclass(frozen=True, slots=True)
class TileFeature:
    """A feature: its id, properties, and rings in tile coordinates (0 to extent)."""

    id: int
    properties: dict[str, Any]
    rings: list[list[tuple[int, int]]]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field of a protobuf message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        value: Any
        if kind == 0:
            value, at = _varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(kind)
            if size is None:
                size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        yield key >> 3, value


def _varints(data: bytes) -> list[int]:
    values, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        values.append(value)
    return values


def _signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _value(data: bytes) -> Any:
    ((number, value),) = _fields(data)
    if number == 1:
        return value.decode()
    if number == 2:
        return unpack("<f", value)[0]
    if number == 3:
        return unpack("<d", value)[0]
    if number == 6:
        return _signed(value)
    return bool(value) if number == 7 else value


def _rings(commands: list[int]) -> list[list[tuple[int, int]]]:
    rings: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == 7:
            rings[-1].append(rings[-1][0])
            continue
        for _ in range(count):
            x, y = x + _signed(commands[at]), y + _signed(commands[at + 1])
            at += 2
            if command == 1:
                rings.append([])
            rings[-1].append((x, y))
    return rings


def read_tile(data: bytes) -> dict[str, list[TileFeature]]:
    """The features of each layer by the layer's name."""
    layers = {}
    for _, layer in _fields(data):
        fields = list(_fields(layer))
        name = next(value.decode() for number, value in fields if number == 1)
        keys = [value.decode() for number, value in fields if number == 3]
        values = [_value(value) for number, value in fields if number == 4]
        layers[name] = [
            _feature(dict(_fields(value)), keys, values) for number, value in fields if number == 2
        ]
    return layers


def _feature(fields: dict[int, Any], keys: list[str], values: list[Any]) -> TileFeature:
    tags = _varints(fields.get(2, b""))
    properties = {keys[tags[at]]: values[tags[at + 1]] for at in range(0, len(tags), 2)}
    return TileFeature(fields[1], properties, _rings(_varints(fields[4])))
