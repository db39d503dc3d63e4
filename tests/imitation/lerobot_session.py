"""Runs in an environment with LeRobot's library, where gen3d_bench is not: DATASET.  Prints what it reads, as JSON."""

import json
import sys

import numpy as np
import torch
from lerobot.datasets.lerobot_dataset import LeRobotDataset

dataset = LeRobotDataset("gen3d/demos", root=sys.argv[1], delta_timestamps={"action": [0, 0.2, 0.4, 0.6]})
first, last = dataset[0], dataset[len(dataset) - 1]
picture = first["observation.images.image"]
batch = next(iter(torch.utils.data.DataLoader(dataset, batch_size=4)))
print(json.dumps({
    "frames": len(dataset), "episodes": dataset.num_episodes, "fps": dataset.fps,
    "picture": list(picture.shape), "brightest": float(picture.max()),
    "state": np.asarray(last["observation.state"]).tolist(), "actions": np.asarray(first["action"]).tolist(),
    "beyond_the_end": np.asarray(last["action_is_pad"]).tolist(), "tasks": [first["task"], last["task"]],
    "batch": list(batch["observation.images.image"].shape),
    "mean": np.asarray(dataset.meta.stats["action"]["mean"]).tolist(),
}))
