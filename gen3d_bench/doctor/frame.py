"""Tries the simulator for real: `python -m gen3d_bench.doctor.frame` steps a falling box, then draws it.

Run in a process of its own, because a broken driver hangs or crashes.  Prints one JSON line per thing that worked.
"""

from __future__ import annotations

import json
import time

from gen3d_bench.doctor.rendering import prepare_libraries, require_rendering

EARTH = -9.81


def simulate() -> float:
    """Seconds that it took to import SAPIEN and let a box fall for a tenth of a second."""
    prepare_libraries()
    start = time.perf_counter()
    import sapien

    scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])
    scene.set_timestep(0.01)
    builder = scene.create_actor_builder()
    builder.add_box_collision(half_size=[0.1, 0.1, 0.1])
    box = builder.build(name="box")
    for _ in range(10):
        scene.step()
    if not EARTH * 0.01 < box.pose.p[2] < 0:
        raise RuntimeError(f"a box that fell for 0.1 s should be some 5 cm lower, it moved {box.pose.p[2]:.3f} m")
    return time.perf_counter() - start


def draw() -> float:
    """Seconds that it took to set up and draw a lit red box at 64 x 64."""
    require_rendering()
    start = time.perf_counter()
    import sapien

    sapien.render.set_camera_shader_dir("minimal")
    scene = sapien.Scene([sapien.physx.PhysxCpuSystem(), sapien.render.RenderSystem()])
    scene.set_ambient_light([1.0, 1.0, 1.0])
    box = scene.create_actor_builder()
    box.add_box_visual(half_size=[0.2, 0.2, 0.2], material=[1.0, 0.0, 0.0])
    box.build_static(name="box").set_pose(sapien.Pose([1.0, 0.0, 0.0]))
    camera = scene.add_camera("camera", 64, 64, 1.0, 0.01, 10.0)
    scene.update_render()
    camera.take_picture()
    red, green, blue, _alpha = camera.get_picture("Color")[32, 32]
    if not (red > 2 * green and red > 2 * blue):
        raise RuntimeError(f"the middle of the picture should be red, it is ({red}, {green}, {blue})")
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps({"simulate": simulate()}), flush=True)
    print(json.dumps({"render": draw()}), flush=True)
