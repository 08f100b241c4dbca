"""Showing a growing answer: text machines without I/O or clock, and the delivery that drives them."""
