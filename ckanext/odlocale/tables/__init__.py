"""One table for each table schema: every commune's public rows, together.

The tables are in the DataStore's database. The portal's own database says what they
must hold; each change of a release marks what is out of date (migration 0014), and
:mod:`.settling` brings the tables to it, whole releases at a time.
"""
