"""Packaging that pyproject.toml cannot say: which packages and data ship.

CKAN extensions live in the ``ckanext`` namespace without an ``__init__.py``,
and ``schemas/`` sits at the root of the repository for whoever edits a schema,
yet is imported as ``ckanext.odlocale.schemas``.
"""

from __future__ import annotations

from setuptools import find_namespace_packages, setup

DATA = [
    f"**/*.{extension}"
    for extension in [
        "css",
        "csv",
        "gz",
        "html",
        "ico",
        "ini",
        "js",
        "json",
        "mako",
        "md",
        "mo",
        "po",
        "pot",
        "png",
        "sha256",
        "svg",
        "ttl",
        "typ",
        "txt",
        "xlsx",
        "xml",
        "yaml",
        "yml",
    ]
]

SCHEMAS = ["ckanext.odlocale.schemas"]

setup(
    packages=find_namespace_packages(include=["ckanext.odlocale*"]) + SCHEMAS,
    package_dir={"": ".", "ckanext.odlocale.schemas": "schemas"},
    package_data={"ckanext.odlocale": DATA, "ckanext.odlocale.schemas": DATA},
    include_package_data=False,
    # Read by `make i18n` and by anyone who translates a CKAN extension.
    message_extractors={
        "ckanext": [
            ("odlocale/**.py", "python", None),
            ("odlocale/**.js", "javascript", None),
            ("odlocale/**/templates/**.html", "ckan", None),
        ],
    },
)
