"""Rules for the stack that template.yaml deploys, by topic."""
