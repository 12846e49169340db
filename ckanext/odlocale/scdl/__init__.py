"""What a town hall publishes: table schemas, files read, checked and corrected.

This room knows nothing of CKAN and imports no other room (only ``base``), so that
``odlocale scdl check FILE`` works where there is no portal at all.

The path of a file::

    read(file) -> Table
    recognise(table, catalogue) -> candidates, best first
    check(table, schema) -> Report, whose groups carry their corrections
    apply_safe(table, schema, report) -> Corrected, whose table is checked again
    canonical_csv(table, schema) -> the bytes that are published
"""
