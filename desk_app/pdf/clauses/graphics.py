"""What is painted: output intent, colour, pictures, graphics state, transparency (6.2, 6.4)."""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf

from desk_app.pdf.clauses.inspection import (
    Inspection,
    Rule,
    containers,
    entries,
    has_keys,
    items,
    label,
    name,
    names,
)

OUTPUT_INTENT = Rule(
    "6.2.3",
    "6.2.2",
    "Cấu hình màu đầu ra (OutputIntent) hỏng hoặc không phải ICC hợp lệ",
    "An output intent holds no valid ICC profile",
)
ONE_PROFILE = Rule(
    "6.2.3",
    "6.2.2",
    "Các OutputIntent dùng hồ sơ ICC khác nhau",
    "The output intents name different profiles",
)
DEVICE_COLOUR = Rule(
    "6.2.4.3",
    "6.2.3.3",
    "Màu thiết bị không khớp với OutputIntent",
    "A device colour is used that the output intent does not define",
)
ICC_SPACE = Rule(
    "6.2.4.2",
    "6.2.3.2",
    "Không gian màu ICCBased có hồ sơ không hợp lệ",
    "An ICCBased colour space has no valid profile",
)
GRAPHICS_STATE = Rule(
    "6.2.5",
    "6.2.8",
    "Trạng thái đồ họa có TR, TR2 hoặc HTP",
    "A graphics state contains TR, TR2 or HTP",
)
INTENT = Rule(
    "6.2.6",
    "6.2.9",
    "Rendering intent không thuộc bốn giá trị chuẩn",
    "A rendering intent is none of the four of the standard",
)
OPERATOR = Rule(
    "6.2.2",
    "6.2.10",
    "Dòng nội dung có toán tử không có trong chuẩn",
    "A content stream contains an operator that PDF does not define",
)
OWN_RESOURCES = Rule(
    "6.2.2",
    "",
    "Trang dùng tài nguyên thừa kế, không có Resources riêng",
    "A page has no Resources of its own",
)
NESTING = Rule(
    "6.1.13",
    "6.1.12",
    "Lồng q/Q quá 28 mức",
    "q and Q are nested deeper than 28 levels",
)
PAGE_SIZE = Rule(
    "6.1.13",
    "",
    "Khổ trang nhỏ hơn 3 hoặc lớn hơn 14400 đơn vị",
    "A page is smaller than 3 or larger than 14400 units",
)
INTERPOLATE = Rule("6.2.8", "6.2.4", "Ảnh bật Interpolate", "An image asks for interpolation")
IMAGE_VARIANTS = Rule(
    "6.2.8",
    "6.2.4",
    "Ảnh có Alternates hoặc OPI",
    "An image has alternates or an OPI reference",
)
IMAGE_DEPTH = Rule(
    "6.2.8",
    "6.2.4",
    "Số bit của ảnh không được phép",
    "An image's bits per component are not allowed",
)
POSTSCRIPT = Rule("6.2.9", "6.2.7", "Có mã PostScript", "There is PostScript code")
FORM_OPI = Rule("6.2.9", "6.2.4", "Form XObject có OPI", "A form XObject has an OPI reference")
REFERENCE_XOBJECT = Rule(
    "6.2.9",
    "6.2.6",
    "Có reference XObject",
    "There is a reference XObject",
)
BLEND_MODE = Rule(
    "6.2.10",
    "6.4",
    "Chế độ hòa trộn không được phép",
    "A blend mode is not allowed",
)
TRANSPARENCY = Rule(
    "",
    "6.4",
    "Có trong suốt (SMask, nhóm trong suốt, ca/CA khác 1)",
    "There is transparency (soft mask, transparency group, ca or CA other than 1)",
)

_INTENTS = {"/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation"}
_DEFINED = """
b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m
M MP n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' "
"""
_OPERATORS = frozenset(_DEFINED.split())
_DEVICE_OPERATORS = {
    "g": "/DeviceGray",
    "G": "/DeviceGray",
    "rg": "/DeviceRGB",
    "RG": "/DeviceRGB",
    "k": "/DeviceCMYK",
    "K": "/DeviceCMYK",
}
_DEVICE_SPACES = set(_DEVICE_OPERATORS.values())
_ABBREVIATED = {"/G": "/DeviceGray", "/RGB": "/DeviceRGB", "/CMYK": "/DeviceCMYK"}
_COMPONENTS = {b"GRAY": 1, b"RGB ": 3, b"Lab ": 3, b"CMYK": 4}
_BLENDS_1 = {"/Normal", "/Compatible"}
_MODES = """
Multiply Screen Overlay Darken Lighten ColorDodge ColorBurn HardLight SoftLight Difference
Exclusion Hue Saturation Color Luminosity
"""
_BLENDS_2 = _BLENDS_1 | {f"/{mode}" for mode in _MODES.split()}
_MAX_NESTING = 28


def check(inspection: Inspection) -> None:
    """Apply the rules of this module."""
    inked = _check_output_intents(inspection)
    for number, page in enumerate(inspection.pdf.pages, 1):
        _check_page(inspection, f"page {number}", page.obj)
        for space in _content_spaces(inspection, f"page {number}", page.obj):
            _check_space(inspection, f"page {number}", space, inked)
    for where, container in containers(inspection.pdf):
        if has_keys(container):
            _check_container(inspection, where, container, inked)


def _check_container(
    inspection: Inspection, where: str, container: pikepdf.Object, inked: str
) -> None:
    keyed = entries(container)
    for state in entries(keyed.get("/ExtGState")).values():
        _check_state(inspection, label(state, where), entries(state))
    for space in entries(keyed.get("/ColorSpace")).values():
        _check_space(inspection, where, space, inked)
    if not isinstance(container, pikepdf.Stream):
        return
    kind = name(keyed.get("/Subtype"))
    if kind == "/Image":
        _check_image(inspection, where, keyed)
        _check_space(inspection, where, keyed.get("/ColorSpace"), inked)
    elif kind == "/PS":
        inspection.add(POSTSCRIPT, where)
    elif kind == "/Form":
        _check_form(inspection, where, keyed)
        for used in _content_spaces(inspection, where, container):
            _check_space(inspection, where, used, inked)


# Colour


def _check_output_intents(inspection: Inspection) -> str:
    """Check the output intents; return the device space that they define."""
    profiles = {}
    inked = ""
    intents = items(entries(inspection.pdf.Root).get("/OutputIntents"))
    for intent in intents:
        keyed = entries(intent)
        profile = keyed.get("/DestOutputProfile")
        if profile is not None:
            profiles[label(profile, "direct")] = profile
        if name(keyed.get("/S")) == "/GTS_PDFA1":
            space = _icc_space(inspection, profile, (b"prtr", b"mntr"))
            inked = space or inked
            if not space:
                inspection.add(OUTPUT_INTENT, label(intent, "catalog"))
    if len(profiles) > 1:
        inspection.add(ONE_PROFILE, "catalog")
    return inked


def _icc_space(inspection: Inspection, profile: object, classes: tuple[bytes, ...]) -> str:
    """Return the device space of a valid ICC profile, empty for an invalid one."""
    if not isinstance(profile, pikepdf.Stream):
        return ""
    header = profile.read_bytes()[:128]
    newest = 2 if inspection.is_part1 else 4  # ICC.1:1998-09 against ISO 15076-1
    if len(header) < 128 or header[36:40] != b"acsp" or not 2 <= header[8] <= newest:
        return ""
    space = header[16:20]
    if header[12:16] not in classes or _COMPONENTS.get(space) != profile.get("/N"):
        return ""
    return {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}[_COMPONENTS[space]]


def _check_space(inspection: Inspection, where: str, space: object, inked: str) -> None:
    family = name(space)
    if family in _DEVICE_SPACES:
        if not inked or family not in ("/DeviceGray", inked):
            inspection.add(DEVICE_COLOUR, where)
        return
    parts = items(space)
    if not parts:
        return
    family = name(parts[0])
    if family in _DEVICE_SPACES:
        _check_space(inspection, where, parts[0], inked)
    elif family == "/ICCBased":
        classes = (b"prtr", b"mntr", b"scnr", b"spac")
        if not _icc_space(inspection, parts[1] if len(parts) > 1 else None, classes):
            inspection.add(ICC_SPACE, where)
    elif family in ("/Indexed", "/I", "/Pattern") and len(parts) > 1:
        _check_space(inspection, where, parts[1], inked)
    elif family in ("/Separation", "/DeviceN") and len(parts) > 2:
        _check_space(inspection, where, parts[2], inked)


# Pages and their content


def _check_page(inspection: Inspection, where: str, page: pikepdf.Object) -> None:
    keyed = entries(page)
    if "/Resources" not in keyed:
        inspection.add(OWN_RESOURCES, where)
    _check_group(inspection, where, keyed)
    for boundary in ("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox"):
        corners = [float(corner) for corner in items(keyed.get(boundary))]
        if len(corners) == 4:
            sides = (abs(corners[2] - corners[0]), abs(corners[3] - corners[1]))
            if not all(3 <= side <= 14_400 for side in sides):
                inspection.add(PAGE_SIZE, where)


def _content_spaces(
    inspection: Inspection, where: str, content: pikepdf.Object
) -> Iterator[object]:
    """Check the operators of a page or form; yield the colour spaces that they use."""
    depth = deepest = 0
    for instruction in pikepdf.parse_content_stream(content):
        if isinstance(instruction, pikepdf.ContentStreamInlineImage):
            yield from _inline_image(inspection, where, instruction.iimage)
            continue
        operator = str(instruction.operator)
        depth += (operator == "q") - (operator == "Q")
        deepest = max(depth, deepest)
        if operator in _DEVICE_OPERATORS:
            yield pikepdf.Name(_DEVICE_OPERATORS[operator])
        elif operator in ("cs", "CS"):
            yield instruction.operands[0]
        elif operator == "ri" and name(instruction.operands[0]) not in _INTENTS:
            inspection.add(INTENT, where)
        elif operator not in _OPERATORS:
            inspection.add(OPERATOR, where)
    if deepest > _MAX_NESTING:
        inspection.add(NESTING, where)


def _inline_image(
    inspection: Inspection, where: str, image: pikepdf.PdfInlineImage
) -> Iterator[object]:
    keyed = entries(image.obj)
    if keyed.get("/I", keyed.get("/Interpolate", False)) is not False:
        inspection.add(INTERPOLATE, where)
    space = keyed.get("/CS", keyed.get("/ColorSpace"))
    yield pikepdf.Name(_ABBREVIATED[name(space)]) if name(space) in _ABBREVIATED else space


# Pictures, forms, states


def _check_image(inspection: Inspection, where: str, keyed: dict[str, pikepdf.Object]) -> None:
    if keyed.get("/Interpolate", False) is not False:
        inspection.add(INTERPOLATE, where)
    if {"/Alternates", "/OPI"} & keyed.keys():
        inspection.add(IMAGE_VARIANTS, where)
    if keyed.get("/Intent") is not None and name(keyed["/Intent"]) not in _INTENTS:
        inspection.add(INTENT, where)
    _check_depth(inspection, where, keyed)
    if isinstance(keyed.get("/SMask"), pikepdf.Stream) or keyed.get("/SMaskInData", 0) != 0:
        inspection.add(TRANSPARENCY, where)


def _check_depth(inspection: Inspection, where: str, keyed: dict[str, pikepdf.Object]) -> None:
    bits = keyed.get("/BitsPerComponent")
    allowed: tuple[int, ...] = (1, 2, 4, 8) if inspection.is_part1 else (1, 2, 4, 8, 16)
    if keyed.get("/ImageMask", False):
        allowed = (1,)
    if bits is not None and bits not in allowed:
        inspection.add(IMAGE_DEPTH, where)


def _check_form(inspection: Inspection, where: str, keyed: dict[str, pikepdf.Object]) -> None:
    if "/PS" in keyed or name(keyed.get("/Subtype2")) == "/PS":
        inspection.add(POSTSCRIPT, where)
    if "/OPI" in keyed:
        inspection.add(FORM_OPI, where)
    if "/Ref" in keyed:
        inspection.add(REFERENCE_XOBJECT, where)
    _check_group(inspection, where, keyed)


def _check_group(inspection: Inspection, where: str, keyed: dict[str, pikepdf.Object]) -> None:
    if name(entries(keyed.get("/Group")).get("/S")) == "/Transparency":
        inspection.add(TRANSPARENCY, where)


def _check_state(inspection: Inspection, where: str, state: dict[str, pikepdf.Object]) -> None:
    transfer = name(state.get("/TR2", pikepdf.Name.Default))
    if "/TR" in state or transfer != "/Default":
        inspection.add(GRAPHICS_STATE, where)
    if "/HTP" in state and not inspection.is_part1:
        inspection.add(GRAPHICS_STATE, where)
    if "/RI" in state and name(state["/RI"]) not in _INTENTS:
        inspection.add(INTENT, where)
    if not (_BLENDS_1 if inspection.is_part1 else _BLENDS_2).issuperset(names(state.get("/BM"))):
        inspection.add(BLEND_MODE, where)
    masked = "/SMask" in state and name(state["/SMask"]) != "/None"
    if masked or state.get("/ca", 1) != 1 or state.get("/CA", 1) != 1:
        inspection.add(TRANSPARENCY, where)


RULES = (
    OUTPUT_INTENT,
    ONE_PROFILE,
    DEVICE_COLOUR,
    ICC_SPACE,
    GRAPHICS_STATE,
    INTENT,
    OPERATOR,
    OWN_RESOURCES,
    NESTING,
    PAGE_SIZE,
    INTERPOLATE,
    IMAGE_VARIANTS,
    IMAGE_DEPTH,
    POSTSCRIPT,
    FORM_OPI,
    REFERENCE_XOBJECT,
    BLEND_MODE,
    TRANSPARENCY,
)
