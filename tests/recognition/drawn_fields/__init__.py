"""Filled-in papers with the truth of every value, drawn by other hands than the classifier's."""
