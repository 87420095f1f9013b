"""Readers to compare with: what a person would build in a day from tools that everybody has."""
