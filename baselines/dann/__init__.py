"""DANN: domain-adversarial training of the tagger."""
