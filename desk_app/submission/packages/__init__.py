"""Packages of TT 05/2025/TT-BNV: a dossier as AIP_hoso or SIP_hoso, field lists, and their check.

`fields.py` knows what is recorded of a dossier and of a document, `profiles.py` how one kind of
package is laid out, `describe.py` gathers the values of a dossier, `mets.py`, `premis.py` and
`schemas.py` write its XML, `build.py` puts it on disk, `check.py` checks any package,
`lists.py` brings the values in and out as Excel lists.
"""
