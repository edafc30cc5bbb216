"""Check the rules that apply to every history."""
