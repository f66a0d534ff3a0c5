"""Does a file keep to PDF/A? The desk's own rules over ISO 19005-2 (2b) and ISO 19005-1 (1b).

The rules cover what scanned, signed and updated files can contain, and name the clause they come
from. They are stricter than the standard in three places: a font must be embedded even where it
only writes invisibly, a composite font must have a ToUnicode map, and device colours need the
output intent even where a page defines default colour spaces. A file without faults here may still
break a rule that is not written here: glyph outlines, JPEG 2000 internals, halftones.
"""

from __future__ import annotations

from pathlib import Path

import pikepdf

from desk_app.errors import UnusableInput
from desk_app.pdf.clauses import file, fonts, graphics, interaction, objects, xmp
from desk_app.pdf.clauses.inspection import Fault, Inspection, Rule
from desk_app.pdf.metadata import Part

__all__ = ["RULES", "Fault", "Part", "Rule", "UnusablePdf", "check"]

_MODULES = (file, objects, graphics, fonts, interaction, xmp)
RULES: tuple[Rule, ...] = tuple(rule for module in _MODULES for rule in module.RULES)


class UnusablePdf(UnusableInput):
    """The file is no PDF that can be looked into."""

    vi_text = "Không đọc được tệp PDF {file}: {detail_vi}."
    en_text = "The PDF file {file} cannot be read: {detail}."


def check(path: Path, part: Part) -> tuple[Fault, ...]:
    """Return the faults of the file in path, none for a good one.

    Raises:
        UnusableInput: no PDF, damaged beyond reading, or locked with a password.
    """
    try:
        pdf, is_damaged = _open(path)
        with pdf:
            inspection = Inspection(path, pdf, part)
            if is_damaged:
                inspection.add(file.XREF_FORM, "xref")
            for module in _MODULES:
                module.check(inspection)
            return inspection.faults
    except pikepdf.PasswordError as fault:
        vi, en = "tệp có mật khẩu", "it is locked with a password"
        raise UnusablePdf(en, detail_vi=vi, file=path.name) from fault
    except (pikepdf.PdfError, OSError, ValueError) as fault:
        vi, en = "tệp hỏng hoặc không phải PDF", "it is damaged or no PDF"
        raise UnusablePdf(en, detail_vi=vi, file=path.name) from fault


def _open(path: Path) -> tuple[pikepdf.Pdf, bool]:
    """Open path, with repair only where it cannot be read as it is."""
    try:
        # Inherited attributes stay where they are: a page's own Resources are looked at.
        return pikepdf.open(path, attempt_recovery=False, inherit_page_attributes=False), False
    except pikepdf.PasswordError:
        raise
    except pikepdf.PdfError:
        return pikepdf.open(path, inherit_page_attributes=False), True
