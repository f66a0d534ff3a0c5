"""What the screens show, read from the store off the window thread."""
