"""What the service costs and how fast it is, measured on the local engine."""
