"""What the picture of a page is like: which way up, how level, blank or not, sharp or not.

Masters are never rewritten; turning and levelling are parameters that are applied when a page is
shown or read. `condition.run` measures, `render` shows, `picture.load` decodes.
"""
