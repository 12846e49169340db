"""The embedded portal: a real stack in one folder, to try, show and test.

Production is in ``docker/``. Everything here runs as ordinary processes of
the user who types ``odlocale up``, without Docker, root or a compiler.
"""
