"""The one-stop digitization desk: one paper dossier from the scanner to a receipt."""
