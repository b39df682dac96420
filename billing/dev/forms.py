"""Reads the form-encoded bodies that Stripe's SDK sends."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

Params = dict[str, Any]


def decode_form(text: str) -> Params:
    """`line_items[0][price]=p` → `{"line_items": [{"price": "p"}]}`; leaves are text."""
    tree: Params = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        keys = [part for part in re.split(r"[\[\]]+", name) if part]
        if name.endswith("[]"):
            keys.append(str(len(_walk(tree, keys))))
        node = _walk(tree, keys[:-1])
        node[keys[-1]] = value
    found = _lists(tree)
    assert isinstance(found, dict)
    return found


def _walk(tree: Params, keys: list[str]) -> Params:
    for key in keys:
        tree = tree.setdefault(key, {})
    return tree


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isdecimal() for key in node):
        return [_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _lists(value) for key, value in node.items()}
