"""What a viewer could do: annotations, forms, optional content, the catalog (6.3, 6.4, 6.9)."""

from __future__ import annotations

import pikepdf

from desk_app.pdf.clauses.inspection import Inspection, Rule, entries, items, label, name

ANNOTATION_KIND = Rule(
    "6.3.1",
    "6.5.2",
    "Loại chú giải không được phép",
    "An annotation's type is not allowed",
)
ANNOTATION_FLAGS = Rule(
    "6.3.2",
    "6.5.3",
    "Chú giải phải in được và không bị ẩn (cờ F)",
    "An annotation is hidden or does not print (its F flags)",
)
ANNOTATION_LOOK = Rule(
    "6.3.3",
    "6.9",
    "Chú giải không có hình hiển thị (AP)",
    "An annotation has no appearance (AP)",
)
APPEARANCE_FORM = Rule(
    "6.3.3",
    "6.5.3",
    "Hình hiển thị của chú giải phải chỉ có mục N đúng kiểu",
    "An appearance has other entries than N, or N is of the wrong type",
)
ANNOTATION_OPACITY = Rule("", "6.5.3", "Chú giải trong suốt (CA)", "An annotation is transparent")
WIDGET_ACTION = Rule(
    "6.4.1",
    "6.6.1",
    "Ô biểu mẫu có hành động (A)",
    "A form field performs an action (A)",
)
NEED_APPEARANCES = Rule(
    "6.4.1",
    "6.9",
    "Biểu mẫu yêu cầu vẽ lại (NeedAppearances)",
    "The form asks to be drawn anew (NeedAppearances)",
)
XFA = Rule("6.4.2", "6.9", "Biểu mẫu XFA", "The form is in XFA")
NEEDS_RENDERING = Rule(
    "6.4.2", "", "Catalog có NeedsRendering", "The catalog contains NeedsRendering"
)
PERMISSIONS = Rule(
    "6.1.12",
    "",
    "Từ điển Perms có mục ngoài UR3 và DocMDP",
    "The permissions dictionary has other keys than UR3 and DocMDP",
)
OPTIONAL_CONTENT = Rule(
    "",
    "6.1.13",
    "Có nội dung tùy chọn (lớp)",
    "There is optional content (layers)",
)
LAYER_CONFIGURATION = Rule(
    "6.9",
    "",
    "Cấu hình lớp thiếu tên, trùng tên, có AS hoặc thiếu lớp trong Order",
    "A layer configuration has no name or another's name, has AS, or omits a layer in Order",
)
ALTERNATE_PRESENTATION = Rule(
    "6.10",
    "",
    "Có cách trình bày thay thế (AlternatePresentations, PresSteps)",
    "There is an alternate presentation (AlternatePresentations, PresSteps)",
)
REQUIREMENTS = Rule("6.11", "", "Catalog có Requirements", "The catalog contains Requirements")

_PRINT, _UNSEEN, _TOGGLE_NO_VIEW = 4, 1 | 2 | 32, 256
_KINDS_1 = {
    "/Text",
    "/Link",
    "/FreeText",
    "/Line",
    "/Square",
    "/Circle",
    "/Highlight",
    "/Underline",
    "/Squiggly",
    "/StrikeOut",
    "/Stamp",
    "/Ink",
    "/Popup",
    "/Widget",
    "/PrinterMark",
    "/TrapNet",
}
_KINDS_2 = _KINDS_1 | {
    "/Polygon",
    "/PolyLine",
    "/Caret",
    "/FileAttachment",
    "/Watermark",
    "/Redact",
}


def check(inspection: Inspection) -> None:
    """Apply the rules of this module."""
    for number, page in enumerate(inspection.pdf.pages, 1):
        keyed = entries(page.obj)
        if "/PresSteps" in keyed:
            inspection.add(ALTERNATE_PRESENTATION, f"page {number}")
        for annotation in items(keyed.get("/Annots")):
            _check_annotation(inspection, label(annotation, f"page {number}"), annotation)
    _check_catalog(inspection)
    _check_form(inspection)
    _check_layers(inspection)


def _check_annotation(inspection: Inspection, where: str, annotation: pikepdf.Object) -> None:
    keyed = entries(annotation)
    kind = name(keyed.get("/Subtype"))
    if kind not in (_KINDS_1 if inspection.is_part1 else _KINDS_2):
        inspection.add(ANNOTATION_KIND, where)
    if kind == "/Popup" and not inspection.is_part1:
        return
    if not _prints(inspection, keyed.get("/F")):
        inspection.add(ANNOTATION_FLAGS, where)
    if keyed.get("/CA", 1) != 1:
        inspection.add(ANNOTATION_OPACITY, where)
    if kind == "/Widget" and "/A" in keyed:
        inspection.add(WIDGET_ACTION, where)
    if "/AP" in keyed:
        _check_appearance(inspection, where, keyed)
    elif _needs_appearance(inspection, kind, keyed.get("/Rect")):
        inspection.add(ANNOTATION_LOOK, where)


def _prints(inspection: Inspection, flags: object) -> bool:
    if not isinstance(flags, int):
        return False
    unseen = _UNSEEN if inspection.is_part1 else _UNSEEN | _TOGGLE_NO_VIEW
    return bool(flags & _PRINT) and not flags & unseen


def _needs_appearance(inspection: Inspection, kind: str, rectangle: object) -> bool:
    if inspection.is_part1:
        return kind == "/Widget"
    sides = items(rectangle)
    # An invisible timestamp is a widget without area: part 2 lets it be.
    has_area = len(sides) == 4 and (sides[0] != sides[2] or sides[1] != sides[3])
    return kind != "/Link" and has_area


def _check_appearance(inspection: Inspection, where: str, keyed: dict[str, pikepdf.Object]) -> None:
    appearance = entries(keyed["/AP"])
    is_button = name(keyed.get("/Subtype")) == "/Widget" and name(keyed.get("/FT")) == "/Btn"
    normal = appearance.get("/N")
    fits = isinstance(normal, pikepdf.Dictionary if is_button else pikepdf.Stream)
    if set(appearance) != {"/N"} or not fits:
        inspection.add(APPEARANCE_FORM, where)


def _check_catalog(inspection: Inspection) -> None:
    keyed = entries(inspection.pdf.Root)
    if "/NeedsRendering" in keyed:
        inspection.add(NEEDS_RENDERING, "catalog")
    if "/Requirements" in keyed:
        inspection.add(REQUIREMENTS, "catalog")
    if "/AlternatePresentations" in entries(keyed.get("/Names")):
        inspection.add(ALTERNATE_PRESENTATION, "catalog")
    if not {"/UR3", "/DocMDP"}.issuperset(entries(keyed.get("/Perms"))):
        inspection.add(PERMISSIONS, "catalog")


def _check_form(inspection: Inspection) -> None:
    form = entries(entries(inspection.pdf.Root).get("/AcroForm"))
    if form.get("/NeedAppearances", False) is not False:
        inspection.add(NEED_APPEARANCES, "form")
    if "/XFA" in form:
        inspection.add(XFA, "form")


def _check_layers(inspection: Inspection) -> None:
    layers = entries(inspection.pdf.Root).get("/OCProperties")
    if layers is None:
        return
    inspection.add(OPTIONAL_CONTENT, "catalog")
    keyed = entries(layers)
    groups = {label(group, "") for group in items(keyed.get("/OCGs"))}
    told: set[str] = set()
    for configuration in (keyed.get("/D"), *items(keyed.get("/Configs"))):
        config = entries(configuration)
        title = str(config.get("/Name", ""))
        ordered = _ordered(config.get("/Order")) if "/Order" in config else groups
        if not title or title in told or "/AS" in config or not groups <= ordered:
            inspection.add(LAYER_CONFIGURATION, "catalog")
        told.add(title)


def _ordered(order: object) -> set[str]:
    found: set[str] = set()
    pending = items(order)
    while pending:
        item = pending.pop()
        if isinstance(item, pikepdf.Array):
            pending += items(item)
        elif isinstance(item, pikepdf.Dictionary):
            found.add(label(item, ""))
    return found


RULES = (
    ANNOTATION_KIND,
    ANNOTATION_FLAGS,
    ANNOTATION_LOOK,
    APPEARANCE_FORM,
    ANNOTATION_OPACITY,
    WIDGET_ACTION,
    NEED_APPEARANCES,
    XFA,
    NEEDS_RENDERING,
    PERMISSIONS,
    OPTIONAL_CONTENT,
    LAYER_CONFIGURATION,
    ALTERNATE_PRESENTATION,
    REQUIREMENTS,
)
