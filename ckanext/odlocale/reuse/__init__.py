"""What readers do with published data: report an error, show them on another site."""
