"""The actions of the service, in one module per capability, and the registry of all actions."""
