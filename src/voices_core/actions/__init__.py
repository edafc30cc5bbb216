"""The actions of the service, one module per capability, and their registry."""
