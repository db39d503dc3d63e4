"""Programs that behave like EmbodiedGen's text3d-cli, well or badly: real ones, found on the PATH."""

from __future__ import annotations

import sys
from pathlib import Path

HEAD = f"""#!{sys.executable}
import argparse, os, shutil, subprocess, sys, time
parser = argparse.ArgumentParser()
for name in ("prompts", "asset_names"):
    parser.add_argument(f"--{{name}}", nargs="+")
for name in ("output_root", "seed_img", "seed_3d"):
    parser.add_argument(f"--{{name}}")
args = parser.parse_args()
stem = args.asset_names[0].replace(" ", "_")
result = os.path.join(args.output_root, "asset3d", stem, "result")
"""

BODIES = {
    "ok": "shutil.copytree({asset!r}, result)\n"
          "os.rename(os.path.join(result, 'thing.urdf'), os.path.join(result, stem + '.urdf'))\n"
          "open({log!r}, 'a').write(repr(vars(args)) + chr(10))\n",
    "fails": "print('loading models', file=sys.stderr)\n"
             "print('CUDA out of memory', file=sys.stderr)\nsys.exit(3)\n",
    "slow": "child = subprocess.Popen(['sleep', '60'])\n"
            "open({log!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
            "print('still denoising', file=sys.stderr, flush=True)\ntime.sleep(60)\n",
    "partial": "os.makedirs(os.path.join(result, 'mesh'))\n"
               "open(os.path.join(result, stem + '.urdf'), 'w').write('<robot name=')\n",
    "no mesh": "shutil.copytree({asset!r}, result)\nshutil.rmtree(os.path.join(result, 'mesh'))\n",
    "nothing": "print('done', file=sys.stderr)\n",
    "garbage": "shutil.copytree({asset!r}, result)\n"
               "open(os.path.join(result, 'mesh', 'thing.obj'), 'wb').write(bytes(range(256)) * 40)\n",
    "loud": "sys.stderr.write('x' * 50_000_000 + chr(10) + 'the end')\nsys.exit(1)\n",
}


def program(folder: Path, behaviour: str, asset: Path, log: Path) -> None:
    """Puts `text3d-cli` into a folder.  asset: folder of a URDF called thing.urdf, which "ok" copies."""
    folder.mkdir(exist_ok=True)
    file = folder / "text3d-cli"
    file.write_text(HEAD + BODIES[behaviour].format(asset=str(asset), log=str(log)))
    file.chmod(0o755)
