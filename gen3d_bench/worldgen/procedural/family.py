"""A shape family: the code that builds one kind of thing, and the words people use for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from gen3d_bench.worldgen.procedural.model import ObjectModel
from gen3d_bench.worldgen.procedural.spec import Spec


@dataclass(frozen=True)
class Family:
    """name: key of the family ("cup"), also its category in `asset.json`.

    build: (spec, generator) -> model; everything random comes from the generator.
    nouns: singular lower-case phrases that mean this family ("soup pot"); the longest match at a prompt's end wins.
    graspable: True if it has a place 14-48 mm thick that a gripper coming from above can take.
    own: words for shapes and patterns that it gives a meaning of its own; the others are done to any model alike.
    parts: names of parts that it has -> words said of them that it lives up to.
    painted: those parts that take a colour or a material of their own.
    """

    name: str
    build: Callable[[Spec, np.random.Generator], ObjectModel]
    nouns: tuple[str, ...]
    graspable: bool = False
    own: frozenset[str] = frozenset()
    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    painted: frozenset[str] = frozenset()
