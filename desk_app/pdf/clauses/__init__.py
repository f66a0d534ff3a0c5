"""The rules of PDF/A by clause, a module per field: file, objects, graphics, fonts, interaction."""
