"""The visible mark of a signature: a profile in millimetres, laid out with our own small font.

Nothing here knows the signing engine: :func:`signing.appearance.mark.draw` gives a content
stream, a font and a place on the page; the engine wraps them into PDF objects, and a preview
draws the same lines.
"""
