"""`voices ops verify`: compares counts, recent voices and the leaderboard with the usage log."""
