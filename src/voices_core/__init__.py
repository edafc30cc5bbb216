"""The voices service without its transport: nothing here knows of Lambda, HTTP or Powertools."""
