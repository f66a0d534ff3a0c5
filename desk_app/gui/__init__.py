"""The window. The only part of the desk that imports PySide6; it calls no stage itself."""
