"""What can go wrong between the desk and a store.

DeskError
├── Unreachable
│   └── StoreUnreachable   UNREACHABLE         the store cannot be written now; tried again
│       └── StoreFull      STORE_FULL          no space left in the store; tried again
├── OffsetConflict         OFFSET_CONFLICT     the store holds another number of bytes
├── ReceiptMismatch        RECEIPT_MISMATCH    the receipt is missing or not for our file
├── DamagedInTransit       DAMAGED_IN_TRANSIT  what arrived is not what was sent
├── StoreDamaged           STORE_DAMAGED       the store holds other bytes under this name
├── SourceDamaged          SOURCE_DAMAGED      the file on this computer changed
└── SenderLost             SENDER_LOST         the program ended in the middle of sending
"""

from __future__ import annotations

from desk_app.errors import DeskError, StorageError, Unreachable


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
    vi_text = "Biên nhận của kho không khớp tệp đã gửi ({what})."
    en_text = "The receipt of the store does not match the file that was sent ({what})."
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


def is_transient(error: DeskError) -> bool:
    """Whether waiting may cure it; the rest needs somebody to act."""
    return isinstance(error, Unreachable | StorageError | OffsetConflict)
