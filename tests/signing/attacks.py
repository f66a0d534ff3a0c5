"""Attacks on signed files, each built from freshly signed bytes.

The kinds are those of the published attack classes (universal forgery, incremental saving,
signature wrapping, shadow attacks, certification attacks) and the everyday ones.
"""

from __future__ import annotations

import re

from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

ATTACKS = {}


def attack(function):
    """Register: a function of the signed file's path that returns the attacked bytes."""
    ATTACKS[function.__name__] = function
    return function


def update(path, change):
    """Apply a change as an incremental update, as an editor would."""
    import io

    out = io.BytesIO()
    with path.open("rb") as file:
        writer = IncrementalPdfFileWriter(file)
        change(writer)
        writer.write(out)
    return out.getvalue()


def page_of(writer, index=0):
    return writer.find_page_for_modification(index)[0].get_object()


def contents_range(data):
    a, b, c, _ = map(int, re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", data).groups())
    return a + b, c


# --- bytes ---------------------------------------------------------------------------------------


@attack
def byte_flipped_in_the_page(path):
    data = bytearray(path.read_bytes())
    data[data.index(b"/MediaBox") + 12] ^= 1
    return bytes(data)


@attack
def byte_flipped_in_the_signature_value(path):
    data = bytearray(path.read_bytes())
    start, _ = contents_range(data)
    der = bytes.fromhex(data[start + 1 : contents_range(data)[1] - 1].decode())
    value = cms.ContentInfo.load(der)["content"]["signer_infos"][0]["signature"].native
    position = data.index(value.hex().upper().encode()) + 20
    data[position] = ord("0") if data[position] != ord("0") else ord("1")
    return bytes(data)


@attack
def data_hidden_behind_the_signature(path):
    data = path.read_bytes()
    _, end = contents_range(data)
    return data[: end - 41] + b"41" * 20 + data[end - 1 :]


@attack
def text_hidden_behind_the_signature(path):
    data = path.read_bytes()
    _, end = contents_range(data)
    return data[: end - 41] + b"#" * 40 + data[end - 1 :]


@attack
def byte_flipped_in_a_certificate_beside_the_signature(path):
    data = bytearray(path.read_bytes())
    start, _ = contents_range(data)
    # The intermediate travels in the part that the signature does not protect.
    der = bytes.fromhex(data[start + 1 : contents_range(data)[1] - 1].decode())
    bag = cms.ContentInfo.load(der)["content"]["certificates"]
    (intermediate,) = [c.chosen.dump() for c in bag if c.chosen.ca]
    position = data.index(intermediate.hex().upper().encode(), start) + len(intermediate)
    data[position] = ord("4") if data[position] != ord("4") else ord("5")
    return bytes(data)


@attack
def byte_flipped_in_the_stamp(path):
    data = bytearray(path.read_bytes())
    data[data.index(b"/BBox") + 9] ^= 1
    return bytes(data)


@attack
def contents_zeroed(path):
    data = path.read_bytes()
    start, end = contents_range(data)
    return data[: start + 1] + b"0" * (end - start - 2) + data[end - 1 :]


@attack
def contents_renamed(path):
    return path.read_bytes().replace(b"/Contents <", b"/Kontents <", 1)


@attack
def byte_range_null(path):
    return _byte_range(path, lambda size: b"null".ljust(size))


@attack
def byte_range_negative(path):
    return _byte_range(path, lambda size: b"[0 -1 9 -9]".ljust(size))


@attack
def byte_range_zero(path):
    return _byte_range(path, lambda size: b"[0 0 0 0]".ljust(size))


@attack
def byte_range_text(path):
    return _byte_range(path, lambda size: b"[(a) 1 2 3]".ljust(size))


def _byte_range(path, make):
    data = path.read_bytes()
    found = re.search(rb"/ByteRange (\[[\d ]+\])", data)
    return data[: found.start(1)] + make(len(found[1])) + data[found.end(1) :]


@attack
def garbage_after_the_end(path):
    return path.read_bytes() + b"\n%garbage\n"


@attack
def object_after_the_end_without_xref(path):
    return path.read_bytes() + b"\n4 0 obj\n<</Length 2>>stream\nhi\nendstream\nendobj\n"


@attack
def trailer_after_the_end(path):
    return path.read_bytes() + b"\ntrailer\n<</Size 99/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"


@attack
def bytes_before_the_header(path):
    return b"foreign\n" + path.read_bytes()


@attack
def another_pdf_before(path):
    from tests.signing.papers import paper

    other = paper(path.parent / "other.pdf", 1).read_bytes()
    return other + path.read_bytes()


@attack
def cut_in_the_middle(path):
    data = path.read_bytes()
    return data[: len(data) - 400]


@attack
def cut_inside_the_signature(path):
    data = path.read_bytes()
    return data[: contents_range(data)[0] + 1000]


@attack
def hybrid_reference(path):
    data = path.read_bytes()
    old = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    at = len(data) + 1
    return data + (
        b"\nxref\n0 0\ntrailer\n<</Size 99/Root 1 0 R/Prev %d/XRefStm 20>>\n" % old
        + b"startxref\n%d\n%%%%EOF\n" % at
    )


# --- incremental updates --------------------------------------------------------------------------


@attack
def overlay_on_the_page(path):
    def change(writer):
        stream = writer.add_object(generic.StreamObject(stream_data=b"1 0 0 rg 0 0 400 400 re f"))
        writer.add_stream_to_page(0, stream)

    return update(path, change)


@attack
def annotation_over_the_page(path):
    def change(writer):
        note = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/FreeText"),
                pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 99, 99))),
                pdf_name("/Contents"): generic.pdf_string("khác"),
                pdf_name("/DA"): generic.pdf_string("/F 9 Tf"),
            }
        )
        page = page_of(writer)
        page["/Annots"].append(writer.add_object(note))
        writer.update_container(page["/Annots"])

    return update(path, change)


@attack
def pages_swapped(path):
    def change(writer):
        pages = writer.root["/Pages"]
        pages["/Kids"].reverse()
        writer.update_container(pages["/Kids"])

    return update(path, change)


@attack
def page_deleted(path):
    def change(writer):
        pages = writer.root["/Pages"]
        del pages["/Kids"][1]
        pages["/Count"] = generic.NumberObject(1)
        writer.update_container(pages)

    return update(path, change)


@attack
def page_content_shadowed(path):
    def change(writer):
        page = page_of(writer, 1)
        reference = page.raw_get("/Contents").reference
        new = generic.StreamObject(stream_data=b"0 g 0 0 300 300 re f")
        writer.objects[(reference.generation, reference.idnum)] = new

    return update(path, change)


@attack
def mark_moved(path):
    def change(writer):
        field = writer.root["/AcroForm"]["/Fields"][0]
        field["/Rect"] = generic.ArrayObject(map(generic.FloatObject, (10, 10, 200, 60)))
        writer.update_container(field)

    return update(path, change)


@attack
def mark_redrawn(path):
    def change(writer):
        field = writer.root["/AcroForm"]["/Fields"][0]
        field["/AP"] = generic.DictionaryObject(
            {
                pdf_name("/N"): writer.add_object(
                    generic.StreamObject(
                        {
                            pdf_name("/Type"): pdf_name("/XObject"),
                            pdf_name("/Subtype"): pdf_name("/Form"),
                            pdf_name("/BBox"): generic.ArrayObject(
                                map(generic.NumberObject, (0, 0, 100, 100))
                            ),
                        },
                        stream_data=b"0 g 0 0 100 100 re f",
                    )
                )
            }
        )
        writer.update_container(field)

    return update(path, change)


@attack
def script_on_opening(path):
    def change(writer):
        writer.root["/OpenAction"] = generic.DictionaryObject(
            {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.pdf_string("1")}
        )
        writer.update_root()

    return update(path, change)


@attack
def file_attached(path):
    def change(writer):
        from pyhanko.pdf_utils import embed

        obj = embed.EmbeddedFileObject.from_file_data(writer, data=b"x", compress=False)
        spec = embed.FileSpec(file_spec_string="x.txt", embedded_data=obj)
        embed.embed_file(writer, spec)

    return update(path, change)


@attack
def signature_field_removed(path):
    def change(writer):
        form = writer.root["/AcroForm"]
        form["/Fields"] = generic.ArrayObject()
        writer.update_container(form)
        page = page_of(writer)
        page["/Annots"] = generic.ArrayObject()
        writer.update_container(page)

    return update(path, change)


@attack
def form_removed(path):
    def change(writer):
        del writer.root["/AcroForm"]
        writer.update_root()

    return update(path, change)


@attack
def signature_emptied(path):
    def change(writer):
        field = writer.root["/AcroForm"]["/Fields"][0]
        del field["/V"]
        writer.update_container(field)

    return update(path, change)


@attack
def signature_object_replaced(path):
    """The old signature's dictionary again, in a revision after the page was changed."""

    def change(writer):
        field = writer.root["/AcroForm"]["/Fields"][0]
        reference = field.raw_get("/V").reference
        writer.objects[(reference.generation, reference.idnum)] = field["/V"]
        stream = writer.add_object(generic.StreamObject(stream_data=b"0 0 400 400 re f"))
        writer.add_stream_to_page(0, stream)

    return update(path, change)


@attack
def signature_reused_in_a_second_field(path):
    def change(writer):
        first = writer.root["/AcroForm"]["/Fields"][0]
        copy = generic.DictionaryObject(first)
        copy["/T"] = generic.pdf_string("ChuKy9")
        copy["/Rect"] = generic.ArrayObject(map(generic.FloatObject, (10, 10, 300, 300)))
        form = writer.root["/AcroForm"]
        reference = writer.add_object(copy)
        form["/Fields"].append(reference)
        writer.update_container(form["/Fields"])
        page = page_of(writer)
        page["/Annots"].append(reference)
        writer.update_container(page["/Annots"])

    return update(path, change)


@attack
def empty_signature_field_painted_over_the_page(path):
    def change(writer):
        look = generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 99, 99))),
            },
            stream_data=b"1 g 0 0 99 99 re f",
        )
        append_signature_field(writer, SigFieldSpec("ChuKy8", box=(40, 40, 160, 160)))
        field = writer.root["/AcroForm"]["/Fields"][-1]
        field["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(look)})

    return update(path, change)


@attack
def duplicate_object_in_one_update(path):
    """The same object twice after the signed end; the cross-reference names the first."""
    data = path.read_bytes()
    old = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    root = re.search(rb"/Root (\d+) 0 R", data)[1]
    first = len(data)
    body = b"4 0 obj\n<</Length 3>>stream\nq Q\nendstream\nendobj\n" * 2
    at = first + len(body)
    return (
        data
        + body
        + (
            b"xref\n4 1\n%010d 00000 n \ntrailer\n<</Size 99/Root %s 0 R" % (first, root)
            + b"/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (old, at)
        )
    )


# --- structure, continued ------------------------------------------------------------------------


@attack
def hidden_object_before_a_proper_update(path):
    """A page's content again, named by no cross-reference, under an update that is in order."""
    data = path.read_bytes()
    number = re.search(rb"/Contents (\d+) 0 R", data)[1]
    shadow = b"\n%s 0 obj\n<</Length 15>>\nstream\n0 0 400 400 re f\nendstream\nendobj\n" % number
    old = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    root = re.search(rb"/Root (\d+) 0 R", data)[1]
    new = b"9000 0 obj\n<<>>\nendobj\n"
    first = len(data) + len(shadow)
    return (
        data
        + shadow
        + new
        + b"xref\n9000 1\n%010d 00000 n \ntrailer\n<</Size 9001/Root %s 0 R/Prev %d>>\n"
        % (first, root, old)
        + b"startxref\n%d\n%%%%EOF\n" % (first + len(new))
    )


@attack
def cross_reference_turned_back(path):
    """A later trailer whose /Prev skips the signed revision."""
    data = path.read_bytes()
    starts = [int(m) for m in re.findall(rb"startxref\s+(\d+)", data)]
    root = re.search(rb"/Root (\d+) 0 R", data)[1]
    return (
        data
        + b"xref\n0 0\ntrailer\n<</Size 99/Root %s 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
        % (*(root, starts[0], len(data)),)
    )


@attack
def cross_reference_in_a_loop(path):
    data = path.read_bytes()
    root = re.search(rb"/Root (\d+) 0 R", data)[1]
    at = len(data)
    return (
        data
        + b"xref\n0 0\ntrailer\n<</Size 99/Root %s 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
        % (*(root, at, at),)
    )


@attack
def cross_reference_aside(path):
    """The last startxref points somewhere else in the file."""
    data = path.read_bytes()
    return data + b"startxref\n15\n%%EOF\n"


@attack
def catalogue_replaced(path):
    """A new catalogue with a page tree of its own."""

    def change(writer):
        page = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Page"),
                pdf_name("/MediaBox"): generic.ArrayObject(
                    map(generic.NumberObject, (0, 0, 595, 842))
                ),
            }
        )
        pages = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Pages"),
                pdf_name("/Count"): generic.NumberObject(1),
                pdf_name("/Kids"): generic.ArrayObject([writer.add_object(page)]),
            }
        )
        writer.root["/Pages"] = writer.add_object(pages)
        writer.update_root()

    return update(path, change)


@attack
def page_turned(path):
    def change(writer):
        page = page_of(writer)
        page["/Rotate"] = generic.NumberObject(180)
        writer.update_container(page)

    return update(path, change)


@attack
def page_cropped(path):
    def change(writer):
        page = page_of(writer)
        page["/CropBox"] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 300, 300)))
        writer.update_container(page)

    return update(path, change)


@attack
def page_added(path):
    def change(writer):
        pages = writer.root["/Pages"]
        page = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Page"),
                pdf_name("/Parent"): writer.root.raw_get("/Pages"),
                pdf_name("/MediaBox"): generic.ArrayObject(
                    map(generic.NumberObject, (0, 0, 595, 842))
                ),
            }
        )
        pages["/Kids"].append(writer.add_object(page))
        pages["/Count"] = generic.NumberObject(int(pages["/Count"]) + 1)
        writer.update_container(pages["/Kids"])
        writer.update_container(pages)

    return update(path, change)


@attack
def object_freed(path):
    """Shadow hiding: the second page's content is declared free."""
    data = path.read_bytes()
    numbers = re.findall(rb"/Contents (\d+) 0 R", data)
    old = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    root = re.search(rb"/Root (\d+) 0 R", data)[1]
    return (
        data
        + b"xref\n%s 1\n0000000000 00001 f \ntrailer\n<</Size 99/Root %s 0 R/Prev %d>>\n"
        % (numbers[-1], root, old)
        + b"startxref\n%d\n%%%%EOF\n" % len(data)
    )


@attack
def text_field_added(path):
    def change(writer):
        field = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/Widget"),
                pdf_name("/FT"): pdf_name("/Tx"),
                pdf_name("/T"): generic.pdf_string("them"),
                pdf_name("/V"): generic.pdf_string("999"),
                pdf_name("/Rect"): generic.ArrayObject(
                    map(generic.NumberObject, (50, 300, 200, 330))
                ),
            }
        )
        reference = writer.add_object(field)
        form, page = writer.root["/AcroForm"], page_of(writer)
        form["/Fields"].append(reference)
        page["/Annots"].append(reference)
        writer.update_container(form["/Fields"])
        writer.update_container(page["/Annots"])

    return update(path, change)


@attack
def certification_claimed_later(path):
    """The catalogue names a certifying signature that is none."""

    def change(writer):
        field = writer.root["/AcroForm"]["/Fields"][0]
        writer.root["/Perms"] = generic.DictionaryObject({pdf_name("/DocMDP"): field.raw_get("/V")})
        writer.update_root()

    return update(path, change)


@attack
def layers_switched(path):
    """Optional content: what a layer hides is decided after signing."""

    def change(writer):
        layer = writer.add_object(
            generic.DictionaryObject(
                {pdf_name("/Type"): pdf_name("/OCG"), pdf_name("/Name"): generic.pdf_string("L")}
            )
        )
        writer.root["/OCProperties"] = generic.DictionaryObject(
            {
                pdf_name("/OCGs"): generic.ArrayObject([layer]),
                pdf_name("/D"): generic.DictionaryObject(
                    {pdf_name("/OFF"): generic.ArrayObject([layer])}
                ),
            }
        )
        writer.update_root()

    return update(path, change)


@attack
def forms_redrawn_by_the_viewer(path):
    def change(writer):
        form = writer.root["/AcroForm"]
        form["/XFA"] = generic.ArrayObject([generic.pdf_string("datasets")])
        writer.update_container(form)

    return update(path, change)


@attack
def link_that_runs_a_program(path):
    def change(writer):
        link = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/Link"),
                pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 99, 99))),
                pdf_name("/A"): generic.DictionaryObject(
                    {pdf_name("/S"): pdf_name("/Launch"), pdf_name("/F"): generic.pdf_string("x")}
                ),
            }
        )
        page = page_of(writer)
        page["/Annots"].append(writer.add_object(link))
        writer.update_container(page["/Annots"])

    return update(path, change)
