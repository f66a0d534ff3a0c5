"""Whether each of an error's two sentences keeps to its own language."""

import pickle
import re

_PATH = re.compile(r"\S*/\S+|\S+/\S*")
"""Names of files may hold any words."""
_VIETNAMESE = re.compile("[À-ÖØ-öø-ỹ]")
_ENGLISH = re.compile(
    r"\b(the|is|are|was|be|not|of|it|its|and|or|this|with|must|unknown|missing|does|has|wrong|"
    r"characters|twice|large|such|cut|frame)\b"
)
"""Words that no Vietnamese syllable without marks is written like."""


def require(error):
    """Both sentences, before and after a process border; each in one language."""
    assert _VIETNAMESE.search(error.vi), error.vi
    assert not _ENGLISH.findall(_PATH.sub(" ", error.vi)), error.vi
    assert not _VIETNAMESE.findall(_PATH.sub(" ", error.en)), error.en
    assert _ENGLISH.search(error.en) or error.en.startswith("Not found"), error.en
    again = pickle.loads(pickle.dumps(error))
    assert (again.vi, again.en) == (error.vi, error.en)
