#!/bin/sh
# Resolve anew the exact versions of the embedded portal and of its tests.
set -eu
uv=$(command -v uv || echo "${ODLOCALE_CACHE:-$HOME/.cache/odlocale}/uv/bin/uv")
"$uv" pip compile --quiet --upgrade --universal --python-version 3.10 \
    --override requirements/overrides.txt --extra portal --extra test \
    --generate-hashes --no-header --no-annotate \
    --output-file requirements/portal.txt pyproject.toml requirements/portal.in
