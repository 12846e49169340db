"""Watching a portal in production: health, figures, logs, outside services."""
