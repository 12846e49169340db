"""The words of the feeds: those that udata 17.18 recognises, and no other.

udata keeps a licence, a frequency or a format only where its address is one that it
knows, letter for letter. Each table below was checked against its code and is checked
again by ``tests/contracts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EU_AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
FREQUENCY: Final = EU_AUTHORITY + "frequency/"
FILE_TYPE: Final = EU_AUTHORITY + "file-type/"
DATA_THEME: Final = EU_AUTHORITY + "data-theme/"
LANGUAGE: Final = EU_AUTHORITY + "language/"
PUBLIC_ACCESS: Final = EU_AUTHORITY + "access-right/PUBLIC"
MEDIA_TYPE: Final = "https://www.iana.org/assignments/media-types/"
FRENCH: Final = LANGUAGE + "FRA"

# CKAN's licence identifier to the address that udata's `License.guess` knows. SPDX,
# Creative Commons and European licence addresses all give "notspecified".
LICENCES: Final[Mapping[str, str]] = {
    "lov2": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    "etalab-2.0": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    "fr-lo": (
        "https://www.etalab.gouv.fr/wp-content/uploads/2014/05/Licence_Ouverte.pdf"
    ),
    "odc-odbl": "https://opendatacommons.org/licenses/odbl/",
    "odc-by": "http://opendatacommons.org/licenses/by/summary/",
    "odc-pddl": "http://opendatacommons.org/licenses/pddl/summary/",
    "cc-by": "http://www.opendefinition.org/licenses/cc-by",
    "cc-by-sa": "http://www.opendefinition.org/licenses/cc-by-sa",
    "cc-zero": "http://www.opendefinition.org/licenses/cc-zero",
}

# udata's EUFREQ_TERM_TO_UDATA (core/dataset/rdf.py), case-sensitive. WEEKLY_4 and the
# like, absent here, are lost.
FREQUENCIES: Final = frozenset(
    [
        "1MIN",
        "5MIN",
        "10MIN",
        "15MIN",
        "30MIN",
        "12HRS",
        "HOURLY",
        "BIHOURLY",
        "TRIHOURLY",
        "UPDATE_CONT",
        "CONT",
        "DAILY",
        "DAILY_2",
        "DAILY_3",
        "WEEKLY",
        "WEEKLY_2",
        "WEEKLY_3",
        "WEEKLY_5",
        "BIWEEKLY",
        "MONTHLY",
        "MONTHLY_2",
        "MONTHLY_3",
        "BIMONTHLY",
        "QUARTERLY",
        "ANNUAL",
        "ANNUAL_2",
        "ANNUAL_3",
        "BIENNIAL",
        "TRIENNIAL",
        "QUADRENNIAL",
        "QUINQUENNIAL",
        "DECENNIAL",
        "BIDECENNIAL",
        "TRIDECENNIAL",
        "AS_NEEDED",
        "IRREG",
        "NEVER",
        "NOT_PLANNED",
        "OTHER",
        "UNKNOWN",
    ]
)

#: The European themes, by their code, and their French names: a reader of the feed has
#: no other place to find them, and udata makes a keyword of each.
THEMES: Final[Mapping[str, str]] = {
    "AGRI": "Agriculture, pêche, sylviculture et alimentation",
    "ECON": "Économie et finances",
    "EDUC": "Éducation, culture et sport",
    "ENER": "Énergie",
    "ENVI": "Environnement",
    "GOVE": "Gouvernement et secteur public",
    "HEAL": "Santé",
    "INTR": "Questions internationales",
    "JUST": "Justice, système juridique et sécurité publique",
    "OP_DATPRO": "Données provisoires",
    "REGI": "Régions et villes",
    "SOCI": "Population et société",
    "TECH": "Science et technologie",
    "TRAN": "Transports",
}

#: The categories of high-value data, and the regulation that lists them.
HVD_CATEGORY: Final = "http://data.europa.eu/bna/"
HVD_CATEGORIES: Final[Mapping[str, str]] = {
    "c_164e0bf5": "Météorologiques",
    "c_a9135398": "Entreprises et propriété d'entreprises",
    "c_ac64a52d": "Géospatiales",
    "c_b79e35eb": "Mobilité",
    "c_dd313021": "Observation de la terre et environnement",
    "c_e1da4e07": "Statistiques",
}
HVD_REGULATION: Final = "http://data.europa.eu/eli/reg_impl/2023/138/oj"

# CKAN's format (upper case) to the code of the European file-type list. udata takes
# what follows the last slash, in lower case, as its own format.
FILE_TYPES: Final[Mapping[str, str]] = {
    "CSV": "CSV",
    "TSV": "TSV",
    "JSON": "JSON",
    "GEOJSON": "GEOJSON",
    "JSON-LD": "JSON_LD",
    "JSONLD": "JSON_LD",
    "XML": "XML",
    "GML": "GML",
    "KML": "KML",
    "KMZ": "KMZ",
    "GPX": "GPX",
    "GPKG": "GPKG",
    "SHP": "SHP",
    "ODS": "ODS",
    "ODT": "ODT",
    "XLS": "XLS",
    "XLSX": "XLSX",
    "DOC": "DOC",
    "DOCX": "DOCX",
    "PDF": "PDF",
    "TXT": "TXT",
    "HTML": "HTML",
    "ZIP": "ZIP",
    "GZIP": "GZIP",
    "GZ": "GZIP",
    "PNG": "PNG",
    "JPEG": "JPEG",
    "JPG": "JPEG",
    "TIFF": "TIFF",
    "ICS": "ICS",
    "GTFS": "GTFS",
}

# A media type where CKAN's format is missing, or was filled in with one.
MEDIA_TYPE_FORMATS: Final[Mapping[str, str]] = {
    "text/csv": "CSV",
    "text/tab-separated-values": "TSV",
    "application/json": "JSON",
    "application/geo+json": "GEOJSON",
    "application/vnd.geo+json": "GEOJSON",
    "application/ld+json": "JSON-LD",
    "application/xml": "XML",
    "text/xml": "XML",
    "application/gml+xml": "GML",
    "application/vnd.google-earth.kml+xml": "KML",
    "application/vnd.google-earth.kmz": "KMZ",
    "application/gpx+xml": "GPX",
    "application/geopackage+sqlite3": "GPKG",
    "application/vnd.oasis.opendocument.spreadsheet": "ODS",
    "application/vnd.oasis.opendocument.text": "ODT",
    "application/vnd.ms-excel": "XLS",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/msword": "DOC",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "application/pdf": "PDF",
    "text/plain": "TXT",
    "text/html": "HTML",
    "application/zip": "ZIP",
    "application/gzip": "GZIP",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "text/calendar": "ICS",
}

SPDX_ALGORITHM: Final = "http://spdx.org/rdf/terms#checksumAlgorithm_"
# Length of the hexadecimal digest, which tells the algorithm where CKAN does not.
DIGEST_LENGTHS: Final[Mapping[str, int]] = {"md5": 32, "sha1": 40, "sha256": 64}
