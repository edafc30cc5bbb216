"""`make bench-usage`: the cost of counting usage events, compared with other designs."""
