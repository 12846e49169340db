"""What others do with what the portal says: data.gouv.fr's own software, unchanged."""
