"""The settings of an adapter: module `kind` of the port's folder, whose dataclass `Settings` names the keys."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from mailpost.config.problems import Problems, Where, nearest
from mailpost.config.tables import AdapterTable
from mailpost.config.values import Chosen


def choose(where: Where, table: AdapterTable, defaults: Mapping[str, Any], folder: Path, problems: Problems) -> Chosen:
    """The adapter a table names; its settings are None where there is a problem."""
    port, kind, before = str(where[0]), table.kind, len(problems.found)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", kind) or find_spec(f"mailpost.{port}.{kind}") is None:
        problems.add((*where, "kind"), f"there is no {port} of kind {kind!r}{nearest(kind, _kinds(port))}")
        return Chosen(kind, "", None)
    settings = import_module(f"mailpost.{port}.{kind}").Settings
    hints = get_type_hints(settings, include_extras=True)
    given = {**defaults, **(table.model_extra or {})}
    for key in given.keys() - hints.keys():
        problems.add((*where, key), f"unknown key{nearest(key, {*hints, *type(table).model_fields})}")
    values = {}
    for field in fields(settings):
        place = (*where, field.name)
        if field.name in given:
            values[field.name] = _valid(hints[field.name], given[field.name], place, folder, problems)
        elif field.default is MISSING and field.default_factory is MISSING:
            problems.add(place, "is missing")
    if len(problems.found) > before:
        return Chosen(kind, "", None)
    try:
        return Chosen(kind, "", settings(**values))
    except ValueError as problem:
        problems.add(where, str(problem))
        return Chosen(kind, "", None)


def _valid(hint: Any, value: Any, where: Where, folder: Path, problems: Problems) -> Any:
    try:
        found = TypeAdapter(hint, config=ConfigDict(hide_input_in_errors=True)).validate_python(value)
    except ValidationError as problem:
        problems.add(where, problem.errors(include_url=False, include_input=False)[0]["msg"].lower())
        return None
    return folder / found if isinstance(found, Path) else found


def _kinds(port: str) -> list[str]:
    spec = find_spec(f"mailpost.{port}")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    return [p.stem for p in folder.glob("*.py") if "class Settings" in p.read_text() and p.stem != "__init__"]
