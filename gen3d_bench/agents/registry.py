"""Policies by name.  A policy's module is imported when the policy is made, so the list itself costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path

from gen3d_bench.agents.pi0.shipped import SHIPPED
from gen3d_bench.agents.policy import Policy
from gen3d_bench.extras import require
from gen3d_bench.scenes.io import sha256_of

PolicyFactory = Callable[[int], Policy]
"""Makes a policy from a seed."""


def _oracle(seed: int) -> Policy:
    from gen3d_bench.agents.oracle import OraclePolicy

    return OraclePolicy()


def _random(seed: int) -> Policy:
    from gen3d_bench.agents.random_policy import RandomPolicy

    return RandomPolicy(seed)


def _pi0(source: str, seed: int) -> Policy:
    require("pi0", "torch", "safetensors", "tokenizers", "huggingface_hub")
    from gen3d_bench.agents.pi0.policy import make_from

    return make_from(source, seed)


def _remote(address: str, seed: int) -> Policy:
    require("remote", "msgpack", "tenacity", "websockets")
    from gen3d_bench.agents.remote.client import RemotePolicy

    return RemotePolicy.connect(address)  # what it serves has a seed of its own


POLICIES: Mapping[str, PolicyFactory] = {
    "oracle": _oracle, "random": _random, "gen3d-pi0-small": partial(_pi0, "gen3d-pi0-small"),
}  # fmt: skip
KINDS: Mapping[str, Callable[[str, int], Policy]] = {"pi0": _pi0, "ws": _remote, "wss": _remote}
"""What stands before the colon of a name that says where a policy is -> what makes it of the name and a seed."""


class UnknownPolicyError(LookupError):
    """No policy has this name."""


def policy_factory(name: str) -> PolicyFactory:
    """The factory of a registered policy, of "pi0:<model folder or Hub repository>", of a server's address
    ("ws://host:port"), or of "package.module:factory"."""
    if name in POLICIES:
        return POLICIES[name]
    kind, separator, attribute = name.partition(":")
    if not separator:
        raise UnknownPolicyError(
            f'unknown policy {name!r}; there are {", ".join(POLICIES)}, "pi0:FOLDER" for a model of yours, '
            '"ws://host:port" for a policy server, or "package.module:factory" for one of your own'
        )
    if kind in ("http", "https"):
        raise UnknownPolicyError(f"policy servers speak over websockets: take {name.replace('http', 'ws', 1)}")
    if kind in KINDS:
        return partial(KINDS[kind], attribute if kind == "pi0" else name)
    try:
        factory = getattr(import_module(kind), attribute)
    except (ImportError, AttributeError) as error:
        raise UnknownPolicyError(f"cannot import policy {name!r}: {error}") from error
    if not callable(factory):
        raise UnknownPolicyError(f"{name!r} is not callable; it must take a seed and return a policy")
    made: PolicyFactory = factory
    return made


def policy_sha256(name: str) -> str | None:
    """What tells models apart that stand, one after the other, in the folder that a name means: the checksum of its
    config.json, which has those of the other files.  None for policies that are no model folder here."""
    kind, _, source = name.partition(":")
    if name not in SHIPPED and kind != "pi0":
        return None
    file = SHIPPED.get(source or name, Path(source).expanduser()) / "config.json"
    return sha256_of(file) if file.is_file() else None


def make_policy(name: str, seed: int = 0) -> Policy:
    """A policy by name; `seed` is for policies that choose at random."""
    return policy_factory(name)(seed)
