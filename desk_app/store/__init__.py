"""All state of the desk: one SQLite file, content-addressed blobs and an audit chain."""
