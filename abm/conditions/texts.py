"""How texts are compared: width and Latin case do not matter, and every engine folds them alike."""

import unicodedata
from string import ascii_lowercase, ascii_uppercase

# Only A–Z: what else is upper case depends on the locale of a database, and conditions must not.
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def fold(text: str) -> str:
    """The form in which texts are compared: ＡＢＣ, ABC and abc are one."""
    return unicodedata.normalize("NFKC", text).translate(_LOWER)
