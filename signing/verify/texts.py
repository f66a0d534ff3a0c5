"""The sentences of verdicts, in Vietnamese and English: one cause each, and one next step."""

from __future__ import annotations

from collections.abc import Sequence

from signing.certificates import Text
from signing.levels import SignerLevel
from signing.ports import VIETNAM
from signing.verify.facts import SignatureFacts, Unreadable

CONTENT_CHANGED = Text(
    "CONTENT_CHANGED",
    "nội dung đã bị thay đổi sau khi ký",
    "its content was changed after signing",
)
SIGNATURE_FORGED = Text(
    "SIGNATURE_FORGED",
    "chữ ký không khớp với chứng thư của người ký",
    "the signature does not match its signer's certificate",
)
CONTAINER_ALTERED = Text(
    "CONTAINER_ALTERED",
    "phần chứa chữ ký đã bị sửa hoặc chèn thêm dữ liệu lạ",
    "the part that holds the signature was altered or carries foreign data",
)
ALGORITHM_BROKEN = Text(
    "ALGORITHM_BROKEN",
    "thuật toán ký đã bị phá vỡ, không còn chứng minh được điều gì",
    "its algorithm is broken and proves nothing",
)
COVERAGE_ODD = Text(
    "COVERAGE_ODD",
    "chữ ký không bao trùm trọn vẹn nội dung tệp",
    "the signature does not cover a whole revision of the file",
)
FORM_CHANGED = Text(
    "FORM_CHANGED",
    "trang hiển thị khác với lúc ký: một ô biểu mẫu đã được điền thêm",
    "the page shows something else than what was signed: a form field was filled",
)
CHANGED_LATER = Text(
    "CHANGED_LATER",
    "tệp bị sửa sau khi ký: trang hiển thị khác với nội dung đã ký",
    "the file was altered after signing: it shows something else than what was signed",
)
PAGES_UNSEEN = Text(
    "PAGES_UNSEEN",
    "không dựng được hình trang để so sánh với nội dung lúc ký",
    "its pages could not be drawn to compare them with what was signed",
)
TIMESTAMP_FORGED = Text(
    "TIMESTAMP_FORGED",
    "dấu thời gian không thuộc về chữ ký này hoặc đã bị sửa",
    "the timestamp is not over this signature or was altered",
)
WRONG_USAGE = Text(
    "WRONG_USAGE",
    "chứng thư không được cấp để ký văn bản",
    "the certificate was not issued for signing documents",
)
CHAIN_BROKEN = Text(
    "CHAIN_BROKEN",
    "chuỗi chứng thư không hợp lệ",
    "the chain of certificates does not hold",
)
NOT_YET_VALID = Text(
    "NOT_YET_VALID",
    "ký trước khi chứng thư có hiệu lực",
    "it was signed before the certificate became valid",
)
NOT_YET_VALID_HERE = Text(
    "NOT_YET_VALID_HERE",
    "theo đồng hồ của máy này, chứng thư chưa có hiệu lực",
    "by this computer's clock the certificate is not valid yet",
)
SIGNED_AFTER_EXPIRY = Text(
    "SIGNED_AFTER_EXPIRY",
    "ký sau khi chứng thư đã hết hạn",
    "it was signed after the certificate had expired",
)
EXPIRED_UNPROVEN = Text(
    "EXPIRED_UNPROVEN",
    "chứng thư đã hết hạn và không có dấu thời gian tin cậy để biết ký lúc nào",
    "the certificate has expired and no trusted timestamp proves when it was used",
)
REVOCATION_UNKNOWN = Text(
    "REVOCATION_UNKNOWN",
    "không có thông tin thu hồi chứng thư tại thời điểm ký",
    "whether the certificate was revoked at signing time is not known",
)
ALGORITHM_WEAK = Text(
    "ALGORITHM_WEAK",
    "thuật toán ký yếu và không chứng minh được chữ ký đã có từ trước",
    "its algorithm is weak and nothing proves that the signature is old",
)
OLD_ALGORITHM = Text("OLD_ALGORITHM", "thuật toán ký cũ, yếu", "an old, weak algorithm was used")
EXPIRED_SINCE = Text(
    "EXPIRED_SINCE",
    "chứng thư đã hết hạn sau khi ký (lúc ký còn hiệu lực)",
    "the certificate has expired since; it was valid when it signed",
)
TIMESTAMP_UNTRUSTED = Text(
    "TIMESTAMP_UNTRUSTED",
    "dấu thời gian của đơn vị chưa được tin cậy, không dùng để xác định thời điểm ký",
    "the timestamp's authority is not trusted, so its time was not used",
)
FIELD_LATER = Text(
    "FIELD_LATER",
    "có ô chữ ký còn trống được thêm sau",
    "an empty signature field was added later",
)
ATTRIBUTES_UNREADABLE = Text(
    "ATTRIBUTES_UNREADABLE",
    "có phần thông tin kèm theo chữ ký không đọc được, đã bỏ qua phần đó",
    "some attributes beside the signature cannot be read and were left out",
)
DESCRIPTION_CHANGED = Text(
    "DESCRIPTION_CHANGED",
    "tiêu đề, tác giả hoặc thông tin mô tả của tệp bị đổi sau khi ký",
    "the file's title, author or other description was changed after signing",
)
CERTIFICATE_NOT_NAMED = Text(
    "CERTIFICATE_NOT_NAMED",
    "chữ ký không ghi rõ nó thuộc chứng thư nào (thiếu signing-certificate của PAdES)",
    "the signature does not name its certificate (PAdES' signing-certificate is missing)",
)
UNSUPPORTED = Text(
    "UNSUPPORTED",
    "chữ ký theo định dạng chưa được hỗ trợ",
    "a signature of a format that is not supported",
)
UNREADABLE = Text("UNREADABLE", "có chữ ký không đọc được", "a signature in it cannot be read")
ORPHANED = Text(
    "ORPHANED",
    "trong tệp còn dấu vết chữ ký nhưng chữ ký đã bị gỡ hoặc làm hỏng",
    "traces of a signature are in the file, but it was detached or damaged",
)
UNSIGNED = Text("UNSIGNED", "tệp không có chữ ký số nào", "it carries no digital signature")
HYBRID = Text(
    "HYBRID",
    "sau khi ký, tệp bị thêm bảng tham chiếu ẩn: mỗi phần mềm có thể hiển thị khác nhau",
    "a hidden cross-reference was added after signing: programs may show different pages",
)
HIDDEN_OBJECTS = Text(
    "HIDDEN_OBJECTS",
    "sau khi ký, tệp bị chèn thêm đối tượng ẩn: mỗi phần mềm có thể hiển thị khác nhau",
    "hidden objects were put into it after signing: programs may show different pages",
)
STRUCTURE_ODD = Text(
    "STRUCTURE_ODD",
    "cấu trúc tệp không đúng chuẩn",
    "the file breaks the rules of its format",
)
EXPECTED_SIGNER_MISSING = Text(
    "EXPECTED_SIGNER_MISSING",
    "thiếu chữ ký của người hoặc cơ quan phải ký",
    "a signer who is required has not signed",
)


def printed_only(phrase: str, page: int) -> Text:
    """The page looks signed, and nothing in the file can be verified."""
    return Text(
        "PRINTED_ONLY",
        f"trang {page + 1} có in dòng “{phrase}” nhưng tệp không còn chữ ký số nào để kiểm tra",
        f"page {page + 1} prints “{phrase}”, but the file carries no signature to verify",
    )


def damaged(detail: str) -> Text:
    """A signed file that no reader finds its way through."""
    return Text(
        "DAMAGED",
        "tệp có chữ ký nhưng bị hỏng hoặc bị cắt, không đọc được",
        f"it was signed but is damaged or cut off and cannot be read ({detail})",
    )


def removed(fields: Sequence[str]) -> Text:
    """A signature of an earlier revision is gone."""
    names = ", ".join(fields)
    return Text(
        "SIGNATURE_REMOVED",
        f"chữ ký đã bị gỡ khỏi tệp ({names})",
        f"a signature was removed from it ({names})",
    )


def painted(fields: Sequence[str]) -> Text:
    """A signature field without a signature that draws over the page."""
    names = ", ".join(fields)
    return Text(
        "PAINTED_FIELD",
        f"sau khi ký, có ô chữ ký trống được vẽ thêm lên trang ({names})",
        f"after signing, an empty signature field was drawn onto a page ({names})",
    )


def shown_changed(facts: SignatureFacts) -> Text:
    """Pages do not look as they did when they were signed."""
    pages = page_list(facts.modification.pages)
    return Text(
        "SHOWN_CHANGED",
        f"trang {pages} hiển thị khác với lúc ký",
        f"page {pages} shows something else than what was signed",
    )


def level_abolished(level: SignerLevel) -> Text:
    """The signer's level of government did not exist any more."""
    return Text(
        "LEVEL_ABOLISHED",
        f"{level.agency}: {level.text.vi} đã bãi bỏ trước ngày ký",
        f"{level.agency}: the {level.text.en} level had been abolished before it signed",
    )


def signed_later(later: Sequence[SignatureFacts]) -> Text:
    """Who signed after this one, and on which page each drew a mark."""
    names_vi = "; ".join(f"{s.signer}{_on_page(s, 'trang')}" for s in later[:6])
    names_en = "; ".join(f"{s.signer}{_on_page(s, 'page')}" for s in later[:6])
    return Text(
        "SIGNED_LATER",
        f"có chữ ký khác được thêm sau: {names_vi}",
        f"further signatures were added later: {names_en}",
    )


def _on_page(facts: SignatureFacts, word: str) -> str:
    pages = [place.page for place in facts.marks if place.is_visible]
    return f" ({word} {page_list(pages)})" if pages else ""


def mark_hides(facts: SignatureFacts) -> Text:
    """A later signature's mark lies over what this one signed."""
    fields = ", ".join(dict(facts.modification.hiding))
    pages = page_list([page for _, page in facts.modification.hiding])
    return Text(
        "MARK_HIDES",
        f"dấu của chữ ký thêm sau ({fields}) che mất nội dung đã ký ở trang {pages}",
        f"the mark of a later signature ({fields}) hides signed content on page {pages}",
    )


def page_list(pages: Sequence[int]) -> str:
    """Page numbers as people count them: ``1, 3, 4``; long lists end in dots."""
    numbers = [str(page + 1) for page in sorted(set(pages))]
    return ", ".join(numbers[:8]) + (" …" if len(numbers) > 8 else "")


def revoked(facts: SignatureFacts) -> Text:
    """The certificate was revoked before it signed, or nothing proves otherwise."""
    when = facts.judgement.revoked_at
    day = f"{when.astimezone(VIETNAM):%d/%m/%Y}" if when else "?"
    return Text(
        "REVOKED", f"chứng thư đã bị thu hồi ({day})", f"the certificate was revoked ({day})"
    )


def no_anchor(facts: SignatureFacts) -> Text:
    """The issuer's root is not among the installed anchors."""
    return Text(
        "NO_ANCHOR",
        f"chưa cài chứng thư gốc của đơn vị cấp “{facts.issuer}”",
        f"no trust anchor of the issuer “{facts.issuer}” is installed",
    )


def imitates(trusted: SignatureFacts) -> Text:
    """A stranger bears a trusted signer's name."""
    return Text(
        "IMITATION",
        f"có chữ ký không tin cậy mang tên giống “{trusted.signer}”",
        f"an untrusted signature bears the name of “{trusted.signer}”",
    )


def covers(trusted: SignatureFacts) -> Text:
    """A stranger's mark lies over what a trusted signer signed."""
    return Text(
        "COVERING",
        f"có chữ ký không tin cậy che lên nội dung do “{trusted.signer}” ký",
        f"an untrusted signature covers what “{trusted.signer}” signed",
    )


def holds(facts: SignatureFacts) -> Text:
    """Everything about the signature is in order."""
    when = f"{facts.moment.astimezone(VIETNAM):%d/%m/%Y %H:%M}"
    if not facts.moment_is_proven:
        return Text("HOLDS", "chữ ký hợp lệ", "the signature is valid")
    return Text("HOLDS", f"chữ ký hợp lệ, ký lúc {when}", f"the signature is valid, made {when}")


def all_hold(count: int) -> Text:
    """The sentence of a valid file."""
    if count == 1:
        return Text("HOLDS", "chữ ký hợp lệ, nội dung còn nguyên vẹn", "its signature holds")
    return Text(
        "HOLDS",
        f"cả {count} chữ ký đều hợp lệ, nội dung còn nguyên vẹn",
        f"all {count} signatures hold",
    )


def naming(facts: SignatureFacts | Unreadable, reason: Text, count: int) -> Text:
    """Say whose signature is meant when there are several."""
    if count == 1:
        return reason
    who = facts.signer if isinstance(facts, SignatureFacts) else facts.field
    return Text(reason.code, f"{who}: {reason.vi}", f"{who}: {reason.en}")


_NEXT = {
    "HOLDS": Text("NONE", "Không cần làm gì thêm.", "Nothing more is needed."),
    "UNSIGNED": Text(
        "SIGN", "Ký số tệp này hoặc lấy bản đã ký.", "Sign the file, or ask for the signed one."
    ),
    "PRINTED_ONLY": Text(
        "ASK_ORIGINAL",
        "Yêu cầu tệp gốc có chữ ký số; bản in lại hoặc lưu lại không còn giá trị kiểm tra.",
        "Ask for the original signed file; a copy that was saved or printed anew proves nothing.",
    ),
    "NO_ANCHOR": Text(
        "INSTALL_ANCHOR",
        "Nhờ quản trị kiểm tra và cài chứng thư gốc của đơn vị cấp.",
        "Ask the administrator to check and install the issuer's root certificate.",
    ),
    "EXPECTED_SIGNER_MISSING": Text(
        "ASK_SIGNER",
        "Chuyển tệp cho người hoặc cơ quan còn thiếu để ký, hoặc lấy bản có đủ chữ ký.",
        "Have the missing person or agency sign, or ask for the copy with all signatures.",
    ),
    "REVOCATION_UNKNOWN": Text(
        "CHECK_ONLINE",
        "Kiểm tra lại khi có mạng, hoặc yêu cầu bản có kèm thông tin thu hồi (B-LT).",
        "Check again online, or ask for a copy that carries revocation data (B-LT).",
    ),
}
_ASK_AGAIN = Text(
    "ASK_AGAIN",
    "Không dùng tệp này; yêu cầu người gửi gửi lại bản gốc đã ký.",
    "Do not use this file; ask the sender for the signed original.",
)
_ASK_SENDER = Text(
    "ASK_SENDER",
    "Chưa dùng tệp này; hỏi lại người ký hoặc yêu cầu ký lại có dấu thời gian.",
    "Do not rely on it yet; ask the signer, or ask for a new signature with a timestamp.",
)
_OPEN_QUESTIONS = frozenset(
    {"EXPIRED_UNPROVEN", "ALGORITHM_WEAK", "UNSUPPORTED", "NOT_YET_VALID_HERE", "PAGES_UNSEEN"}
)


def next_step(reason: Text) -> Text:
    """What to do about a reason."""
    if reason.code in _OPEN_QUESTIONS:
        return _ASK_SENDER
    return _NEXT.get(reason.code, _ASK_AGAIN)
