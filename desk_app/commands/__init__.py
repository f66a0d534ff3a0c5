"""Headless commands, grouped by what they are for; each module registers its own with `cli`."""
