"""What server and client say to each other besides observations and actions.

openpi's server speaks first, with a map of metadata, and then answers every observation with actions.  Ours puts in the
metadata what it does and needs, which a client of openpi passes over, and takes one further message, by which episodes
begin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IMAGE, STATE, PROMPT, ACTIONS = "observation/image", "observation/state", "prompt", "actions"
"""Keys of an observation (uint8 [H, W, 3]; float32 [7]; str) and of an answer (float32 [C, 7])."""
MESSAGE = "__gen3d__"
"""Key of messages that are no observation; the value says which."""
RESET = "reset"
PROTOCOL = 1
API_KEY_VARIABLE = "GEN3D_API_KEY"
"""Environment variable with the key that a server asks for and a client shows."""
MAX_BYTES = 16 * 1024 * 1024
"""Of a message; a picture of 1024 x 1024 has 3 MB."""
HEALTH = "/healthz"

ACTION_SPACE: Mapping[str, Any] = {
    "dim": 7,
    "hz": 5,
    "control": "end-effector delta in base axes: m, rad",
    "rotation": "rotation vector",
    "gripper": "1 open, 0 closed",
}
"""Of the benchmark; what is not so cannot be stepped."""


class ProtocolError(Exception):
    """The other side does not fit; the message says where and what to do."""


def metadata(name: str, chunk: int) -> dict[str, Any]:
    """What our server says first."""
    return {
        "gen3d_protocol": PROTOCOL,
        "policy": {"name": name},
        "action_space": {**ACTION_SPACE, "horizon": chunk},
        "observation": {"image": IMAGE, "state": STATE, "prompt": PROMPT},
        "supports": [RESET],
    }


def check(said: Mapping[str, Any], address: str) -> None:
    """Raises ProtocolError unless a server of our protocol does what the benchmark needs."""
    if said["gen3d_protocol"] != PROTOCOL:
        raise ProtocolError(f"{address} speaks version {said['gen3d_protocol']} of gen3d-bench's protocol, this is "
                            f"version {PROTOCOL}: install the same gen3d-bench on both machines")
    space = said.get("action_space", {})
    wrong = [f"{key} is {space.get(key)!r}, the benchmark's is {value!r}" for key, value in ACTION_SPACE.items()
             if space.get(key) != value]
    if wrong:
        raise ProtocolError(f"the actions of {address} are not the benchmark's: {'; '.join(wrong)}")
