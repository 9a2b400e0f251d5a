"""DA-NER: an encoder adapted to the target's unlabelled text."""
