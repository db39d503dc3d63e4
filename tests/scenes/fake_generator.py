"""An asset generator of a few bytes.  Prompts steer it: "slow ..." takes its time, "fail" raises, "hang" never ends."""

import os
import time
from pathlib import Path

from gen3d_bench.scenes.schema import AssetInfo

VERSION = 3


def generate(prompt: str, seed: int, folder: Path) -> AssetInfo:
    log = os.environ.get("FAKE_GENERATOR_LOG")
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{prompt} {seed}\n")
    (folder / "visual.glb").write_bytes(f"mesh of {prompt} {seed}".encode() * 50)
    if prompt == "fail":
        raise ValueError("no shape family makes 'fail'")
    if prompt == "hang":
        time.sleep(600)
    if prompt.startswith("slow"):
        time.sleep(0.5)
    (folder / "collision.obj").write_text(f"o part\n# {prompt}\n", encoding="utf-8")
    return AssetInfo(kind="object", name=prompt, category=prompt, size=(0.1, 0.1, 0.1), mass=0.1, parts=1)
