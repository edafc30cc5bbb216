"""Run plans: histories of the real counting code on models of everything around it."""
