"""Communes, and readers of their data."""

from __future__ import annotations

from tests.integration.publishing.conftest import clean_session, desk_of, mende, town

__all__ = ["clean_session", "desk_of", "mende", "town"]
