"""The space of instructions."""

from __future__ import annotations

from typing import Any, NoReturn

from gymnasium import spaces
from gymnasium.error import CustomSpaceError
from gymnasium.vector.utils import create_shared_memory


class Instruction(spaces.Text):
    """A text space that refuses Gymnasium's shared memory, which would hand out stale and scrambled sentences."""


@create_shared_memory.register(Instruction)
def _no_shared_memory(space: Instruction, n: int = 1, ctx: Any = None) -> NoReturn:
    raise CustomSpaceError(
        "instructions are text, which Gymnasium's shared memory does not carry: make the vector environment with "
        'vector_kwargs={"shared_memory": False}'
    )
