"""Label alignment: which source type stands closest to each target type."""
