"""Policies by name.  A policy's module is imported when the policy is made, so the list itself costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from gen3d_bench.agents.policy import Policy

PolicyFactory = Callable[[int], Policy]
"""Makes a policy from a seed."""


def _oracle(seed: int) -> Policy:
    from gen3d_bench.agents.oracle import OraclePolicy

    return OraclePolicy()


def _random(seed: int) -> Policy:
    from gen3d_bench.agents.random_policy import RandomPolicy

    return RandomPolicy(seed)


POLICIES: Mapping[str, PolicyFactory] = {"oracle": _oracle, "random": _random}


class UnknownPolicyError(LookupError):
    """No policy has this name."""


def policy_factory(name: str) -> PolicyFactory:
    """The factory of a registered policy, or of "package.module:factory"."""
    if name in POLICIES:
        return POLICIES[name]
    module_name, separator, attribute = name.partition(":")
    if not separator:
        raise UnknownPolicyError(
            f'unknown policy {name!r}; there are {", ".join(POLICIES)}, or "package.module:factory" for one of your own'
        )
    try:
        factory = getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise UnknownPolicyError(f"cannot import policy {name!r}: {error}") from error
    if not callable(factory):
        raise UnknownPolicyError(f"{name!r} is not callable; it must take a seed and return a policy")
    made: PolicyFactory = factory
    return made


def make_policy(name: str, seed: int = 0) -> Policy:
    """A policy by name; `seed` is for policies that choose at random."""
    return policy_factory(name)(seed)
