"""Pages that the law asks of every public portal, filled from settings."""
