"""Run plans. A history runs the real counting code on models of the queue and the table."""
