"""What importing costs, and which rooms may know of which."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gen3d_bench

PACKAGE = Path(gen3d_bench.__file__).parent
HEAVY = (
    "sapien", "torch", "mani_skill", "scipy", "matplotlib", "trimesh", "cv2", "statsmodels", "imageio", "jinja2",
    "openai", "ray", "skimage", "viser", "coacd", "huggingface_hub", "pyarrow", "pandas", "tokenizers", "safetensors",
    "peft", "websockets", "msgpack", "tensorboard",
)

EVERYBODYS = {"__version__", "cache", "extras", "machine", "registration"}
"""What every room may import: they are of no room and import none."""
MAY_IMPORT = {
    "scenes": {"scenes"},
    "worldgen": {"worldgen", "evaluation", "agents", "envs", "scenes", "doctor"},
    "doctor": {"doctor"},
    "envs": {"envs", "scenes", "doctor"},
    "agents": {"agents", "envs", "scenes"},
    "evaluation": {"evaluation", "agents", "envs", "scenes"},
    "imitation": {"imitation", "evaluation", "agents", "envs", "scenes"},
    "hf_assets": {"hf_assets", "envs", "scenes", "doctor"},
    "cli": {"cli", "doctor", "worldgen", "hf_assets", "imitation", "evaluation", "agents", "envs", "scenes"},
}
"""Room -> rooms that it may import.  Arrows run downwards only; generators are found by name, not imported."""


@pytest.mark.parametrize(
    "statement",
    [
        "import gen3d_bench",
        "from gen3d_bench.cli import parse; parse(['eval'])",
        "from gen3d_bench.agents.registry import POLICIES",
        "from gen3d_bench.scenes.resolve import resolve_scenes; resolve_scenes('H0/ood')",
        "from gen3d_bench.hf_assets.scenes import load_scene_set",
    ],
)
def test_nothing_heavy_is_imported(statement: str) -> None:
    code = f"{statement}\nimport sys; print(*sorted(set({HEAVY}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_help_imports_nothing_heavy() -> None:
    code = f"""
import sys
from gen3d_bench.cli import main
try:
    main(["--help"])
except SystemExit:
    print("loaded:", *sorted(set({HEAVY}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == "loaded:"


def rooms() -> list[str]:
    return sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())


def test_every_room_has_a_rule() -> None:
    assert set(rooms()) <= set(MAY_IMPORT)


@pytest.mark.parametrize(("room", "known"), [
    ("worldgen/procedural", {"worldgen.procedural", "scenes"}),
    ("worldgen/designer", {"worldgen.designer", "worldgen.procedural", "scenes"}),
])
def test_the_rooms_of_worldgen_keep_apart(room: str, known: set[str]) -> None:
    allowed = tuple(f"gen3d_bench.{name}." for name in known | EVERYBODYS)
    wrong = [
        f"{file.relative_to(PACKAGE)} imports {module}"
        for file in sorted((PACKAGE / room).rglob("*.py"))
        for module in imported_modules(file)
        if module.startswith("gen3d_bench.") and not f"{module}.".startswith(allowed)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", rooms())
def test_arrows_run_downwards(room: str) -> None:
    wrong = [
        f"{file.relative_to(PACKAGE)} imports {module}"
        for file in sorted((PACKAGE / room).rglob("*.py"))
        for module in imported_modules(file)
        if module.startswith("gen3d_bench.") and module.split(".")[1] not in MAY_IMPORT[room] | EVERYBODYS
    ]
    assert wrong == []


def imported_modules(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (
                f"{node.module}.{alias.name}" if node.module == "gen3d_bench" else node.module for alias in node.names
            )


def test_root_links_lead_to_the_rooms() -> None:
    root = PACKAGE.parent
    if not (root / "pyproject.toml").exists():
        pytest.skip("not a checkout")
    for link in ("envs", "agents", "hf_assets"):
        assert (root / link).resolve() == PACKAGE / link
