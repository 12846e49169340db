#!/bin/sh
# What a container of the image does: prepare, web, worker, healthy, or any
# other command (ckan …).
set -eu

case "${1:-web}" in
prepare)
    # Tables of CKAN, then those of its plugins and ours. Harmless when repeated.
    # CKAN does not start without the tables' database.
    python3 -m ckanext.odlocale.portal.tables_database
    ckan db upgrade
    exec ckan db pending-migrations --apply
    ;;
web)
    ckan translation js
    # The proxy in front is the only one that reaches this port (compose.yml).
    exec gunicorn ckanext.odlocale.portal.wsgi --bind 0.0.0.0:5000 \
        --workers "${WEB_PROCESSES:-2}" --threads "${WEB_THREADS:-4}" \
        --timeout 120 --access-logfile - --forwarded-allow-ips '*'
    ;;
worker)
    exec ckan jobs worker
    ;;
healthy)
    exec python3 -c "
import urllib.request
url = 'http://127.0.0.1:5000/api/3/action/status_show'
urllib.request.urlopen(url, timeout=8).read()"
    ;;
*)
    exec "$@"
    ;;
esac
