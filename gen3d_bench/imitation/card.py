"""The data card of a set of demonstrations: what they are of and how they came to be."""

from __future__ import annotations

from collections.abc import Sequence

from gen3d_bench import __version__
from gen3d_bench.imitation.config import RecordConfig
from gen3d_bench.imitation.episode_file import EpisodeFacts


def dataset_card(config: RecordConfig, episodes: Sequence[EpisodeFacts]) -> str:
    """README.md of the dataset.  episodes: all that were recorded, failures too."""
    kept = [facts for facts in episodes if facts.kept]
    frames = sum(facts.steps for facts in kept)
    scenes = {facts.scene_id for facts in episodes}
    short = sorted(scenes - {facts.scene_id for facts in kept})
    height, width = config.image_size
    return f"""---
license: apache-2.0
task_categories:
- robotics
tags:
- LeRobot
- gen3d-bench
configs:
- config_name: default
  data_files: data/*/*.parquet
---

# Demonstrations of gen3d-bench's oracle

{len(kept)} episodes ({frames} frames at 5 Hz) of a simulated WidowX 250 S that puts one object on or in another, in
{len(scenes)} generated worlds, in the LeRobot dataset format v3.0.

| | |
|---|---|
| scenes | {", ".join(config.scenes)} |
| episodes recorded / kept | {len(episodes)} / {len(kept)} ({len(kept) / len(episodes):.1%}): {_which(config)} |
| scenes without a success | {", ".join(short) or "none"} |
| steps of an episode | {min(f.steps for f in kept)} to {max(f.steps for f in kept)}, mean {frames / len(kept):.1f} |
| pictures | {height} x {width}, third-person Bridge camera, PNG |
| domain randomization | {config.randomization} |
| noise of an episode | uniform in [0, {config.noise:g}], where 1 is a standard deviation of 2 cm and 0.1 rad a step |
| seed | {config.seed} |
| gen3d-bench | {__version__} |

`observation.state` is the end effector's xyz (m), roll, pitch, yaw (rad, Bridge's convention) and the gripper's
openness. `action` is what the oracle wanted: delta xyz (m), delta rotation vector (rad), gripper (1 open, 0 closed).
`executed_action` is what was done, with noise: replaying it from an episode's `scene_id` and `seed`
(`meta/episodes`) gives the same states and pictures, bit for bit (`gen3d demos replay`). `source` and `target`
there say where the two objects of the task stand at the beginning (m).

Made with

```sh
gen3d demos record --scenes {" ".join(config.scenes)} --episodes {config.episodes} --seed {config.seed} \\
    --steps {config.steps} --noise {config.noise:g} --randomization {config.randomization} --image-size {height} {width}
```
"""


def _which(config: RecordConfig) -> str:
    return f"the first {config.steps} steps, success or not" if config.steps else "only successes are kept"
