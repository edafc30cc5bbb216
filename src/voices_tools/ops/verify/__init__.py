"""Compare counts, recent voices and the leaderboard with the usage log: `voices ops verify`."""
