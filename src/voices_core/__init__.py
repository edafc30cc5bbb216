"""The Voices service. This package does not depend on Lambda, HTTP or Powertools."""
