"""Entity types: read from TOML, named, held against one another, mapped. Beside it: those of CrossNER."""
