"""Reads YAML files with the line of every value, so that a complaint can name file and line.

Follows YAML 1.2 for booleans: only ``true`` and ``false`` are, so ``verified: yes`` stays the word "yes".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import CandorError

Location = tuple[str | int, ...]


class _Loader(yaml.CSafeLoader):
    """The C loader with YAML 1.2 booleans and with dates kept as text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


class YamlError(CandorError):
    """A file that is missing, unreadable or not YAML."""


@dataclass(frozen=True)
class YamlFile:
    """A parsed file.

    Attributes:
        path: where it was read from.
        data: plain Python values.
        lines: the 1-based line of each value, by its location, e.g. ``("short", 0, "text")``.
    """

    path: Path
    data: Any
    lines: dict[Location, int]

    def line(self, location: Location) -> int:
        """The line of a value, or of the nearest value around it."""
        while location not in self.lines and location:
            location = location[:-1]
        return self.lines.get(location, 1)


def _note_lines(node: yaml.Node, location: Location, lines: dict[Location, int], path: Path) -> None:
    lines[location] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise YamlError(f"{path}:{key.start_mark.line + 1}: the key {key.value!r} is given twice.")
            seen.add(key.value)
            _note_lines(value, (*location, key.value), lines, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*location, index), lines, path)


def read_yaml(path: Path) -> YamlFile:
    """Reads one file.

    Raises:
        YamlError: it is missing, not UTF-8, not YAML, or gives a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise YamlError(f"{path}: the file is missing.") from None
    except (OSError, UnicodeDecodeError):
        raise YamlError(f"{path}: the file cannot be read as UTF-8 text.") from None
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return YamlFile(path, None, {})
        lines: dict[Location, int] = {}
        _note_lines(node, (), lines, path)
        return YamlFile(path, loader.construct_document(node), lines)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise YamlError(f"{path}:{line}: not valid YAML: {problem}.") from None
    finally:
        loader.dispose()
