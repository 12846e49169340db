"""Where a commune's data goes: the feeds that data.gouv.fr harvests.

Pure: ``vocabularies`` (which words udata recognises), ``cleaning`` (one value),
``geometry`` (a contour), ``description`` (a dataset), ``graph`` (its triples),
``fragment`` (their stored form), ``feed`` (a page of a catalogue).
Shell: ``model``, ``publisher``, ``profile``, ``hooks``, ``actions``, ``auth``,
``views``, ``cli``, ``helpers``.
"""
