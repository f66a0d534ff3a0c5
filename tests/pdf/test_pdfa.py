"""Good files pass, and every rule has a file that breaks that rule and no other."""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from desk_app.errors import UnusableInput
from desk_app.pdf import pdfa
from desk_app.pdf.clauses import file, fonts, graphics, interaction, objects, xmp

Edit = Callable[[pikepdf.Pdf], object]


@dataclass(frozen=True)
class Seed:
    """A way to break a good file."""

    rule: pdfa.Rule
    name: str
    in_pdf: Edit | None = None
    in_bytes: Callable[[bytes], bytes] | None = None
    also: tuple[pdfa.Rule, ...] = ()
    """Rules of the same breach that cannot be told apart from it."""
    parts: tuple[str, ...] = ("2b", "1b")


SEEDS: list[Seed] = []


def seed(rule: pdfa.Rule, *also: pdfa.Rule, parts: str = "2b 1b"):
    """Register an edit of an open file."""

    def register(edit: Edit) -> Edit:
        SEEDS.append(Seed(rule, edit.__name__, in_pdf=edit, also=also, parts=tuple(parts.split())))
        return edit

    return register


def seed_bytes(rule: pdfa.Rule, *also: pdfa.Rule, parts: str = "2b 1b"):
    """Register an edit of the file's bytes."""

    def register(edit: Callable[[bytes], bytes]):
        SEEDS.append(
            Seed(rule, edit.__name__, in_bytes=edit, also=also, parts=tuple(parts.split()))
        )
        return edit

    return register


# Bytes


@seed_bytes(file.HEADER)
def other_version(data):
    return re.sub(rb"%PDF-1\.\d", b"%PDF-2.0", data, count=1)


@seed_bytes(file.BINARY_MARK)
def text_comment(data):
    return data.replace(b"%\xe2\xe3\xcf\xd3", b"%abcd", 1)


@seed_bytes(file.AFTER_END)
def trailing_bytes(data):
    return data + b"tail"


@seed_bytes(file.IDENTIFIER)
def no_identifier(data):
    return re.sub(rb"/ID \[", b"/IX [", data)


@seed_bytes(file.XREF_FORM)
def section_on_the_keyword_line(data):
    return re.sub(rb"xref\n0 (\d+)\n", rb"xref 0 \1\n", data)


@seed_bytes(file.STREAM_LENGTH)
def length_counts_the_line_end(data):
    # The extra byte is the line feed before endstream: parsers forgive it.
    return re.sub(
        rb"/Subtype /XML /Length (\d+)",
        lambda found: b"/Subtype /XML /Length %d" % (int(found[1]) + 1),
        data,
        count=1,
    )


@seed_bytes(file.OBJECT_FORM)
def entry_on_the_opening_line(data):
    return data.replace(b" 0 obj\n<< /Type /Catalog", b" 0 obj << /Type /Catalog", 1)


@seed(file.XREF_STREAM, parts="1b")
def references_in_a_stream(pdf):
    """Saved with object streams: see save_options."""


@seed(file.ENCRYPTED, parts="2b 1b")
def encrypted(pdf):
    """Saved with an empty password: see save_options."""


# Objects


@seed(objects.EXTERNAL_STREAM)
def external_data(pdf):
    image(pdf).FFilter = Name.FlateDecode


@seed(objects.FILTER)
def lzw(pdf):
    stream = pdf.make_indirect(pdf.make_stream(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01"))
    stream.Filter = Name.LZWDecode
    pdf.Root.Old = stream


@seed(objects.LONG_STRING)
def long_string(pdf):
    pdf.Root.Note = String("x" * 70_000)


@seed(objects.LONG_NAME)
def long_name(pdf):
    pdf.Root.Note = Name("/" + "x" * 128)


@seed(objects.LARGE_NUMBER)
def large_number(pdf):
    pdf.Root.Note = 2**31


@seed(objects.LARGE_CONTAINER, parts="1b")
def large_array(pdf):
    pdf.Root.Note = Array([0] * 8192)


@seed(objects.EMBEDDED_FILE)
def attachment(pdf):
    data = pdf.make_indirect(pdf.make_stream(b"text"))
    names = Dictionary(F=String("a.txt"), UF=String("a.txt"), EF=Dictionary(F=data))
    pdf.Root.Note = pdf.make_indirect(names)


@seed(objects.FILE_NAMES, parts="2b")
def nameless_attachment(pdf):
    pdf.Root.Note = pdf.make_indirect(Dictionary(F=String("a"), EF=Dictionary()))


@seed(objects.ACTION)
def script(pdf):
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


@seed(objects.NAMED_ACTION)
def print_command(pdf):
    pdf.Root.OpenAction = Dictionary(S=Name.Named, N=Name.Print)


@seed(objects.ADDITIONAL_ACTIONS)
def additional_actions(pdf):
    pdf.pages[0].obj.AA = Dictionary()


# Graphics


def image(pdf):
    return pdf.pages[0].obj.Resources.XObject["/Im0"]


def add_state(pdf, **entries):
    pdf.pages[0].obj.Resources.ExtGState = Dictionary(
        GS0=Dictionary(Type=Name.ExtGState, **entries)
    )


def add_form(pdf, content=b"", **entries):
    form = pdf.make_stream(content)
    form.Type, form.Subtype = Name.XObject, Name.Form
    form.BBox, form.Resources = Array([0, 0, 9, 9]), Dictionary()
    for key, value in entries.items():
        form[f"/{key}"] = value
    pdf.pages[0].obj.Resources.XObject["/Fm0"] = pdf.make_indirect(form)


def add_content(pdf, content: bytes):
    page = pdf.pages[0].obj
    page.Contents = Array([page.Contents, pdf.make_indirect(pdf.make_stream(content))])


@seed(graphics.OUTPUT_INTENT, graphics.DEVICE_COLOUR)
def broken_profile(pdf):
    pdf.Root.OutputIntents[0].DestOutputProfile.write(b"no profile")


@seed(graphics.DEVICE_COLOUR)
def no_intent(pdf):
    del pdf.Root.OutputIntents


@seed(graphics.DEVICE_COLOUR)
def cmyk_operator(pdf):
    add_content(pdf, b"0 0 0 1 k")


@seed(graphics.ONE_PROFILE)
def second_profile(pdf):
    first = pdf.Root.OutputIntents[0]
    copy = pdf.make_indirect(pdf.make_stream(first.DestOutputProfile.read_bytes(), N=3))
    second = Dictionary(dict(first.items()))
    second.DestOutputProfile = copy
    pdf.Root.OutputIntents.append(second)


@seed(graphics.ICC_SPACE)
def broken_icc_space(pdf):
    profile = pdf.make_indirect(pdf.make_stream(b"no profile", N=3))
    image(pdf).ColorSpace = Array([Name.ICCBased, profile])


@seed(graphics.GRAPHICS_STATE)
def transfer_function(pdf):
    add_state(pdf, TR=Name.Identity)


@seed(graphics.INTENT)
def invented_intent(pdf):
    image(pdf).Intent = Name.Pretty


@seed(graphics.INTENT)
def invented_intent_operator(pdf):
    add_content(pdf, b"/Pretty ri")


@seed(graphics.OPERATOR)
def invented_operator(pdf):
    add_content(pdf, b"BX 1 xyz EX")


@seed(graphics.OWN_RESOURCES, parts="2b")
def inherited_resources(pdf):
    page = pdf.pages[0].obj
    page.Parent.Resources = page.Resources
    del page.Resources


@seed(graphics.NESTING)
def deep_nesting(pdf):
    add_content(pdf, b"q " * 29 + b"Q " * 29)


@seed(graphics.PAGE_SIZE, parts="2b")
def tiny_crop_box(pdf):
    pdf.pages[0].obj.CropBox = Array([0, 0, 2, 2])


@seed(graphics.INTERPOLATE)
def interpolated(pdf):
    image(pdf).Interpolate = True


@seed(graphics.INTERPOLATE)
def interpolated_inline(pdf):
    add_content(pdf, b"BI /W 1 /H 1 /BPC 8 /CS /G /I true ID x EI")


@seed(graphics.IMAGE_VARIANTS)
def alternates(pdf):
    image(pdf).Alternates = Array()


@seed(graphics.IMAGE_DEPTH)
def odd_depth(pdf):
    image(pdf).BitsPerComponent = 3


@seed(graphics.POSTSCRIPT)
def postscript(pdf):
    add_form(pdf, Subtype2=Name.PS)


@seed(graphics.FORM_OPI)
def opi(pdf):
    add_form(pdf, OPI=Dictionary())


@seed(graphics.REFERENCE_XOBJECT)
def reference(pdf):
    add_form(pdf, Ref=Dictionary())


@seed(graphics.BLEND_MODE)
def invented_blend_mode(pdf):
    add_state(pdf, BM=Name.Glow)


@seed(graphics.TRANSPARENCY, parts="1b")
def soft_mask(pdf):
    mask = pdf.make_stream(b"\xff", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1)
    mask.ColorSpace, mask.BitsPerComponent = Name.DeviceGray, 8
    image(pdf).SMask = pdf.make_indirect(mask)


@seed(graphics.TRANSPARENCY, parts="1b")
def transparency_group(pdf):
    pdf.pages[0].obj.Group = Dictionary(S=Name.Transparency)


@seed(graphics.TRANSPARENCY, parts="1b")
def half_opaque(pdf):
    add_state(pdf, ca=0.5)


# Fonts


def font(pdf):
    return pdf.pages[0].obj.Resources.Font["/F0"]


def descendant(pdf):
    return font(pdf).DescendantFonts[0]


@seed(fonts.FONT_KIND)
def nameless_font(pdf):
    del font(pdf).BaseFont


@seed(fonts.NOT_EMBEDDED)
def font_not_embedded(pdf):
    del descendant(pdf).FontDescriptor.FontFile2


@seed(fonts.NOT_EMBEDDED)
def standard_font(pdf):
    pdf.pages[0].obj.Resources.Font["/F1"] = pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    )


@seed(fonts.SYSTEM_INFO)
def no_system_info(pdf):
    del descendant(pdf).CIDSystemInfo


@seed(fonts.GLYPH_MAP)
def no_glyph_map(pdf):
    del descendant(pdf).CIDToGIDMap


@seed(fonts.CMAP)
def invented_cmap(pdf):
    font(pdf).Encoding = Name.Mine


@seed(fonts.WIDTHS)
def other_widths(pdf):
    descendant(pdf).W[1][0] = 123


@seed(fonts.CID_SET)
def empty_cid_set(pdf):
    descriptor = descendant(pdf).FontDescriptor
    descriptor.CIDSet = pdf.make_indirect(pdf.make_stream(b"\x80"))


@seed(fonts.CID_SET, parts="1b")
def subset_without_cid_set(pdf):
    descendant(pdf).BaseFont = Name("/ABCDEF+DeskGlyphless")
    del descendant(pdf).FontDescriptor.CIDSet


@seed(fonts.ENCODING)
def symbolic_with_encoding(pdf):
    descriptor = pdf.make_indirect(Dictionary(dict(descendant(pdf).FontDescriptor.items())))
    pdf.pages[0].obj.Resources.Font["/F1"] = pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.TrueType,
            BaseFont=Name.DeskGlyphless,
            FirstChar=32,
            LastChar=32,
            Widths=Array([300]),
            FontDescriptor=descriptor,
            Encoding=Name.WinAnsiEncoding,
        )
    )


@seed(fonts.TO_UNICODE)
def no_to_unicode(pdf):
    del font(pdf).ToUnicode


# Interaction


def annotate(pdf, **entries):
    look = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, Resources=Dictionary())
    look.BBox = Array([0, 0, 9, 9])
    note = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Square,
        Rect=Array([10, 10, 20, 20]),
        F=4,
        AP=Dictionary(N=pdf.make_indirect(look)),
    )
    for key, value in entries.items():
        note[f"/{key}"] = value
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])
    return note


@seed(interaction.ANNOTATION_KIND)
def film(pdf):
    annotate(pdf, Subtype=Name.Movie)


@seed(interaction.ANNOTATION_FLAGS)
def hidden(pdf):
    annotate(pdf, F=4 | 2)


@seed(interaction.ANNOTATION_FLAGS)
def not_printed(pdf):
    annotate(pdf, F=0)


@seed(interaction.ANNOTATION_LOOK)
def no_appearance(pdf):
    note = annotate(pdf, Subtype=Name.Widget, FT=Name.Tx, T=String("a"))
    pdf.pages[0].obj.Annots[0] = pdf.make_indirect(
        Dictionary({key: value for key, value in note.items() if key != "/AP"})
    )


@seed(interaction.ANNOTATION_LOOK, parts="1b")
def timestamp_widget_without_area(pdf):
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, F=4, Rect=Array([0, 0, 0, 0])
    )
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])


@seed(interaction.APPEARANCE_FORM)
def rollover_appearance(pdf):
    note = annotate(pdf)
    pdf.pages[0].obj.Annots[0].AP.D = note.AP.N


@seed(interaction.ANNOTATION_OPACITY, parts="1b")
def see_through_note(pdf):
    annotate(pdf, CA=0.5)


@seed(interaction.WIDGET_ACTION)
def field_action(pdf):
    annotate(pdf, Subtype=Name.Widget, FT=Name.Tx, A=Dictionary(S=Name.URI, URI=String("x:")))


@seed(interaction.NEED_APPEARANCES)
def need_appearances(pdf):
    pdf.Root.AcroForm = Dictionary(Fields=Array(), NeedAppearances=True)


@seed(interaction.XFA)
def xfa(pdf):
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=String(""))


@seed(interaction.NEEDS_RENDERING, parts="2b")
def needs_rendering(pdf):
    pdf.Root.NeedsRendering = True


@seed(interaction.PERMISSIONS, parts="2b")
def odd_permissions(pdf):
    pdf.Root.Perms = Dictionary(UR=Dictionary())


@seed(interaction.OPTIONAL_CONTENT, parts="1b")
def layers(pdf):
    pdf.Root.OCProperties = Dictionary(OCGs=Array(), D=Dictionary(Name=String("a")))


@seed(interaction.LAYER_CONFIGURATION, parts="2b")
def nameless_layers(pdf):
    pdf.Root.OCProperties = Dictionary(OCGs=Array(), D=Dictionary())


@seed(interaction.LAYER_CONFIGURATION, parts="2b")
def layer_left_out_of_the_order(pdf):
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("a")))
    order = Dictionary(Name=String("a"), Order=Array())
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=order)


@seed(interaction.ALTERNATE_PRESENTATION, parts="2b")
def slide_show(pdf):
    pdf.pages[0].obj.PresSteps = Dictionary()


@seed(interaction.REQUIREMENTS, parts="2b")
def requirements(pdf):
    pdf.Root.Requirements = Array()


# Metadata


def edit_packet(pdf, old: bytes, new: bytes) -> None:
    packet = pdf.Root.Metadata.read_bytes()
    assert old in packet
    pdf.Root.Metadata.write(packet.replace(old, new))


@seed(xmp.NO_METADATA)
def no_metadata(pdf):
    del pdf.Root.Metadata


@seed_bytes(xmp.FILTERED, parts="1b")
def packed_metadata(data):
    # As an update appended to the file: every library of the desk unpacks the packet on saving.
    found = re.search(rb"(\d+) 0 obj\n<< /Type /Metadata.*?stream\n(.*?)\nendstream", data, re.S)
    packed = zlib.compress(found[2])
    entries = b"/Type /Metadata /Subtype /XML /Filter /FlateDecode /Length %d" % len(packed)
    body = b"%b 0 obj\n<< %b >>\nstream\n%b\nendstream\nendobj\n" % (found[1], entries, packed)
    previous = re.search(rb"startxref\n(\d+)", data)[1]
    trailer = re.search(rb"trailer\n<< (.*?) >>\nstartxref", data)[1] + b" /Prev " + previous
    table = b"xref\n%b 1\n%010d 00000 n \n" % (found[1], len(data))
    end = b"trailer\n<< %b >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, len(data) + len(body))
    return data + body + table + end


@seed(xmp.PACKET)
def packet_length_in_header(pdf):
    edit_packet(pdf, b' id="W5', b' bytes="9" id="W5')


@seed(xmp.MALFORMED)
def unclosed_packet(pdf):
    edit_packet(pdf, b"</x:xmpmeta>", b"")


@seed(xmp.MALFORMED)
def entity_in_packet(pdf):
    edit_packet(pdf, b"<x:xmpmeta", b'<!DOCTYPE x [<!ENTITY a "b">]><x:xmpmeta')


@seed(xmp.UNKNOWN_PROPERTY)
def invented_property(pdf):
    edit_packet(pdf, b"<dc:format>", b'<my:own xmlns:my="urn:my">1</my:own><dc:format>')


@seed(xmp.IDENTIFICATION)
def other_part(pdf):
    packet = re.sub(rb"pdfaid:part>\d", b"pdfaid:part>3", pdf.Root.Metadata.read_bytes())
    pdf.Root.Metadata.write(packet)


@seed(xmp.DISAGREEMENT)
def other_title(pdf):
    pdf.trailer.Info.Title = String("Giấy khác")


@seed(xmp.DISAGREEMENT)
def other_date(pdf):
    pdf.trailer.Info.ModDate = String("D:20260304050608+07'00'")


CASES = [
    pytest.param(seed, part, id=f"{part}-{seed.name}") for seed in SEEDS for part in seed.parts
]


def break_file(seed: Seed, good: Path, bad: Path) -> None:
    if seed.in_bytes:
        data = seed.in_bytes(good.read_bytes())
        assert data != good.read_bytes()
        bad.write_bytes(data)
        return
    with pikepdf.open(good, inherit_page_attributes=False) as pdf:
        assert seed.in_pdf
        seed.in_pdf(pdf)
        fields = [note for note in pdf.pages[0].obj.get("/Annots", []) if "/FT" in note]
        if fields:
            pdf.Root.AcroForm = Dictionary(Fields=Array(fields))
        pdf.save(bad, fix_metadata_version=False, compress_streams=False, **save_options(seed))


def save_options(seed: Seed) -> dict[str, object]:
    if seed.rule is file.XREF_STREAM:
        return {"object_stream_mode": pikepdf.ObjectStreamMode.generate}
    plain: dict[str, object] = {"object_stream_mode": pikepdf.ObjectStreamMode.disable}
    if seed.rule is file.ENCRYPTED:
        return plain | {"encryption": pikepdf.Encryption(owner="o", user="", metadata=False)}
    return plain


@pytest.mark.parametrize(("seed", "part"), CASES)
def test_exactly_the_broken_rule_is_found(seed: Seed, part: str, both_good, tmp_path):
    bad = tmp_path / "bad.pdf"
    break_file(seed, both_good[part], bad)
    found = {fault.en for fault in pdfa.check(bad, part)}
    assert seed.rule.en in found
    assert found <= {seed.rule.en, *(rule.en for rule in seed.also)}


def test_every_rule_is_tried():
    assert {rule for seed in SEEDS for rule in (seed.rule,)} == set(pdfa.RULES)


def test_every_rule_names_a_clause_and_speaks_both_languages():
    for rule in pdfa.RULES:
        assert re.fullmatch(r"(6\.\d+(\.\d+)*)?", rule.part2)
        assert re.fullmatch(r"(6\.\d+(\.\d+)*)?", rule.part1)
        assert rule.part1 or rule.part2
        assert rule.vi
        assert rule.en


def test_a_good_file_has_no_faults(good, part):
    assert pdfa.check(good, part) == ()


def test_the_other_part_is_not_claimed(good, part):
    other = "1b" if part == "2b" else "2b"
    assert "6.6.4" in {fault.clause for fault in pdfa.check(good, other)} or other == "1b"


def test_a_fault_names_its_object_and_clause(both_good, tmp_path):
    bad = tmp_path / "bad.pdf"
    with pikepdf.open(both_good["2b"]) as pdf:
        image(pdf).Interpolate = True
        pdf.save(bad, fix_metadata_version=False)
        number = image(pdf).objgen[0]
    (fault,) = pdfa.check(bad, "2b")
    assert fault.clause == "6.2.8"
    assert re.fullmatch(r"\d+ 0", fault.object)
    assert number > 0


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"\xff\xd8\xff\xe0 a picture", b"%PDF-1.7\n1 0 obj\n<<" * 40]
)
def test_what_is_no_pdf_is_unusable_input(content, tmp_path):
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    with pytest.raises(UnusableInput) as caught:
        pdfa.check(path, "2b")
    assert "x.pdf" in caught.value.vi
    assert caught.value.exit_code == 2


def test_a_locked_file_is_unusable_input(both_good, tmp_path):
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(both_good["2b"]) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(UnusableInput, match="password"):
        pdfa.check(locked, "2b")


@pytest.mark.parametrize("at", range(200, 3000, 400))
def test_a_cut_file_never_raises_anything_else(both_good, tmp_path, at):
    cut = tmp_path / "cut.pdf"
    data = both_good["2b"].read_bytes()
    cut.write_bytes(data[: len(data) - at])
    with contextlib.suppress(UnusableInput):
        assert pdfa.check(cut, "2b")
