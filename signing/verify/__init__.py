"""Verify signed PDF files: structure, every signature, and one verdict with its cause."""
