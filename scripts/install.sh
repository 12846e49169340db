#!/bin/sh
# Install the locked versions in .venv, with uv, from any Python 3.10 or later.
# usage: scripts/install.sh PYTHON
set -eu
python=$1
cache=${ODLOCALE_CACHE:-$HOME/.cache/odlocale}

fail() {
    printf '%s\n' "$@" >&2
    exit 2
}

start=$(date +%s)
command -v "$python" >/dev/null 2>&1 ||
    fail "Python est introuvable ($python)." \
        "Installez Python 3.10 ou plus récent, ou indiquez-le : make portal PYTHON=/chemin/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$("$python" --version) est trop ancien : il faut Python 3.10 ou plus récent." \
        "Indiquez-en un autre : make portal PYTHON=python3.11"

free_kb=$(df -Pk . | awk 'NR == 2 {print $4}')
[ "$free_kb" -ge 1500000 ] || [ -x .venv/bin/odlocale ] ||
    fail "Il reste $((free_kb / 1000)) Mo sur ce disque, il en faut 1 500." \
        "Libérez de la place, puis recommencez."

if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    # A tool of our own, kept in the cache: nothing of the user's is touched.
    uv=$cache/uv/bin/uv
    if ! [ -x "$uv" ]; then
        printf '  … %s\n' "uv, l'installateur" >&2
        mkdir -p "$cache"
        rm -rf "$cache/uv"
        "$python" -m venv "$cache/uv" >/dev/null ||
            fail "Le module venv de Python manque." \
                "Sous Debian ou Ubuntu : apt install python3-venv"
        "$cache/uv/bin/pip" install --quiet --disable-pip-version-check \
            --require-hashes --requirement requirements/uv.txt ||
            fail "uv n'a pas pu être téléchargé. Vérifiez le réseau ou le serveur mandataire (proxy)."
    fi
fi

printf '  … %s\n' "CKAN et ses bibliothèques" >&2
[ -x .venv/bin/python ] || "$uv" venv --quiet --python "$python" .venv
"$uv" pip sync --quiet --python .venv/bin/python --require-hashes requirements/portal.txt ||
    fail "L'installation s'est arrêtée. Vérifiez le réseau, puis recommencez : rien n'est perdu."
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation \
    --editable .
touch .venv/installed
printf '  ✓ %-44s%5s   s\n' "CKAN et ses bibliothèques" "$(($(date +%s) - start))" >&2
