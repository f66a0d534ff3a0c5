"""Pictures and words become archival PDF: composed page by page, checked by clause."""
