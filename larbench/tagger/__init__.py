"""The transformer tagger that methods share: encoder loading, batching, training, decoding."""
