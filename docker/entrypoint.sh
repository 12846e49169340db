#!/bin/sh
# What a container of the image does: prepare, web, worker, daily, healthy, or any
# other command (ckan …, odlocale backup …).
set -eu

case "${1:-web}" in
prepare)
    # Tables of CKAN, then those of its plugins and ours. Harmless when repeated.
    # CKAN does not start without the tables' database.
    python3 -m ckanext.odlocale.portal.tables_database
    ckan db upgrade
    ckan db pending-migrations --apply
    if [ -n "${ADMIN_NAME:-}" ] && ! ckan user show "$ADMIN_NAME" 2>/dev/null |
        grep -q "name="; then
        # Made first: `sysadmin add` asks a question where there is no such account.
        ckan user add "$ADMIN_NAME" "email=${ADMIN_EMAIL:?}" \
            "password=${ADMIN_PASSWORD:?}" </dev/null
        ckan sysadmin add "$ADMIN_NAME" </dev/null
    fi
    ;;
web)
    mkdir -p /tmp/odlocale-i18n
    ckan translation js
    # The proxy in front is the only one that reaches this port (compose.yml).
    exec gunicorn ckanext.odlocale.portal.wsgi --bind 0.0.0.0:5000 \
        --workers "${WEB_PROCESSES:-2}" --threads "${WEB_THREADS:-4}" \
        --timeout 120 --worker-tmp-dir /dev/shm --no-control-socket \
        --forwarded-allow-ips '*'
    ;;
worker)
    exec ckan jobs worker
    ;;
daily)
    # What cron does elsewhere: each ten minutes, and once a day.
    last=
    while :; do
        ckan odlocale publishing retry || true
        ckan odlocale tables settle || true
        today=$(date +%F)
        if [ "$today" != "$last" ] && [ "$(date +%H)" -ge "${DAILY_HOUR:-4}" ]; then
            ckan odlocale people daily || true
            ckan odlocale publishing daily || true
            ckan odlocale publishing remind || true
            ckan odlocale publishing digest || true
            last=$today
        fi
        sleep 600
    done
    ;;
healthy)
    # Alive is enough for a restart to make sense: /sante says which server is down.
    exec python3 -c "
import urllib.request
urllib.request.urlopen('http://127.0.0.1:5000/sante/vie', timeout=8).read()"
    ;;
*)
    exec "$@"
    ;;
esac
