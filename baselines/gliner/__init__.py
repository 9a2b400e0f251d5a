"""GLiNER: a pretrained encoder that finds mentions of types given by their names."""
