"""Runs in an environment with openpi's client and its old numpy, where gen3d_bench is not: HOST PORT COUNT [KEY].

Prints one JSON object: the server's metadata, and the shape and a few values of the actions of each observation.
"""

import json
import sys

import numpy as np
from openpi_client import image_tools
from openpi_client.action_chunk_broker import ActionChunkBroker
from openpi_client.websocket_client_policy import WebsocketClientPolicy

host, port, count, *key = sys.argv[1:]
policy = WebsocketClientPolicy(host, int(port), api_key=key[0] if key else None)
metadata = policy.get_server_metadata()
policy.reset()
answers = []
for k in range(int(count)):
    picture = np.full((48, 64, 3), 51 * k, np.uint8)
    answer = policy.infer({
        "observation/image": image_tools.resize_with_pad(picture, 48, 64),
        "observation/state": np.full(7, k / 4, np.float32),
        "prompt": "put it there",
    })
    answers.append({"shape": answer["actions"].shape, "dtype": str(answer["actions"].dtype),
                    "first": answer["actions"][0, :2].tolist(), "timing": sorted(answer.get("server_timing", {}))})
broker = ActionChunkBroker(policy, action_horizon=metadata["action_space"]["horizon"])
single = broker.infer({"observation/image": picture, "observation/state": np.zeros(7, np.float32), "prompt": "go"})
print(json.dumps({"numpy": np.__version__, "metadata": metadata, "answers": answers,
                  "single": list(single["actions"].shape)}))
