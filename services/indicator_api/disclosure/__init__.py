"""Disclosure control: what must be hidden, what else goes with it, and the proof that it holds."""
