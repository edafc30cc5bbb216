"""The voices service without its transport: it knows nothing of Lambda events, HTTP or Powertools."""
