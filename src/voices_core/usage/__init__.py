"""Usage counted exactly once: events, the log that commits them, and the projections of the log."""
