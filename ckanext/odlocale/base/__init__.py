"""What every room stands on: guarded HTTP, file storage, journal, mail, words.

This package imports no room. Its pure modules (``http``, ``content_store``,
``language``, ``french``) import no CKAN either; ``storage``, ``journal``,
``mail`` and ``csrf`` are the thin shell that joins them to CKAN.
"""
