"""A chat model behind an OpenAI-compatible endpoint: asked within limits and a budget; every answer kept."""
