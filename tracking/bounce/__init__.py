"""What a mail that came back says: pure, bytes in, a reading out."""

from tracking.bounce.read import read_bounce
from tracking.bounce.reading import Reading, Recipient

__all__ = ["Reading", "Recipient", "read_bounce"]
