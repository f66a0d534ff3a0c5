"""How the sample dossier is drawn: papers of the field of invented persons, then a scan.

``sheet`` is the paper and the typewriter, ``marks`` are stamps and pens, ``people`` the facts, the
remaining modules one paper each, and ``scan`` turns clean sheets into what a feeder would deliver.
"""
