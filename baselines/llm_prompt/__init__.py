"""LLM prompt: a chat model lists the mentions of each sentence."""
