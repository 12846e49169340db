#!/bin/sh
# Build docker/ from packages, start it from nothing, walk through it by its proxy with
# TLS, restart each container, back up and restore; print times and sizes.
# Needs docker, docker-compose (1.29 or later); ports 80 and 443 of 127.0.0.1. Where no
# registry gives debian:bookworm-slim, debootstrap makes it (as root).
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
export COMPOSE_PROJECT_NAME=odlocaletest DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0
host=opendata.example.test
address=https://$host

if docker compose version >/dev/null 2>&1; then compose="docker compose"; else
    compose=docker-compose
fi
run() {
    $compose --env-file "$work/env" --file docker/compose.yml \
        --file docker/compose.build.yml "$@"
}
finish() {
    status=$?
    if [ $status -ne 0 ]; then
        run ps || true
        run logs --tail 40 || true
    fi
    run down --volumes --remove-orphans >/dev/null 2>&1 || true
    rm -rf "$work"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM
now() { date +%s; }
said() { printf '%-46s %s\n' "$1" "$2"; }
ask() { curl --silent --show-error --insecure --resolve "$host:443:127.0.0.1" "$@"; }
ready() {
    began=$(now)
    until ask --fail --output /dev/null "$address/sante" 2>/dev/null; do
        [ $(($(now) - began)) -lt "${PATIENCE:-300}" ] || {
            echo "not ready: $(ask "$address/sante" 2>&1 | head -c 600)" >&2
            exit 1
        }
        sleep 1
    done
}

docker info >/dev/null 2>&1 || {
    echo "Docker does not answer: start it (dockerd), or set DOCKER_HOST." >&2
    exit 2
}
if ! docker image inspect debian:bookworm-slim >/dev/null 2>&1 &&
    ! docker pull --quiet debian:bookworm-slim 2>/dev/null; then
    echo "No registry: debootstrap makes debian:bookworm-slim."
    debootstrap --variant=minbase bookworm "$work/root" >/dev/null
    # Authorities that this machine was told to trust are the base's too.
    cp /usr/local/share/ca-certificates/*.crt \
        "$work/root/usr/local/share/ca-certificates/" 2>/dev/null || true
    tar -C "$work/root" -c . | docker import - debian:bookworm-slim >/dev/null
    rm -rf "$work/root"
fi

secret() { od -An -tx1 -N24 /dev/urandom | tr -d ' \n'; }
password=$(secret)
sed -e "s#^SITE_URL=.*#SITE_URL=$address#" -e "s/^SECRET_KEY=.*/SECRET_KEY=$(secret)/" \
    -e "s/^POSTGRES_PASSWORD=.*/POSTGRES_PASSWORD=$(secret)/" \
    -e "s/^DATASTORE_WRITE_PASSWORD=.*/DATASTORE_WRITE_PASSWORD=$(secret)/" \
    -e "s/^DATASTORE_READ_PASSWORD=.*/DATASTORE_READ_PASSWORD=$(secret)/" \
    -e "s/^ATD_NAME=.*/ATD_NAME=Essai/" -e "s/^TLS=.*/TLS=tls internal/" \
    -e "s/^CONTACT_EMAIL=.*/CONTACT_EMAIL=a@example.test/" -e "s/^BIND=.*/BIND=127.0.0.1/" \
    -e "s/^ADMIN_NAME=.*/ADMIN_NAME=admin/" -e "s/^ADMIN_PASSWORD=.*/ADMIN_PASSWORD=$password/" \
    -e "s/^ADMIN_EMAIL=.*/ADMIN_EMAIL=admin@example.test/" \
    docker/.env.example >"$work/env"

began=$(now)
run build >"$work/build.log" 2>&1 || { tail -40 "$work/build.log" >&2; exit 1; }
said "built from packages" "$(($(now) - began)) s"
bytes=$(docker image inspect --format '{{.Size}}' ckanext-odlocale:local)
said "image of the portal" "$((bytes / 1000000)) MB"
[ "$bytes" -lt 900000000 ]

began=$(now)
run up --detach >/dev/null 2>&1 || { run up --detach; exit 1; }
ready
said "ready, first start (databases made)" "$(($(now) - began)) s"

# Not root, nothing writable but files and temporary ones, nothing of the network inside.
[ "$(run exec -T web id -u)" = 10001 ]
! run exec -T web sh -c 'touch /opt/odlocale/x /etc/x' 2>/dev/null
! run exec -T postgresql sh -c 'getent hosts deb.debian.org' >/dev/null
said "without root, read-only, stores shut in" "yes"

began=$(now)
run exec -T web ckan odlocale territory apply --departement 56 >"$work/territory" 2>&1 ||
    { tail -5 "$work/territory" >&2; exit 1; }
run exec -T web ckan user add agent "email=agent@example.test" "password=$password" \
    fullname=Agent >/dev/null 2>&1
run exec -T web python3 - >"$work/member" 2>&1 <<'PYTHON' || { tail -5 "$work/member"; exit 1; }
import os
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
app = make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config())._wsgi_app
import ckan.plugins.toolkit as tk
with app.test_request_context():
    admin = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    tk.get_action("organization_member_create")(
        {"user": admin},
        {"id": "crach-56046", "username": "agent", "role": "editor"})
PYTHON
said "territory of 250 communes, an agent" "$(($(now) - began)) s"
walk() { .venv/bin/python tests/docker_walk.py "$address" agent "$password" "$1" "$work/state"; }
walk publish
said "walk by the proxy, with TLS" "passed"

for name in web worker valkey solr postgresql proxy daily; do
    run restart $name >/dev/null 2>&1
    began=$(now)
    ready
    walk check
    said "restart of $name: nothing lost" "ready in $(($(now) - began)) s"
done

run exec -T web odlocale backup /var/lib/odlocale/backup.tar 2>&1 | tail -1
run exec -T web cat /var/lib/odlocale/backup.tar >"$work/backup.tar"
run down --volumes >/dev/null 2>&1
began=$(now)
run up --detach >/dev/null 2>&1
ready
said "ready, warm (images built)" "$(($(now) - began)) s"
began=$(now)
run stop web worker daily >/dev/null 2>&1
run run --rm -T -v "$work/backup.tar:/tmp/backup.tar:ro" web \
    odlocale restore /tmp/backup.tar 2>&1 | grep -v "^Creating\|INFO"
run start web worker daily >/dev/null 2>&1
ready
walk check
said "restored in an empty portal, walked through" "$(($(now) - began)) s"
