"""The dead-letter queue: finds out why each message is there, and sends messages back."""
