"""What is printed on the card: Khmer text, MRZ, dates, places, captions. Every room may import it; it imports none.

`gazetteer` is imported by its own name: it reads 14,000 villages from disk.
"""

from khid_eval.card import captions, dates, khmer, mrz

__all__ = ["captions", "dates", "khmer", "mrz"]
