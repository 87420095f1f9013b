"""The parts of the Conditions page."""
