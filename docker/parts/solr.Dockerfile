# Solr from Maven's central repository, each library compared with its checksum, on
# Debian's Java: what the trial portal runs.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates openjdk-17-jre-headless python3 python3-venv socat \
    && rm -rf /var/lib/apt/lists/*
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    PATH=/opt/solr/bin:$PATH
WORKDIR /source
COPY requirements/portal.txt requirements/portal.txt
RUN sed --quiet --regexp-extended \
        's/^([A-Za-z0-9._-]+(\[[^]]*\])?==[^\\]*[^\\ ]) *\\?$/\1/p' \
        requirements/portal.txt > constraints.txt \
    && python3 -m venv /opt/solr \
    && pip install --no-cache-dir --constraint constraints.txt "jgo[cli]" JPype1
# The libraries first: they take minutes, and change with jars.sha256 alone.
COPY ckanext/odlocale/portal/downloads.py /opt/solr/code/ckanext/odlocale/portal/
COPY ckanext/odlocale/portal/solr/jars.sha256 \
    /opt/solr/code/ckanext/odlocale/portal/solr/
RUN PYTHONPATH=/opt/solr/code python3 -c "from pathlib import Path; \
from ckanext.odlocale.portal.downloads import ensure_solr_jars; \
ensure_solr_jars(Path('/opt/solr/cache'))" \
    && useradd --system --uid 8983 --create-home --home-dir /var/solr solr
COPY ckanext/odlocale/portal/solr_server.py /opt/solr/code/ckanext/odlocale/portal/
COPY ckanext/odlocale/portal/solr/ /opt/solr/code/ckanext/odlocale/portal/solr/
COPY docker/parts/solr.sh /usr/local/bin/start
USER solr
VOLUME /var/solr
EXPOSE 8983
CMD ["start"]
