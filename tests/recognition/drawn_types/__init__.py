"""Pages of every kind of paper, drawn twice over: to fit the classifier on, and to test it.

The two sets share no layout, font, wording, person or seed: fitting pages are made of the phrases
in resources/procedures, test pages of the project's own phrasing in wording.toml.
"""
