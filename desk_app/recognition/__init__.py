"""What a page says: its words, its codes, what kind of paper it is, and the fields on it."""
