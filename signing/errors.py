"""What can go wrong while signing or verifying, as one tree.

    SigningError
    ├── KeyProblem
    │   ├── KeyUriBad          KEY_URI          the key's address is not of a known form
    │   ├── KeyFileBad         KEY_FILE_BAD     the PKCS#12 file is missing, damaged or empty
    │   ├── PinWrong           PIN_WRONG        one attempt was used; what is known of the rest
    │   ├── PinFinalTry        PIN_FINAL_TRY    the next wrong PIN locks the token: ask first
    │   ├── PinLocked          PIN_LOCKED       the token refuses every PIN
    │   ├── TokenAbsent        TOKEN_ABSENT     no such module or token              (exit 3)
    │   ├── TokenLost          TOKEN_LOST       the token went away in the middle    (exit 3)
    │   └── CertificateUnusable CERT_UNUSABLE   expired, wrong usage, weak, not trusted
    ├── TimestampUnreachable   TSA_UNREACHABLE  no timestamp, so nothing was signed  (exit 3)
    ├── TimestampUntrusted     TSA_UNTRUSTED    its authority leads to no installed anchor
    ├── RevocationUnreachable  REVOCATION_UNREACHABLE                                (exit 3)
    ├── InputProblem
    │   ├── FileUnreadable     FILE_UNREADABLE
    │   ├── NotAPdf            NOT_A_PDF
    │   ├── PdfEncrypted       PDF_ENCRYPTED
    │   └── PdfDamaged         PDF_DAMAGED
    ├── AnchorBad              ANCHOR_BAD       a trust anchor file cannot be used
    ├── PolicyViolated         POLICY           the signing policy or the document forbids it
    │   └── MarkUnusable       MARK             the visible mark cannot be drawn or placed
    ├── TargetExists           TARGET_EXISTS    another file has that name; it is not replaced
    ├── BatchBusy              BATCH_BUSY       the same batch is being signed elsewhere
    ├── SignerLost             SIGNER_LOST      the signing process ended in the middle
    └── SigningFailed          SIGNING_FAILED   the engine failed; nothing was written

Every class has a stable ``code``, an ``exit_code`` and texts in Vietnamese and English that say
what happened, what is safe and what to do next. No text ever holds a PIN or a passphrase.
"""

from __future__ import annotations

from collections.abc import Mapping


class SigningError(Exception):
    """Root of the tree; the texts are templates filled with the keyword arguments."""

    code = "SIGNING_ERROR"
    exit_code = 2
    vi_text = "Chưa ký được: {detail}."
    en_text = "It could not be signed: {detail}."
    next_vi_text = "Tệp gốc không bị thay đổi. Thử lại; nếu lặp lại, báo quản trị."
    next_en_text = "The original was not changed. Try again; if it recurs, tell the administrator."

    def __init__(self, detail: str = "", detail_vi: str = "", **facts: object) -> None:
        self.facts: dict[str, object] = {
            "detail": detail,
            "detail_vi": detail_vi or detail,
            **facts,
        }
        super().__init__(self.en)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the facts when the error crosses a process border."""
        return (_rebuild, (type(self), self.facts))

    @property
    def vi(self) -> str:
        """What happened, in Vietnamese."""
        return self.vi_text.format_map({**self.facts, "detail": self.facts["detail_vi"]})

    @property
    def en(self) -> str:
        """What happened, in English."""
        return self.en_text.format_map(self.facts)

    @property
    def next_vi(self) -> str:
        """What to do now, in Vietnamese."""
        return self.next_vi_text.format_map(self.facts)

    @property
    def next_en(self) -> str:
        """What to do now, in English."""
        return self.next_en_text.format_map(self.facts)


def _rebuild(kind: type[SigningError], facts: Mapping[str, object]) -> SigningError:
    error = kind.__new__(kind)
    SigningError.__init__(error, **facts)  # type: ignore[arg-type]
    return error


class KeyProblem(SigningError):
    """The key or its certificate cannot be used."""

    code = "KEY"
    vi_text = "Không dùng được khóa ký: {detail}."
    en_text = "The signing key cannot be used: {detail}."


class KeyUriBad(KeyProblem):
    """The address of the key is not ``p12:FILE`` or ``pkcs11:MODULE?token=LABEL``."""

    code = "KEY_URI"
    vi_text = "Địa chỉ khóa ký chưa đúng: {detail}."
    en_text = "The key's address is wrong: {detail}."
    next_vi_text = "Dùng p12:TỆP hoặc pkcs11:MODULE?token=NHÃN[&cert=SHA256]."
    next_en_text = "Use p12:FILE or pkcs11:MODULE?token=LABEL[&cert=SHA256]."


class KeyFileBad(KeyProblem):
    """The PKCS#12 file is missing, damaged or holds no private key."""

    code = "KEY_FILE_BAD"
    vi_text = "Không đọc được tệp khóa {file}: {detail}."
    en_text = "The key file {file} cannot be read: {detail}."
    next_vi_text = "Chưa ký tệp nào. Kiểm tra đường dẫn hoặc xuất lại tệp khóa (.p12)."
    next_en_text = "Nothing was signed. Check the path or export the key file (.p12) again."


class PinWrong(KeyProblem):
    """A PIN or passphrase was refused; it is never tried a second time by the program.

    ``left`` says what is known of the attempts that remain: ``"unknown"``, ``"low"`` (at least
    one wrong PIN since the last good one), ``"one"`` (the next wrong one locks) or
    ``"unlimited"`` (a key file).
    """

    code = "PIN_WRONG"
    vi_text = "{what_vi} không đúng. {left_vi}"
    en_text = "The {what_en} is wrong. {left_en}"
    next_vi_text = "Chưa ký tệp nào. Kiểm tra lại rồi nhập một lần nữa; máy không tự thử lại."
    next_en_text = "Nothing was signed. Check it and enter it again; nothing is retried by itself."

    _LEFT: Mapping[str, tuple[str, str]] = {
        "unknown": (
            "Thiết bị không cho biết còn mấy lần thử.",
            "The token does not say how many attempts are left.",
        ),
        "low": (
            "Số lần thử còn lại đã giảm; sai liên tiếp sẽ khóa thiết bị.",
            "Fewer attempts are left; wrong ones in a row will lock the token.",
        ),
        "one": (
            "Chỉ còn MỘT lần thử trước khi thiết bị bị khóa.",
            "Only ONE attempt is left before the token locks.",
        ),
        "unlimited": (
            "Tệp khóa không bị khóa sau khi nhập sai.",
            "A key file does not lock after a wrong entry.",
        ),
    }

    def __init__(self, left: str = "unknown", **facts: object) -> None:
        is_file = left == "unlimited"
        facts.setdefault("what_vi", "Mật khẩu tệp khóa" if is_file else "Mã PIN")
        facts.setdefault("what_en", "passphrase of the key file" if is_file else "PIN")
        facts["left_vi"], facts["left_en"] = self._LEFT[left]
        super().__init__(left=left, **facts)  # type: ignore[arg-type]


class PinFinalTry(KeyProblem):
    """The token says that the next wrong PIN locks it; the caller must confirm first."""

    code = "PIN_FINAL_TRY"
    vi_text = "Thiết bị ký {token} chỉ còn một lần nhập PIN trước khi bị khóa."
    en_text = "The token {token} has one PIN attempt left before it locks."
    next_vi_text = "Chưa nhập PIN. Chỉ tiếp tục khi chắc chắn đúng, và phải gõ xác nhận."
    next_en_text = "No PIN was sent. Go on only if you are sure, with a typed confirmation."


class PinLocked(KeyProblem):
    """The token is locked after too many wrong PINs."""

    code = "PIN_LOCKED"
    vi_text = "Thiết bị ký {token} đã bị khóa do nhập sai PIN nhiều lần."
    en_text = "The token {token} is locked after too many wrong PINs."
    next_vi_text = "Liên hệ đơn vị cấp chứng thư (hoặc quản trị có mã SO-PIN) để mở khóa."
    next_en_text = "Ask the certificate's issuer (or the holder of the SO PIN) to unlock it."


class TokenAbsent(KeyProblem):
    """The PKCS#11 module cannot be loaded or no token has the label."""

    code = "TOKEN_ABSENT"
    exit_code = 3
    vi_text = "Không tìm thấy thiết bị ký {token}: {detail}."
    en_text = "The signing token {token} was not found: {detail}."
    next_vi_text = "Cắm thiết bị, kiểm tra trình điều khiển rồi thử lại. Chưa ký tệp nào."
    next_en_text = "Plug the token in, check its driver and try again. Nothing was signed."


class TokenLost(KeyProblem):
    """The token was removed or stopped answering in the middle of the work."""

    code = "TOKEN_LOST"
    exit_code = 3
    vi_text = "Mất kết nối với thiết bị ký {token}: {detail}."
    en_text = "The signing token {token} went away: {detail}."
    next_vi_text = "Các tệp đã ký xong vẫn nguyên vẹn. Cắm lại thiết bị rồi ký tiếp."
    next_en_text = "Files already signed are whole. Plug the token in again and go on."


class CertificateUnusable(KeyProblem):
    """The certificate may not sign under the policy."""

    code = "CERT_UNUSABLE"
    vi_text = "Chứng thư số không dùng để ký được: {detail}."
    en_text = "The certificate may not be used to sign: {detail}."
    next_vi_text = "Chưa ký tệp nào. Chọn chứng thư khác hoặc liên hệ đơn vị cấp chứng thư."
    next_en_text = "Nothing was signed. Choose another certificate or ask its issuer."


class TimestampUnreachable(SigningError):
    """No trusted timestamp could be had; nothing was signed at a lower level."""

    code = "TSA_UNREACHABLE"
    exit_code = 3
    vi_text = "Không lấy được dấu thời gian: {detail}."
    en_text = "No timestamp could be had: {detail}."
    next_vi_text = "Tệp gốc còn nguyên và chưa được ký ở mức thấp hơn. Thử lại khi có mạng."
    next_en_text = "The original is untouched and was not signed at a lower level. Try again later."


class TimestampUntrusted(SigningError):
    """The timestamp authority is not one that the anchors vouch for; nothing was signed."""

    code = "TSA_UNTRUSTED"
    vi_text = "Máy chủ dấu thời gian không đáng tin cậy: {detail}."
    en_text = "The timestamp authority is not trusted: {detail}."
    next_vi_text = "Chưa ký tệp nào. Chọn máy chủ dấu thời gian khác hoặc cài chứng thư gốc của nó."
    next_en_text = "Nothing was signed. Choose another authority, or install its root certificate."


class RevocationUnreachable(SigningError):
    """The revocation status that the level needs could not be had; nothing was signed."""

    code = "REVOCATION_UNREACHABLE"
    exit_code = 3
    vi_text = "Không lấy được trạng thái thu hồi của chứng thư: {detail}."
    en_text = "The certificate's revocation status could not be had: {detail}."
    next_vi_text = "Tệp gốc còn nguyên và chưa được ký ở mức thấp hơn. Thử lại khi có mạng."
    next_en_text = "The original is untouched and was not signed at a lower level. Try again later."


class InputProblem(SigningError):
    """The file given is not one that can be signed or verified."""

    code = "INPUT"
    vi_text = "Không dùng được tệp {file}: {detail}."
    en_text = "The file {file} cannot be used: {detail}."
    next_vi_text = "Tệp không bị thay đổi. Chọn tệp khác."
    next_en_text = "The file was not changed. Choose another one."


class FileUnreadable(InputProblem):
    """The file is missing or may not be read."""

    code = "FILE_UNREADABLE"
    vi_text = "Không mở được tệp {file}: {detail}."
    en_text = "The file {file} cannot be opened: {detail}."


class NotAPdf(InputProblem):
    """The file is empty or of another kind."""

    code = "NOT_A_PDF"
    vi_text = "Tệp {file} không phải là PDF ({detail})."
    en_text = "The file {file} is not a PDF ({detail})."


class PdfEncrypted(InputProblem):
    """The PDF is encrypted: with a password, or with limits on its use and no password to open."""

    code = "PDF_ENCRYPTED"
    vi_text = (
        "Tệp {file} bị mã hóa bằng mật khẩu (kể cả khi mở xem không hỏi mật khẩu) nên không thể "
        "ký hoặc kiểm tra chữ ký."
    )
    en_text = (
        "The file {file} is encrypted with a password, even if it opens without one, so it can be "
        "neither signed nor verified."
    )
    next_vi_text = (
        "Tệp không bị thay đổi. Dùng bản không đặt mật khẩu và không giới hạn quyền; "
        "nếu tệp đã ký, yêu cầu người gửi bản gốc."
    )
    next_en_text = (
        "The file was not changed. Use a copy without a password and without limits; if it was "
        "signed, ask the sender for the original."
    )


class PdfDamaged(InputProblem):
    """The PDF begins as one but cannot be read to its end."""

    code = "PDF_DAMAGED"
    vi_text = "Tệp {file} bị hỏng hoặc bị cắt ngắn: {detail}."
    en_text = "The file {file} is damaged or truncated: {detail}."
    next_vi_text = "Tệp không bị thay đổi. Lấy lại bản đầy đủ từ nơi gửi."
    next_en_text = "The file was not changed. Ask the sender for the whole file."


class AnchorBad(SigningError):
    """A trust anchor file is missing or holds no certificate."""

    code = "ANCHOR_BAD"
    vi_text = "Không dùng được tệp chứng thư gốc {file}: {detail}."
    en_text = "The trust anchor file {file} cannot be used: {detail}."
    next_vi_text = "Chọn tệp PEM chứa chứng thư gốc."
    next_en_text = "Choose a PEM file that holds a root certificate."


class PolicyViolated(SigningError):
    """The signing policy, the profile or the document itself forbids it."""

    code = "POLICY"
    vi_text = "Chính sách ký không cho phép: {detail}."
    en_text = "The signing policy forbids it: {detail}."
    next_vi_text = "Chưa ký tệp nào. Xem lại hồ sơ ký hoặc báo quản trị."
    next_en_text = "Nothing was signed. Review the profile or tell the administrator."


class MarkUnusable(PolicyViolated):
    """The visible mark cannot be drawn: a value, a letter, a picture or the room is missing."""

    code = "MARK"
    vi_text = "Không vẽ được dấu ký: {detail}."
    en_text = "The visible mark cannot be drawn: {detail}."
    next_vi_text = "Chưa ký tệp nào. Sửa nội dung, ảnh hoặc vị trí của dấu ký rồi ký lại."
    next_en_text = "Nothing was signed. Correct the mark's text, picture or place and sign again."


class TargetExists(SigningError):
    """Under the target's name lies a file that this batch did not sign."""

    code = "TARGET_EXISTS"
    vi_text = "Đã có tệp {file} ở thư mục đích; tệp này không bị ghi đè."
    en_text = "There is a file {file} in the target folder already; it was not replaced."
    next_vi_text = "Chọn thư mục đích khác, hoặc chuyển tệp cũ đi rồi ký lại."
    next_en_text = "Choose another folder, or move that file away and sign again."


class BatchBusy(SigningError):
    """Another process is signing the same batch."""

    code = "BATCH_BUSY"
    vi_text = "Lô tệp này đang được ký ở một cửa sổ hoặc lệnh khác."
    en_text = "These files are being signed by another window or command."
    next_vi_text = "Chờ lần ký kia kết thúc rồi chạy lại; tệp đã ký xong không bị ký lần hai."
    next_en_text = "Wait for it to end and run it again; what is signed is not signed twice."


class SignerLost(SigningError):
    """The process that held the key ended without a result."""

    code = "SIGNER_LOST"
    exit_code = 3
    vi_text = "Tiến trình ký đã dừng giữa chừng (lỗi trình điều khiển thiết bị ký?)."
    en_text = "The signing process ended in the middle (a fault of the token's driver?)."
    next_vi_text = "Tệp đã ký xong vẫn nguyên vẹn; PIN không được gửi lại. Chạy lại để ký tiếp."
    next_en_text = "Files already signed are whole; the PIN was not sent again. Run it again."


class SigningFailed(SigningError):
    """The engine failed; the destination was not written."""

    code = "SIGNING_FAILED"
