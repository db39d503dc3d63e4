"""Models that come with the package."""

from __future__ import annotations

from pathlib import Path

SHIPPED = {"gen3d-pi0-small": Path(__file__).parent / "data/gen3d-pi0-small"}
"""Name -> model folder."""
