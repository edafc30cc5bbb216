"""Plans of histories, generated from seeds."""
