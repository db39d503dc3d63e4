"""`gen3d serve`: a policy for whoever asks."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gen3d_bench.cli.output import INTERRUPTED, messages
from gen3d_bench.evaluation.config import SettingError, require_at_least
from gen3d_bench.extras import require

if TYPE_CHECKING:
    from gen3d_bench.agents.policy import Policy


@dataclass(frozen=True)
class Serve:
    """Serve a policy over websockets, by openpi's protocol: its clients work, and `gen3d eval --policy ws://host:port`.

    Set GEN3D_API_KEY, on both sides, so that only those who know it are answered.  Ctrl-C ends.
    """

    policy: str
    """As in `gen3d eval`: "gen3d-pi0-small", "pi0:FOLDER", or "package.module:factory" for one of your own that goes
    by pictures."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 for other machines to reach it."""
    port: int = 8000
    """0 takes a free one."""
    seed: int = 0
    """For policies that choose at random; with that of `gen3d eval` they choose as they would there."""
    max_batch: int = 16
    """Observations of different clients that are answered together."""
    max_wait_ms: float = 4.0
    """How long an observation waits for those of other clients."""
    image_size: tuple[int, int] = (224, 224)
    """Height and width of the picture to warm up with (pixels)."""
    compiled: bool = False
    """Compile the model (torch.compile): warming up takes minutes and, on a CPU, a C++ compiler; answers come sooner.
    Of pi0 only."""

    def run(self) -> int:
        require("remote", "msgpack", "tenacity", "websockets")
        from gen3d_bench.agents.registry import make_policy
        from gen3d_bench.agents.remote.protocol import API_KEY_VARIABLE
        from gen3d_bench.agents.remote.server import ServerConfig, serve_policy

        if not 0 <= self.port < 2**16:
            raise SettingError(f"port: {self.port} is not between 0 and 65535")
        require_at_least(1, max_batch=self.max_batch)
        require_at_least(0, seed=self.seed)
        if self.max_wait_ms < 0 or min(self.image_size) < 1:
            raise SettingError(f"max_wait_ms and image_size: {self.max_wait_ms:g} and {self.image_size} must not be "
                               "negative, nor a side of the picture 0")
        if ":" in self.policy:
            sys.path.insert(0, os.getcwd())
        # Compiled for one observation, then for two, then for any number.
        sizes = tuple(range(1, 1 + (min(3, self.max_batch) if self.compiled else 1)))
        config = ServerConfig(self.host, self.port, self.max_batch, self.max_wait_ms,
                              os.environ.get(API_KEY_VARIABLE), sizes, self.image_size)

        def make() -> Policy:
            policy = make_policy(self.policy, self.seed)
            if self.compiled:
                self._compile(policy)
            return policy

        began = time.perf_counter()

        def ready(policy: Policy, address: str) -> None:
            guarded = "with an API key" if config.api_key else "no API key"
            seconds = time.perf_counter() - began
            messages().print(f"{policy.name} at {address} ({guarded}; warm after {seconds:.1f} s). Judge it with\n"
                             f"  gen3d eval --policy {address}", highlight=False, markup=False, soft_wrap=True)

        try:
            serve_policy(make, config, ready)
        except KeyboardInterrupt:  # before it was ready: what loads or compiles cannot be interrupted, only left
            os._exit(INTERRUPTED)
        return 0

    def _compile(self, policy: Policy) -> None:
        from gen3d_bench.agents.pi0.policy import Pi0Policy

        if not isinstance(policy, Pi0Policy):
            raise SettingError(f"compiled: {policy.name} is not pi0, and cannot be compiled here")
        policy.compile()
        messages().print("compiling, which takes minutes", highlight=False, markup=False)
