"""What is likely in Vietnamese: tokens, a syllable trigram model, and look-alike syllables."""
