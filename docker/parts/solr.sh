#!/bin/sh
# The French configuration is copied anew at each start, as in compose.yml.
set -eu
code=/opt/solr/code/ckanext/odlocale/portal
mkdir -p /var/solr/ckan/conf
cp "$code/solr/solr.xml" /var/solr/solr.xml
cp -R "$code/solr/conf/." /var/solr/ckan/conf
echo name=ckan >/var/solr/ckan/core.properties
export PYTHONPATH=/opt/solr/code
# Solr's launcher listens on this container's own address alone.
socat TCP-LISTEN:8983,fork,reuseaddr TCP:127.0.0.1:8984 &
exec python3 -m ckanext.odlocale.portal.solr_server \
    --home /var/solr --port 8984 --jars /opt/solr/cache/solr-9.10.1 \
    --java /usr/lib/jvm/java-17-openjdk-amd64/lib/server/libjvm.so
