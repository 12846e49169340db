"""Schemas shipped with the extension, as package data."""
