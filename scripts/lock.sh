#!/bin/sh
# Writes constraints.txt: exact versions for every extra, one file for Python 3.10-3.12 on Linux x86-64.
set -eu
cd "$(dirname "$0")/.."
pinned=$(mktemp)
trap 'rm -f "$pinned"' EXIT
# Old pins are not an input: this is a fresh resolution to the newest versions that fit.
.venv/bin/uv pip compile --quiet --universal --all-extras --python-version 3.10 \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml --output-file "$pinned"
{
    echo "# Exact versions for every extra on Linux x86-64, Python 3.10-3.12. Written by 'make lock' from pyproject.toml."
    # Every line repeats the platform named in pyproject.toml; without it the pins are easier to read.
    sed -e "s/ ; python_full_version < '3.13' and platform_machine == 'x86_64' and platform_python_implementation == 'CPython' and sys_platform == 'linux'//" \
        -e "s/ and platform_machine == 'x86_64' and platform_python_implementation == 'CPython' and sys_platform == 'linux'//" "$pinned"
} > constraints.txt
echo "constraints.txt: $(grep -c '==' constraints.txt) pins"
