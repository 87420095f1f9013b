"""Fictional Cambodian ID cards with complete truth: person -> flat card -> photo. Everything is seeded."""
