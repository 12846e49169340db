"""The ckanext-dcat profile ``odlocale_datagouv``: DCAT-AP 3 as udata reads it.

It serves ckanext-dcat's own addresses (``/catalog.ttl``, ``/dataset/<name>.ttl``),
named by ``ckanext.dcat.rdf.profiles``; our feeds write the same triples. Reading RDF
is left to ckanext-dcat.
"""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
from ckanext.dcat.profiles import EuropeanDCATAP3Profile
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF

from ckanext.odlocale.datagouv.description import describe
from ckanext.odlocale.datagouv.feed import PREFIXES
from ckanext.odlocale.datagouv.graph import add_dataset
from ckanext.odlocale.datagouv.model import UTC, current_portal, read_publishers
from ckanext.odlocale.datagouv.vocabularies import FRENCH


class DatagouvProfile(EuropeanDCATAP3Profile):  # type: ignore[misc]
    """What data.gouv.fr keeps of a dataset, and nothing that it refuses."""

    def graph_from_dataset(
        self, dataset_dict: dict[str, Any], dataset_ref: URIRef
    ) -> None:
        """Add a dataset to the graph.

        :param dataset_dict: as ``package_show`` returns it.
        :param dataset_ref: the node that ckanext-dcat gives the dataset.
        """
        self._bind_prefixes()
        owner = dataset_dict.get("owner_org")
        publishers = read_publishers([owner]) if owner else {}
        portal = current_portal()
        description = describe(
            dataset_dict,
            publishers.get(owner or ""),
            portal,
            now=datetime.datetime.now(UTC),
            uri=str(dataset_ref),
        )
        add_dataset(self.g, description, portal)

    def graph_from_catalog(
        self, catalog_dict: dict[str, Any] | None, catalog_ref: URIRef
    ) -> None:
        """Add the portal's catalogue to the graph, with its publisher."""
        self._bind_prefixes()
        language = {**(catalog_dict or {}), "language": FRENCH}
        super().graph_from_catalog(language, catalog_ref)
        self.g.add((URIRef(FRENCH), RDF.type, DCTERMS.LinguisticSystem))
        portal = current_portal()
        if (catalog_ref, DCTERMS.description, None) not in self.g:
            text = tk._("All the data that {name} publishes.").format(
                name=portal.title or portal.site_url
            )
            self.g.add((catalog_ref, DCTERMS.description, Literal(text)))
        for page in self.g.objects(catalog_ref, FOAF.homepage):
            self.g.add((page, RDF.type, FOAF.Document))
        publisher = URIRef(f"{portal.site_url}/#portail")
        self.g.add((catalog_ref, DCTERMS.publisher, publisher))
        self.g.add((publisher, RDF.type, FOAF.Agent))
        self.g.add((publisher, FOAF.name, Literal(portal.title or portal.site_url)))

    def _bind_prefixes(self) -> None:
        for prefix, namespace in PREFIXES.items():
            self.g.bind(prefix, namespace)
