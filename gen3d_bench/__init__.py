"""gen3d_bench: generated 3D worlds for training and judging robot vision-language-action models.

Importing the package registers its Gymnasium ids and imports no simulator:

    import gymnasium as gym
    import gen3d_bench

    env = gym.make("Gen3D-PickPlace-v0")
"""

from gen3d_bench.registration import register_envs

__version__ = "0.1.0"

register_envs()
