"""Small scenes for tests."""

from typing import Any

from gen3d_bench.scenes.schema import Scene

FAKE = {"fake": "tests.scenes.fake_generator"}


def asset(prompt: str, seed: int = 0, generator: str = "procedural") -> dict[str, Any]:
    return {"generator": generator, "prompt": prompt, "seed": seed}


def scene_dict(generator: str = "procedural") -> dict[str, Any]:
    """A valid scene as it stands in a file: a pen, a pen holder and a book."""
    names = {"pen": "source", "pen holder": "target", "book": "distractor"}
    return {
        "schema_version": 1,
        "id": "desk",
        "instruction": "put the pen in the pen holder",
        "background": asset("office room", 0, generator),
        "table": asset("oak table", 1, generator),
        "objects": [{"name": name, "role": role, "asset": asset(name, 2 + i, generator)}
                    for i, (name, role) in enumerate(names.items())],
        "relations": [{"subject": "pen", "relation": "IN", "object": "pen holder"}],
    }


def fake_scene() -> Scene:
    """The same scene with assets from the fake generator."""
    return Scene.model_validate(scene_dict("fake"))
