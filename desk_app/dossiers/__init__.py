"""Dossiers: procedures and their papers, codes, and the assembly of pages into documents."""
