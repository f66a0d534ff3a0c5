"""What can go wrong, as one tree. Every leaf has a stable code and says what to do next.

    DeskError
    ├── UsageError            BAD_USAGE          the command or a setting is wrong
    ├── UnusableInput         UNUSABLE_INPUT     a file is not what it should be
    ├── NotFound              NOT_FOUND          no such dossier, page, key or profile
    ├── NotAllowed            NOT_ALLOWED        the state of the dossier forbids it
    ├── StorageError          STORAGE            the data folder cannot be read or written
    │   ├── DiskFull          DISK_FULL
    │   ├── DatabaseBusy      DATABASE_BUSY      another program holds it for too long
    │   ├── Damaged           DAMAGED            a stored file was changed, cut off or exchanged
    │   └── VaultError                           the data folder's key (desk_app.store.vault)
    │       ├── VaultLocked   VAULT_LOCKED       it is behind a passphrase or a locked keyring
    │       ├── KeyMissing    KEY_MISSING        this user does not have it
    │       ├── WrongSecret   WRONG_SECRET       a passphrase, code or key does not open it
    │       ├── VaultDamaged  VAULT_DAMAGED      vault.json or the key file is damaged
    │       └── NotEncrypted  NOT_ENCRYPTED      a folder of an earlier version, in plain text
    ├── OutputError           OUTPUT             a result cannot be written where it was asked for
    ├── EngineError           ENGINE             an outside program is missing or failed
    ├── Unreachable           UNREACHABLE        a device, token or server does not answer
    └── Interrupted           INTERRUPTED        stopped by the user, everything so far kept

scanners.errors and signing.errors have trees of their own with the same shape (code, vi, en,
next_vi, next_en, exit_code), because those libraries stand alone.
"""

from __future__ import annotations

import errno
import os
import re


class DeskError(Exception):
    """Root of the tree; the texts are templates filled with the keyword arguments."""

    code = "DESK_ERROR"
    exit_code = 2
    vi_text = "Phần mềm gặp lỗi: {detail}."
    en_text = "The program met a fault: {detail}."
    next_vi_text = "Dữ liệu đã lưu vẫn an toàn. Thử lại; nếu lặp lại, báo quản trị."
    next_en_text = "What was saved is safe. Try again; if it recurs, tell the administrator."

    def __init__(self, detail: str = "", **facts: object) -> None:
        self.facts: dict[str, object] = {"detail": detail, **facts}
        super().__init__(self.en)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the facts when the error crosses a process border."""
        return (_rebuild, (type(self), self.facts))

    @property
    def vi(self) -> str:
        """What happened, in Vietnamese."""
        detail = self.facts.get("detail_vi") or self.facts["detail"]
        return in_vietnamese(self.vi_text.format_map({**self.facts, "detail": detail}))

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


_SYSTEM_WORDS = {
    errno.ENOENT: "không có tệp hoặc thư mục này",
    errno.EACCES: "không có quyền truy cập",
    errno.EPERM: "hệ thống không cho phép",
    errno.EEXIST: "đã có tệp cùng tên",
    errno.ENOTDIR: "một phần của đường dẫn không phải thư mục",
    errno.EISDIR: "đây là thư mục",
    errno.ENAMETOOLONG: "tên quá dài",
    errno.ELOOP: "liên kết vòng tròn",
    errno.EROFS: "ổ đĩa chỉ cho đọc",
    errno.ENOSPC: "ổ đĩa đầy",
    errno.EFBIG: "tệp quá lớn",
    errno.EIO: "ổ đĩa đọc hoặc ghi bị lỗi",
    errno.EBADF: "tệp đã đóng",
    errno.EBUSY: "đang được dùng ở chỗ khác",
    errno.EMFILE: "quá nhiều tệp đang mở",
    errno.ENFILE: "máy đang mở quá nhiều tệp",
    errno.EINVAL: "hệ thống không chấp nhận yêu cầu này",
    errno.EDQUOT: "đã hết hạn mức ổ đĩa",
    errno.ENODEV: "không có thiết bị này",
    errno.ENXIO: "thiết bị không trả lời",
    errno.EXDEV: "hai ổ đĩa khác nhau",
    errno.ENOTEMPTY: "thư mục không trống",
    errno.ENOMEM: "máy hết bộ nhớ",
    errno.EPIPE: "bên nhận đã đóng",
    errno.ESTALE: "thư mục mạng không còn ở đó",
    errno.ETIMEDOUT: "quá thời gian chờ",
    errno.ECONNREFUSED: "bị từ chối kết nối",
    errno.ECONNRESET: "kết nối bị ngắt",
    errno.EHOSTUNREACH: "không tới được máy chủ",
    errno.ENETUNREACH: "không tới được mạng",
}
"""What the operating system says, for people: it speaks English wherever this program runs."""

_STORE_WORDS = {
    "unable to open database file": (
        "không mở được cơ sở dữ liệu (thư mục chỉ cho đọc hoặc không có quyền)"
    ),
    "attempt to write a readonly database": "cơ sở dữ liệu chỉ cho đọc",
    "database is locked": "cơ sở dữ liệu đang bận",
    "database disk image is malformed": "cơ sở dữ liệu bị hỏng",
    "file is not a database": "cơ sở dữ liệu bị hỏng hoặc khóa không khớp",
    "disk I/O error": "ổ đĩa đọc hoặc ghi bị lỗi",
}


def in_vietnamese(text: str) -> str:
    """A sentence whose end came from the operating system or the database, wholly Vietnamese."""
    for number, words in _SYSTEM_WORDS.items():
        text = text.replace(os.strerror(number), words)
    for english, words in _STORE_WORDS.items():
        text = text.replace(english, words)
    return text


def file_words(fault: Exception) -> tuple[str, str]:
    """Why a file of settings in TOML cannot be used: in English, and in Vietnamese.

    The parser and Python speak English only, so the Vietnamese says no more than the place.
    """
    import tomllib

    if isinstance(fault, OSError):
        words = fault.strerror or type(fault).__name__
        return words, in_vietnamese(words)
    if isinstance(fault, UnicodeDecodeError):
        return f"it is not UTF-8 (byte {fault.start})", f"không phải UTF-8 (byte {fault.start})"
    if isinstance(fault, KeyError):
        return f"{fault} is missing", f"thiếu {fault}"
    if isinstance(fault, tomllib.TOMLDecodeError):
        place = re.search(r"line (\d+), column (\d+)", str(fault))
        where = f"dòng {place[1]}, cột {place[2]}" if place else "ở cuối tệp"
        return f"it is not TOML: {fault}", f"không phải TOML ({where})"
    if isinstance(fault, RecursionError):
        return "it is not TOML: nested too deeply", "không phải TOML (lồng quá sâu)"
    return str(fault), f"có mục sai ({type(fault).__name__})"


def is_worded(fault: BaseException) -> bool:
    """Whether an error can be shown as it is: of this tree, of scanners' or of signing's."""
    return all(hasattr(fault, name) for name in ("code", "vi", "en", "next_vi", "next_en"))


def _rebuild(kind: type[DeskError], facts: dict[str, object]) -> DeskError:
    error = kind.__new__(kind)
    DeskError.__init__(error, **facts)  # type: ignore[arg-type]
    return error


class UsageError(DeskError):
    """The command line or a setting is wrong."""

    code = "BAD_USAGE"
    vi_text = "Lệnh hoặc cài đặt chưa đúng: {detail}."
    en_text = "The command or a setting is wrong: {detail}."
    next_vi_text = "Xem ./desk --help."
    next_en_text = "See ./desk --help."


class UnusableInput(DeskError):
    """A file is truncated, encrypted, empty or of the wrong kind."""

    code = "UNUSABLE_INPUT"
    vi_text = "Không dùng được tệp {file}: {detail}."
    en_text = "The file {file} cannot be used: {detail}."
    next_vi_text = "Tệp gốc không bị thay đổi. Chọn tệp khác hoặc quét lại."
    next_en_text = "The file itself was not changed. Choose another file or scan again."


class NotFound(DeskError):
    """No such dossier, page, document, key or profile."""

    code = "NOT_FOUND"
    vi_text = "Không tìm thấy {detail}."
    en_text = "Not found: {detail}."
    next_vi_text = "Kiểm tra lại mã hoặc đường dẫn."
    next_en_text = "Check the code or the path."


class NotAllowed(DeskError):
    """The state of the dossier forbids it."""

    code = "NOT_ALLOWED"
    vi_text = "Chưa thể làm việc này: {detail}."
    en_text = "This cannot be done now: {detail}."


class StorageError(DeskError):
    """The data folder cannot be read or written."""

    code = "STORAGE"
    vi_text = "Không đọc hoặc ghi được thư mục dữ liệu: {detail}."
    en_text = "The data folder cannot be read or written: {detail}."
    next_vi_text = "Các trang đã lưu không bị mất. Kiểm tra ổ đĩa và quyền truy cập rồi thử lại."
    next_en_text = "Saved pages are not lost. Check the disk and its permissions, then try again."


class DiskFull(StorageError):
    """No space left on the device."""

    code = "DISK_FULL"
    vi_text = "Ổ đĩa đầy. Đã dừng để tránh mất trang."
    en_text = "The disk is full. Work has stopped so that no page is lost."
    next_vi_text = "Giải phóng ít nhất 2 GB rồi làm tiếp; các trang đã lưu vẫn còn."
    next_en_text = "Free at least 2 GB and go on; the saved pages are still there."


class DatabaseBusy(StorageError):
    """Another program kept the database from being written for longer than anybody waits."""

    code = "DATABASE_BUSY"
    vi_text = "Một chương trình khác đang giữ cơ sở dữ liệu của máy này; chưa ghi gì."
    en_text = "Another program holds this desk's database; nothing was written."
    next_vi_text = (
        "Dữ liệu còn nguyên. Đợi sao lưu hoặc việc lớn khác xong, đóng công cụ cơ sở dữ liệu "
        "nếu đang mở, rồi thử lại."
    )
    next_en_text = (
        "Nothing is lost. Let a backup or other large work end, close a database tool if one is "
        "open, then try again."
    )


class Damaged(StorageError):
    """A stored file is not what was stored: cut off, changed, or exchanged for another."""

    code = "DAMAGED"
    vi_text = "Tệp đã lưu bị hỏng hoặc bị thay đổi: {detail}."
    en_text = "A stored file is damaged or was changed: {detail}."
    next_vi_text = "Các tệp khác không bị ảnh hưởng. Phục hồi từ bản sao lưu hoặc quét lại trang."
    next_en_text = "Other files are not affected. Restore it from a backup or scan the page again."


class VaultError(StorageError):
    """The data folder is encrypted and its key cannot be used."""

    code = "VAULT"
    next_vi_text = "Dữ liệu còn nguyên, chỉ chưa mở được. Xem ./desk vault status."
    next_en_text = "The data are untouched, only not open yet. See ./desk vault status."


class VaultLocked(VaultError):
    """The key is there, behind a passphrase or a keyring that does not open."""

    code = "VAULT_LOCKED"
    vi_text = "Dữ liệu đang khóa: {detail}."
    en_text = "The data are locked: {detail}."
    next_vi_text = "Nhập mật khẩu khi được hỏi, hoặc dùng --passphrase-stdin."
    next_en_text = "Type the passphrase when asked, or use --passphrase-stdin."


class KeyMissing(VaultError):
    """Another user's or another machine's folder, or a key that was lost."""

    code = "KEY_MISSING"
    vi_text = "Dữ liệu được mã hóa và người dùng này không có khóa {detail}."
    en_text = "The data are encrypted and this user does not have the key {detail}."
    next_vi_text = (
        "Dữ liệu còn nguyên. Lấy lại khóa từ bản ký gửi: ./desk vault open (mã khôi phục, hoặc "
        "--key với khóa của cơ quan)."
    )
    next_en_text = (
        "The data are untouched. Bring the key back from escrow: ./desk vault open (recovery code, "
        "or --key with the office's key)."
    )


class WrongSecret(VaultError):
    """A passphrase, a recovery code or a key does not belong to this folder."""

    code = "WRONG_SECRET"
    vi_text = "Không mở được khóa dữ liệu: {detail}."
    en_text = "The data key does not open: {detail}."
    next_vi_text = "Dữ liệu còn nguyên. Kiểm tra mật khẩu, mã khôi phục hoặc khóa rồi thử lại."
    next_en_text = "The data are untouched. Check passphrase, code or key and try again."


class VaultDamaged(VaultError):
    """What tells of the key is not readable."""

    code = "VAULT_DAMAGED"
    vi_text = "Tệp về khóa dữ liệu bị hỏng: {detail}."
    en_text = "The file about the data key is damaged: {detail}."
    next_vi_text = "Không xóa gì. Lấy lại tệp này từ bản sao lưu (desk restore) và báo quản trị."
    next_en_text = "Delete nothing. Bring the file back from a backup; tell the administrator."


class NotEncrypted(VaultError):
    """A data folder that an earlier version left in plain text."""

    code = "NOT_ENCRYPTED"
    vi_text = "Thư mục dữ liệu này do phiên bản trước tạo và chưa mã hóa: {detail}."
    en_text = "This data folder is from an earlier version and not encrypted: {detail}."
    next_vi_text = "Đóng chương trình, sao lưu, rồi chạy một lần ./desk vault encrypt."
    next_en_text = "Close the program, make a copy, then run ./desk vault encrypt once."


class OutputError(DeskError):
    """A result cannot be written to the file or stream that was asked for."""

    code = "OUTPUT"
    vi_text = "Không ghi được {file}: {detail}."
    en_text = "{file} cannot be written: {detail}."
    next_vi_text = "Dữ liệu đã lưu không bị ảnh hưởng. Chọn nơi khác hoặc dọn ổ đĩa rồi chạy lại."
    next_en_text = "What was saved is not affected. Choose another place, or free space, and retry."


class EngineError(DeskError):
    """An outside program is missing or failed."""

    code = "ENGINE"
    vi_text = "Công cụ {engine} không chạy được: {detail}."
    en_text = "The engine {engine} did not run: {detail}."
    next_vi_text = "Chạy lại ./desk để cài phần còn thiếu; các trang đã lưu không bị mất."
    next_en_text = "Run ./desk again to install what is missing; saved pages are not lost."


class Unreachable(DeskError):
    """A device, token or server does not answer."""

    code = "UNREACHABLE"
    exit_code = 3
    vi_text = "Không liên lạc được với {what}: {detail}."
    en_text = "{what} cannot be reached: {detail}."
    next_vi_text = "Kiểm tra nguồn điện, cáp hoặc mạng rồi thử lại; mọi thứ đã lưu vẫn an toàn."
    next_en_text = "Check power, cable or network and try again; what was saved is safe."


class Interrupted(DeskError):
    """Stopped by the user; everything so far is kept."""

    code = "INTERRUPTED"
    exit_code = 130
    vi_text = "Đã dừng theo yêu cầu. Mọi thứ làm đến lúc này đều được giữ lại."
    en_text = "Stopped as asked. Everything done so far is kept."
    next_vi_text = "Chạy lại lệnh vừa dừng; hồ sơ làm dở thì làm tiếp bằng ./desk process."
    next_en_text = "Give the same command again; dossiers go on with ./desk process."
