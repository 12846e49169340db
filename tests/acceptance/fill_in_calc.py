"""Types values into spreadsheets through LibreOffice, as somebody at the keyboard.

Run by the Python that has LibreOffice's module ``uno`` (``tests.acceptance.
test_templates`` finds it), one LibreOffice for all the files:

    python3 fill_in_calc.py FOLDER < plan.json

The plan is a list of ``{"file": …, "cells": [["A2", "Mairie"], …]}``; each file is
saved in the folder, as XLSX, as ODS and as XLS, under its own name. ``FormulaLocal``
reads a text as the keyboard's is: by the format of the cell and the language of the
user, here French.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue

#: What makes LibreOffice read 28/03/2024 and 1500,50 as a French user means them.
FRENCH = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale"
 oor:op="fuse"><value>fr-FR</value></prop></item>
</oor:items>"""

FILTERS = {"xlsx": "Calc MS Excel 2007 XML", "ods": "calc8", "xls": "MS Excel 97"}
MAX_SECONDS = 60


def setting(name, value):
    found = PropertyValue()
    found.Name, found.Value = name, value
    return found


def connect(folder):
    """Start LibreOffice with a profile of its own; return it, and its process."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(FRENCH)
    pipe = f"odlocale{os.getpid()}"
    process = subprocess.Popen(
        [
            "soffice",
            "--headless",
            "--norestore",
            "--nologo",
            f"-env:UserInstallation={profile.as_uri()}",
            f"--accept=pipe,name={pipe};urp;",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    address = f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext"
    end = time.monotonic() + MAX_SECONDS
    while True:
        try:
            return resolver.resolve(address), process
        except Exception:
            if process.poll() is not None or time.monotonic() > end:
                os.killpg(process.pid, signal.SIGKILL)
                raise
            time.sleep(0.2)


def fill(desktop, path, cells, folder):
    """Type into the first sheet of a file, and save it in each format."""
    document = desktop.loadComponentFromURL(
        path.as_uri(), "_blank", 0, (setting("Hidden", True),)
    )
    sheet = document.Sheets.getByIndex(0)
    for place, text in cells:
        sheet.getCellRangeByName(place).FormulaLocal = text
    for ending, name in FILTERS.items():
        target = folder / f"{path.stem}.{ending}"
        document.storeToURL(target.as_uri(), (setting("FilterName", name),))
    document.close(True)


def main(folder):
    context, process = connect(folder)
    create = context.ServiceManager.createInstanceWithContext
    try:
        desktop = create("com.sun.star.frame.Desktop", context)
        for one in json.load(sys.stdin):
            path = Path(one["file"]).resolve()
            fill(desktop, path, one["cells"], folder)
    finally:
        # The program is a child of the one started, in a session of their own.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=MAX_SECONDS)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
