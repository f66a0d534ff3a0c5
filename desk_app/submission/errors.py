"""What can go wrong between the desk and a store.

DeskError
├── Unreachable
│   └── StoreUnreachable   UNREACHABLE         the store cannot be written now; tried again
│       ├── StoreFull      STORE_FULL          no space left in the store; tried again
│       ├── LineBroken     LINE_BROKEN         the line broke or the server is away for a moment
│       ├── NotTheStore    NOT_THE_STORE       something answers that is not the store
│       ├── StoreUntrusted STORE_UNTRUSTED     the server's certificate is not a trusted one
│       ├── StoreDenied    STORE_DENIED        the store does not let us in
│       ├── StoreMisconfigured STORE_PROFILE   the profile does not fit the server
│       └── ReceiptPending RECEIPT_PENDING     handed over; the receipt has not come back yet
├── OffsetConflict         OFFSET_CONFLICT     the store holds another number of bytes
├── ReceiptMismatch        RECEIPT_MISMATCH    the receipt is missing or not for our file
├── DamagedInTransit       DAMAGED_IN_TRANSIT  what arrived is not what was sent
├── StoreDamaged           STORE_DAMAGED       the store holds other bytes under this name
├── RegistrationRefused    REGISTRATION        the province's system refuses the metadata
├── SourceDamaged          SOURCE_DAMAGED      the file on this computer changed
└── SenderLost             SENDER_LOST         the program ended in the middle of sending
"""

from __future__ import annotations

from desk_app.errors import DeskError, StorageError, Unreachable
from desk_app.records import Receipt


class StoreUnreachable(Unreachable):
    """The store cannot be read or written at the moment."""

    vi_text = "Không dùng được kho {store}: {vi_detail}."
    en_text = "The store {store} cannot be used: {en_detail}."
    next_vi_text = (
        "Tệp vẫn an toàn trên máy này và được giữ để gửi lại. Kiểm tra ổ đĩa, quyền ghi hoặc mạng."
    )
    next_en_text = (
        "The file is safe on this computer and kept to be sent again. "
        "Check the disk, the permission to write, or the network."
    )


class StoreFull(StoreUnreachable):
    """No space left in the store."""

    code = "STORE_FULL"
    vi_text = "Kho {store} đã đầy."
    en_text = "The store {store} is full."
    next_vi_text = (
        "Tệp vẫn an toàn trên máy này và được giữ để gửi lại. Báo quản trị tăng dung lượng kho."
    )
    next_en_text = (
        "The file is safe on this computer and kept to be sent again. "
        "Ask the administrator for more space in the store."
    )


class LineBroken(StoreUnreachable):
    """The line broke, or the server is away for a moment: trying again at once may help."""

    code = "LINE_BROKEN"

    @property
    def wait_s(self) -> float:
        """How long the server asked to be left alone (Retry-After, RFC 9110 §10.2.3); 0: not."""
        return float(str(self.facts.get("wait_s", 0)))

    next_vi_text = (
        "Tệp vẫn an toàn trên máy này và sẽ tự gửi tiếp từ chỗ đã dừng. Nếu lâu, kiểm tra mạng."
    )
    next_en_text = (
        "The file is safe on this computer and sending goes on where it stopped. "
        "If it lasts, check the network."
    )


class NotTheStore(StoreUnreachable):
    """What answers is something else: a login page of the network, a proxy, another service."""

    code = "NOT_THE_STORE"
    next_vi_text = (
        "Tệp vẫn an toàn trên máy này và được giữ để gửi lại. Mở trình duyệt xem mạng có đòi đăng "
        "nhập không; nếu không, báo quản trị kiểm tra địa chỉ kho trong cấu hình."
    )
    next_en_text = (
        "The file is safe on this computer and kept to be sent again. See in a browser whether "
        "the network wants a login; else have the administrator check the store's address."
    )


class StoreUntrusted(StoreUnreachable):
    """The server cannot prove that it is the store."""

    code = "STORE_UNTRUSTED"
    vi_text = "Chứng thư của máy chủ kho {store} không được tin cậy ({reason_vi}); chưa gửi gì."
    en_text = "The certificate of the store {store} is not trusted ({reason}); nothing was sent."
    next_vi_text = (
        "Tệp vẫn an toàn trên máy này. Kiểm tra ngày giờ của máy; báo quản trị đặt đúng tệp chứng "
        "thư gốc (ca) trong cấu hình kho."
    )
    next_en_text = (
        "The file is safe on this computer. Check the computer's clock; have the administrator "
        "set the right authority (ca) in the store's profile."
    )


class StoreDenied(StoreUnreachable):
    """The store or its gateway does not let us in, even with a fresh token."""

    code = "STORE_DENIED"
    next_vi_text = (
        "Tệp vẫn an toàn trên máy này và được giữ để gửi lại. Báo quản trị cấp lại khóa truy cập "
        "(consumer key/secret) trong tệp khóa của cấu hình kho."
    )
    next_en_text = (
        "The file is safe on this computer and kept to be sent again. Have the administrator "
        "renew the credentials (consumer key and secret) in the profile's credentials file."
    )


class StoreMisconfigured(StoreUnreachable):
    """The profile and the server do not fit."""

    code = "STORE_PROFILE"
    next_vi_text = (
        "Tệp vẫn an toàn trên máy này và được giữ để gửi lại; quầy vẫn làm việc bình thường. "
        "Báo quản trị sửa cấu hình kho rồi chạy ./desk store probe."
    )
    next_en_text = (
        "The file is safe on this computer and kept to be sent again; work at the counter goes "
        "on. Have the administrator correct the profile, then run ./desk store probe."
    )


class ReceiptPending(StoreUnreachable):
    """Handed over on a medium that travels; no fault, however long it takes."""

    code = "RECEIPT_PENDING"
    exit_code = 1
    vi_text = "Đã ghi vào thiết bị bàn giao ngày {day}; chưa có biên nhận mang về."
    en_text = "Written to the hand-over medium on {day}; its receipt has not come back yet."
    next_vi_text = (
        "Tệp vẫn an toàn trên máy này. Khi thiết bị mang biên nhận về, cắm vào và gửi tiếp. "
        "Nếu thiết bị bị mất, báo quản trị: nội dung đã được mã hóa."
    )
    next_en_text = (
        "The file is safe on this computer. When the medium returns with its receipts, plug it "
        "in and send on. If it was lost, tell the administrator: the content is encrypted."
    )


class OffsetConflict(DeskError):
    """The store holds another number of bytes than the sender thought."""

    code = "OFFSET_CONFLICT"
    vi_text = "Kho {store} và máy này chưa khớp phần đã gửi."
    en_text = "The store {store} and this computer disagree on how much was sent."
    next_vi_text = "Tệp vẫn an toàn trên máy này và được giữ để gửi lại."
    next_en_text = "The file is safe on this computer and kept to be sent again."


class ReceiptMismatch(DeskError):
    """The store gave no receipt, or one that is not for the bytes that were sent."""

    code = "RECEIPT_MISMATCH"
    exit_code = 1
    vi_text = "Biên nhận của kho không khớp tệp đã gửi ({detail})."
    en_text = "The receipt of the store does not match the file that was sent ({detail})."
    next_vi_text = "Chưa được coi là đã lưu kho. Tệp vẫn an toàn trên máy này. Báo quản trị kho."
    next_en_text = (
        "It does not count as stored. The file is safe on this computer. "
        "Tell the administrator of the store."
    )


class DamagedInTransit(DeskError):
    """What arrived at the store is not what was sent; the copy that arrived was dropped."""

    code = "DAMAGED_IN_TRANSIT"
    exit_code = 1
    vi_text = "Bản đến kho {store} không giống tệp đã gửi nên đã bị loại."
    en_text = "What arrived at the store {store} is not what was sent, and was dropped."
    next_vi_text = (
        "Tệp vẫn an toàn trên máy này và sẽ gửi lại từ đầu. Nếu lặp lại, kiểm tra ổ đĩa của kho."
    )
    next_en_text = (
        "The file is safe on this computer and will be sent again from the start. "
        "If it recurs, check the disk of the store."
    )


class StoreDamaged(DeskError):
    """The store holds other bytes under the name of this file; nothing is overwritten."""

    code = "STORE_DAMAGED"
    exit_code = 1
    vi_text = "Kho {store} đã có một tệp mang mã này nhưng nội dung khác (hỏng hoặc bị sửa)."
    en_text = "The store {store} holds a file of this name with other content (damaged or altered)."
    next_vi_text = (
        "Không có gì bị ghi đè; tệp đúng vẫn an toàn trên máy này. "
        "Báo quản trị kho chuyển tệp hỏng {file} đi nơi khác rồi thử lại."
    )
    next_en_text = (
        "Nothing was overwritten; the right file is safe on this computer. "
        "Have the administrator of the store move the damaged file {file} away, then retry."
    )


class RegistrationRefused(DeskError):
    """The province's system took the call and refuses what it says; waiting does not cure it."""

    code = "REGISTRATION"
    exit_code = 1
    vi_text = "Hệ thống của tỉnh không nhận thông tin đăng ký: {vi_detail} (mã {answer})."
    en_text = "The province's system refuses the registration: {en_detail} (code {answer})."
    next_vi_text = (
        "Tệp đã nằm trong kho và vẫn an toàn. Sửa thông tin hoặc bảng ánh xạ trong cấu hình kho, "
        "rồi chọn gửi lại (./desk queue retry)."
    )
    next_en_text = (
        "The file itself is stored and safe. Correct the data or the mapping in the store's "
        "profile, then send again (./desk queue retry)."
    )


class SourceDamaged(DeskError):
    """The file on this computer is no longer the one that was signed and queued."""

    code = "SOURCE_DAMAGED"
    exit_code = 1
    vi_text = "Tệp chờ gửi trên máy này đã bị thay đổi hoặc hỏng nên không được gửi."
    en_text = "The queued file on this computer was altered or damaged, so it was not sent."
    next_vi_text = "Báo quản trị khôi phục thư mục dữ liệu từ bản sao lưu rồi thử lại."
    next_en_text = "Have the administrator restore the data folder from a backup, then retry."


class SenderLost(DeskError):
    """The program or the computer stopped in the middle of sending."""

    code = "SENDER_LOST"
    vi_text = "Phần mềm hoặc máy tính đã dừng đột ngột khi đang gửi tệp này."
    en_text = "The program or the computer stopped while this file was being sent."
    next_vi_text = "Tệp vẫn an toàn trên máy này và sẽ tự gửi tiếp."
    next_en_text = "The file is safe on this computer and sending will go on."


def require_receipt(receipt: Receipt | None, key: str, size: int) -> None:
    """A receipt counts only for the very bytes that were sent.

    Args:
        receipt: What the store said, if it said anything.
        key: SHA-256 of what was sent, in hex; the name of the upload, too.
        size: Its bytes.

    Raises:
        ReceiptMismatch: There is none, or it is for something else.
    """
    if receipt is None:
        raise ReceiptMismatch("no receipt", detail_vi="không có biên nhận")
    if (receipt.key, receipt.sha256) != (key, key):
        raise ReceiptMismatch("sha256")
    if receipt.size != size:
        raise ReceiptMismatch("size", detail_vi="kích thước")


def is_transient(error: DeskError) -> bool:
    """Whether waiting may cure it; the rest needs somebody to act."""
    return isinstance(error, Unreachable | StorageError | OffsetConflict)


def is_patient(error: DeskError) -> bool:
    """Whether it may last for weeks without anything being wrong."""
    return isinstance(error, ReceiptPending)


def is_final(error: DeskError) -> bool:
    """Whether trying again as it is cannot help; somebody has to see it at once."""
    return isinstance(error, RegistrationRefused)
