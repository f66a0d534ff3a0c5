"""A signed PDF grows by revisions: writer, fields, evidence and the document timestamp."""

# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: ANN401 - PDF and ASN.1 objects of the library have no useful static types

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import LayoutError
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigFieldSpec, append_signature_field, enumerate_sig_fields
from pyhanko.sign.general import SigningError as PyHankoSigningError
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from signing.entries import entry
from signing.errors import (
    FileUnreadable,
    PdfDamaged,
    PolicyViolated,
    SigningError,
    SigningFailed,
)
from signing.files import part_of, words_of
from signing.timestamps import TimestampClient
from signing.trust import RevocationData, explain, to_asn1
from signing.verify.structure import Structure, inspect


class QuietWriter(IncrementalPdfFileWriter):
    """An incremental writer that leaves /Info and XMP alone.

    Rewriting them changes the producer in one of the two places and not in the other, which ends
    the file's PDF/A-1 conformance (ISO 19005-1 6.7.3), and fails on XMP that it cannot parse.
    """

    def _update_meta(self) -> None:
        return

    def register_annotation(self, page_ref: Any, annot_ref: Any) -> None:
        """Add an annotation to a page; a list that is null is none (ISO 32000-1 7.3.7)."""
        page = page_ref.get_object()
        if "/Annots" in page and entry(page, "/Annots") is None:
            del page["/Annots"]
        super().register_annotation(page_ref, annot_ref)


def check_paths(src: Path, dst: Path) -> Structure:
    """Refuse what must not be written, or not be built upon; the source's structure.

    Raises:
        PolicyViolated: the target is the source, or foreign bytes stand before its header.
        InputProblem: the source is no readable PDF, or the target's folder is not there.
    """
    if src.resolve() == dst.resolve():
        raise PolicyViolated(
            "the signed file may not replace its source", "không được ghi đè tệp gốc"
        )
    if not dst.parent.is_dir():
        raise FileUnreadable("no such folder", "không có thư mục này", file=dst.parent.name)
    facts = inspect(src)
    # Bytes behind the end get covered by the signature; bytes before the start stay ambiguous.
    if facts.header_offset and (fault := facts.fault):
        raise PolicyViolated(f"{src.name}: {fault.en}", f"{src.name}: {fault.vi}")
    return facts


@contextmanager
def library_faults(src: Path) -> Iterator[None]:
    """Whatever the library raises becomes an error of our tree; never a traceback."""
    try:
        yield
    except SigningError:
        raise
    except (PdfError, PyHankoSigningError, LayoutError, ValueError) as error:
        raise _translate(error, src) from error
    except OSError as error:
        raise SigningFailed(*words_of(error)) from error
    except Exception as error:  # a hostile file must never end in a traceback
        kind = type(error).__name__
        raise SigningFailed(
            f"the file's structure cannot be worked with ({kind})",
            f"không xử lý được cấu trúc của tệp ({kind})",
        ) from error


def _translate(error: Exception, src: Path) -> SigningError:
    if error.__cause__ is not None and not isinstance(error, PdfError):
        return explain(error)
    if isinstance(error, PdfError):
        return PdfDamaged(str(error), "không đọc được cấu trúc tệp", file=src.name)
    if isinstance(error, PyHankoSigningError):
        return PolicyViolated(str(error), "tệp không cho phép ký thêm")
    return SigningFailed(str(error), f"không xử lý được tệp ({type(error).__name__})")


@contextmanager
def opened_for_writing(src: Path, dst: Path) -> Iterator[tuple[QuietWriter, bool]]:
    """A writer upon a file, and whether it stands on a copy that was put in order first.

    A file that carries signatures is never rewritten: where it breaks the rules, the forgiving
    reader has to do. The copy lies beside the target and is gone with the block.

    Raises:
        PdfError: it cannot be read, and not be put in order either.
    """
    facts = inspect(src)
    with ExitStack() as stack:
        source = stack.enter_context(src.open("rb"))
        try:
            # The strict reader refuses the hybrid cross-references that Word writes.
            found = _readable(source, strict=facts.hybrid_at < 0), False
        except PdfError:
            if facts.signature_traces:
                found = _readable(source, strict=False), False
            else:
                copy = stack.enter_context(_in_order(src, dst))
                found = _readable(copy, strict=True), True
        yield found


def _readable(source: IO[bytes], *, strict: bool) -> QuietWriter:
    writer = QuietWriter(source, strict=strict)
    int(writer.root["/Pages"]["/Count"])
    return writer


@contextmanager
def _in_order(src: Path, dst: Path) -> Iterator[IO[bytes]]:
    from signing.appearance.lookout import mended

    copy = part_of(dst)
    try:
        if not mended(src, copy):
            raise PdfDamaged(
                "its structure breaks the rules and cannot be put in order safely",
                "cấu trúc sai chuẩn và không thể sửa một cách chắc chắn",
                file=src.name,
            )
        with copy.open("rb") as file:
            yield file
    finally:
        copy.unlink(missing_ok=True)


# --- fields ------------------------------------------------------------------------------------


def field_names(writer: IncrementalPdfFileWriter) -> dict[str, bool]:
    """Signature fields of the file by name; True where there is a signature in it."""
    return {str(name): value is not None for name, value, _ in enumerate_sig_fields(writer)}


def free_name(writer: IncrementalPdfFileWriter, stem: str) -> str:
    """The first of ``stem1``, ``stem2`` … that no field has."""
    taken = field_names(writer)
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def add_field(writer: IncrementalPdfFileWriter, spec: SigFieldSpec) -> None:
    """Add an empty signature field.

    One without a box gets an empty appearance all the same: PDF/A-1 wants one of every widget
    (ISO 19005-1 6.5.3), and viewers draw nothing either way.

    Raises:
        PolicyViolated: the field would show on a page of a certified file, which would make the
            certification invalid.
    """
    if spec.box is not None and _is_certified(writer):
        raise PolicyViolated(
            "the file was certified by its signer and takes visible marks only in fields that it "
            "has already; sign without a mark, or sign an uncertified copy",
            "tệp đã được ký chứng nhận, chỉ nhận dấu hiển thị trong trường ký có sẵn; "
            "hãy ký không hiển thị hoặc ký trên bản chưa chứng nhận",
        )
    append_signature_field(writer, spec)
    if spec.box is None:
        reference = next(r for n, _, r in enumerate_sig_fields(writer) if n == spec.sig_field_name)
        reference.get_object()[pdf_name("/AP")] = _blank_look(writer)
        writer.mark_update(reference)


def _is_certified(writer: IncrementalPdfFileWriter) -> bool:
    """A signature that limits changes is in the file (ISO 32000-1 12.8.4)."""
    return "/ByteRange" in (entry(entry(writer.root, "/Perms", {}), "/DocMDP") or {})


def _blank_look(writer: IncrementalPdfFileWriter) -> Any:
    edges = generic.ArrayObject(generic.NumberObject(0) for _ in range(4))
    entries = {"/Type": pdf_name("/XObject"), "/Subtype": pdf_name("/Form"), "/BBox": edges}
    look = generic.StreamObject({pdf_name(k): v for k, v in entries.items()}, stream_data=b"")
    return generic.DictionaryObject({pdf_name("/N"): writer.add_object(look)})


# --- evidence ----------------------------------------------------------------------------------


def add_evidence(
    writer: IncrementalPdfFileWriter,
    certificates: Iterable[x509.Certificate],
    revocation: RevocationData,
) -> None:
    """Put certificates, lists and answers into the file's security store (EN 319 142-1 §5.4.2)."""
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=[to_asn1(c) for c in certificates],
        crls=_parsed(asn1_crl.CertificateList.load, revocation.crls),
        ocsps=_parsed(asn1_ocsp.OCSPResponse.load, revocation.ocsps),
    )


def _parsed(load: Callable[[bytes], Any], items: Iterable[bytes]) -> list[Any]:
    return [load(item) for item in items]


async def stamp_document(
    writer: IncrementalPdfFileWriter, client: TimestampClient, digest: str
) -> str:
    """Close the file with a document timestamp, in place; returns the name of its field."""
    field = free_name(writer, "Timestamp")
    add_field(writer, SigFieldSpec(field))
    await PdfTimeStamper(client, field_name=field).async_timestamp_pdf(
        writer, digest, in_place=True, bytes_reserved=2 * (client.token_size + 1024)
    )
    return field
