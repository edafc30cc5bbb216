"""`make bench-usage`: what it costs to count usage events, compared with other designs."""
