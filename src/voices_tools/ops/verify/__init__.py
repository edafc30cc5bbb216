"""`voices ops verify`: compares counts, recent voices and leaderboard with the usage log."""
