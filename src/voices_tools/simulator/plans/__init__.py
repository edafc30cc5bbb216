"""What happens in a history: plans, generated from seeds."""
