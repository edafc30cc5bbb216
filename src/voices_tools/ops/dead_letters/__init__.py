"""Find out why messages are in the dead-letter queue, and send them back to the usage queue."""
