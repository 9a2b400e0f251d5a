"""LAR: label alignment and reassignment for cross-domain NER (Bao and Yang, arXiv 2407.17344)."""
