"""The dead-letter queue: why each message is there, and sending messages back."""
