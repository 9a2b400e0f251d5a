"""Records, predictions, ledgers and artefacts, in a folder or at a URL."""
