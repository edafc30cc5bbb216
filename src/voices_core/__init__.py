"""The Voices service without its transport: nothing here depends on Lambda, HTTP or Powertools."""
