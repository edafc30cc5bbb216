"""Compare the cost of the usage log with the cost of other designs: `make bench-usage`."""
