"""The texts of every fault, in Vietnamese and English.

Slots: {n} sheet, {name} device, {seconds}, {what} a function or option, {detail}, {file}, {page}.
How many pages are safe is appended to every device fault by `scanners.errors.make_fault`.
"""

from __future__ import annotations

from typing import NamedTuple


class Wording(NamedTuple):
    """Templates of one fault."""

    vi: str
    en: str
    next_vi: str
    next_en: str
    exit_code: int = 3
    resumable: bool = False
    """Whether the job can go on from the sheet concerned."""


def _file(vi: str, en: str, next_vi: str = "", next_en: str = "") -> Wording:
    return Wording(
        f"Không nhập được tệp {{file}}: {vi}.",
        f"The file {{file}} cannot be imported: {en}.",
        next_vi or "Tệp gốc không bị thay đổi. Chọn tệp khác hoặc quét lại giấy.",
        next_en or "The file itself was not changed. Choose another file or scan the paper again.",
        exit_code=2,
    )


WORDINGS: dict[str, Wording] = {
    "FEEDER_EMPTY": Wording(
        "Khay nạp chưa có giấy.",
        "There is no paper in the feeder.",
        "Đặt giấy vào khay rồi bấm Quét.",
        "Put the paper into the feeder and scan again.",
        resumable=True,
    ),
    "PAPER_JAM": Wording(
        "Kẹt giấy ở tờ {n}.",
        "Paper jam at sheet {n}.",
        "Mở nắp, lấy giấy ra, đặt lại từ tờ {n} rồi quét tiếp.",
        "Open the cover, take the paper out, load again from sheet {n} and go on.",
        resumable=True,
    ),
    "DOUBLE_FEED": Wording(
        "Nghi kéo chập nhiều tờ ở tờ {n}.",
        "Possible double feed at sheet {n}.",
        "Tách giấy, đặt lại từ tờ {n} rồi quét tiếp.",
        "Separate the sheets, load again from sheet {n} and go on.",
        resumable=True,
    ),
    "COVER_OPEN": Wording(
        "Nắp máy quét đang mở ở tờ {n}.",
        "The scanner's cover is open at sheet {n}.",
        "Đóng nắp, đặt lại từ tờ {n} rồi quét tiếp.",
        "Close the cover, load again from sheet {n} and go on.",
        resumable=True,
    ),
    "BUSY": Wording(
        "Máy quét đang được chương trình khác sử dụng.",
        "The scanner is in use by another program.",
        "Đóng chương trình kia hoặc đợi nó quét xong, rồi thử lại.",
        "Close the other program or wait until it has finished, then try again.",
        resumable=True,
    ),
    "WARMING_UP": Wording(
        "Máy quét vẫn đang khởi động.",
        "The scanner is still warming up.",
        "Đợi một phút rồi quét lại.",
        "Wait a minute and scan again.",
        resumable=True,
    ),
    "OFFLINE": Wording(
        "Không liên lạc được với máy quét {name}.",
        "The scanner {name} cannot be reached.",
        "Kiểm tra nguồn điện, cáp hoặc mạng và tên máy quét, rồi thử lại.",
        "Check power, cable or network and the scanner's name, then try again.",
        resumable=True,
    ),
    "COMM_LOST": Wording(
        "Mất kết nối khi đang nhận tờ {n}.",
        "The connection was lost while receiving sheet {n}.",
        "Kiểm tra tờ {n} trên khay ra; nếu thiếu, đặt lại từ tờ {n} và quét tiếp.",
        "Look for sheet {n} in the output tray; if it is missing, load from it again and go on.",
        resumable=True,
    ),
    "INCOMPLETE_PAGE": Wording(
        "Ảnh tờ {n} nhận không đầy đủ nên không được dùng.",
        "The image of sheet {n} is incomplete and was not used.",
        "Đặt lại từ tờ {n} và quét tiếp.",
        "Load again from sheet {n} and go on.",
        resumable=True,
    ),
    "NOT_RESPONDING": Wording(
        "Máy quét không phản hồi sau {seconds} giây; phần mềm đã ngắt kết nối.",
        "The scanner did not respond for {seconds} s; the program has disconnected it.",
        "Tắt và bật lại máy quét, xem tờ {n} đã quét chưa, rồi quét tiếp từ tờ {n}.",
        "Switch the scanner off and on, see whether sheet {n} was fed, and go on from sheet {n}.",
        resumable=True,
    ),
    "SETTINGS_CHANGED": Wording(
        "Máy quét không hỗ trợ {what}; đã dùng {detail}.",
        "The scanner does not support {what}; {detail} was used.",
        "Xem lại ảnh; nếu không đạt, đổi cấu hình quét.",
        "Look at the picture; if it will not do, change the profile.",
    ),
    "UNSUPPORTED": Wording(
        "Máy quét không hỗ trợ {what}.",
        "The scanner does not support {what}.",
        "Chọn cấu hình quét khác.",
        "Choose another profile.",
    ),
    "ACCESS_DENIED": Wording(
        "Không có quyền dùng máy quét.",
        "Access to the scanner is denied.",
        "Liên hệ quản trị để được cấp quyền.",
        "Ask the administrator for permission.",
    ),
    "DISK_FULL": Wording(
        "Ổ đĩa đầy hoặc sắp đầy. Đã dừng quét để tránh mất trang.",
        "The disk is full or nearly full. Scanning has stopped so that no page is lost.",
        "Giải phóng ít nhất 2 GB rồi quét tiếp từ tờ {n}.",
        "Free at least 2 GB and go on from sheet {n}.",
        resumable=True,
    ),
    "DISK_ERROR": Wording(
        "Không ghi được vào ổ đĩa. Đã dừng quét để tránh mất trang.",
        "The disk cannot be written. Scanning has stopped so that no page is lost.",
        "Kiểm tra ổ đĩa và quyền ghi, rồi quét tiếp từ tờ {n}.",
        "Check the disk and its permissions, then go on from sheet {n}.",
        resumable=True,
    ),
    "DRIVER_CRASHED": Wording(
        "Trình điều khiển máy quét gặp lỗi ở tờ {n} và đã được dừng.",
        "The scanner's driver crashed at sheet {n} and was stopped.",
        "Xem tờ {n} đã quét chưa, rồi quét tiếp từ tờ {n}.",
        "See whether sheet {n} was fed, and go on from sheet {n}.",
        resumable=True,
    ),
    "DRIVER_ERROR": Wording(
        "Trình điều khiển máy quét báo lỗi ở tờ {n}: {detail}.",
        "The scanner's driver reported an error at sheet {n}: {detail}.",
        "Quét tiếp từ tờ {n}; nếu lặp lại, báo quản trị.",
        "Go on from sheet {n}; if it recurs, tell the administrator.",
        resumable=True,
    ),
    "DEVICE_STOPPED": Wording(
        "Máy quét đã tự dừng ở tờ {n} ({detail}).",
        "The scanner stopped by itself at sheet {n} ({detail}).",
        "Xem tờ {n} đã qua máy chưa; nếu thiếu ảnh, đặt lại từ tờ {n} rồi quét tiếp.",
        "See whether sheet {n} went through; if its picture is missing, load from it and go on.",
        resumable=True,
    ),
    "ENDED_EARLY": Wording(
        "Máy quét kết thúc trước tờ {n} dù khay nạp vẫn còn giấy.",
        "The scanner ended before sheet {n} although there is paper in the feeder.",
        "Bấm quét tiếp từ tờ {n}. Các trang đã lưu không cần quét lại.",
        "Go on from sheet {n}. The pages that are safe need not be scanned again.",
        resumable=True,
    ),
    "BAD_ANSWER": Wording(
        "Máy quét trả lời sai quy cách ở tờ {n}: {detail}.",
        "The scanner gave an answer at sheet {n} that cannot be used: {detail}.",
        "Tắt và bật lại máy quét rồi quét tiếp từ tờ {n}; nếu lặp lại, báo quản trị.",
        "Switch the scanner off and on and go on from sheet {n}; if it recurs, tell the "
        "administrator.",
        resumable=True,
    ),
    "CERTIFICATE_CHANGED": Wording(
        "Chứng thư của máy quét {name} khác với lần đầu kết nối; chưa gửi gì cho máy này.",
        "The certificate of the scanner {name} is not the one of the first connection; nothing "
        "was sent to it.",
        "Hỏi quản trị: nếu máy vừa được thay hoặc cài lại, quản trị chạy ./desk devices --forget "
        "TÊN_MÁY_QUÉT; nếu không, có thể máy khác đang giả danh.",
        "Ask the administrator: if the scanner was replaced or reset, ./desk devices --forget URI "
        "accepts the new one; if not, something else may be posing as the scanner.",
    ),
    "MISSING_DRIVER": Wording(
        "Chưa cài trình điều khiển cho máy quét này: {detail}.",
        "The driver for this scanner is not installed: {detail}.",
        "Nhờ quản trị cài trình điều khiển, hoặc chọn máy quét khác.",
        "Ask the administrator to install it, or choose another scanner.",
    ),
    "BAD_DEVICE": Wording(
        "Tên máy quét chưa đúng: {detail}.",
        "The device name is wrong: {detail}.",
        "Xem danh sách bằng ./desk devices.",
        "See ./desk devices for the list.",
        exit_code=2,
    ),
    "BAD_SETTINGS": Wording(
        "Cài đặt quét chưa đúng: {detail}.",
        "A scan setting is wrong: {detail}.",
        "Sửa cài đặt rồi thử lại.",
        "Correct the setting and try again.",
        exit_code=2,
    ),
    "FILE_EMPTY": _file("tệp rỗng", "it is empty"),
    "FILE_TRUNCATED": _file("tệp bị cắt cụt hoặc hỏng", "it is truncated or damaged"),
    "FILE_TOO_LARGE": _file("ảnh hoặc tệp quá lớn ({detail})", "it is too large ({detail})"),
    "FILE_TOO_MANY_PAGES": _file(
        "quá nhiều trang ({detail})",
        "it has too many pages ({detail})",
        "Tách tệp thành các phần dưới 2000 trang rồi nhập lại.",
        "Split it into parts of at most 2000 pages and import them.",
    ),
    "FILE_ENCRYPTED": _file(
        "tệp PDF được đặt mật khẩu",
        "the PDF is protected by a password",
        "Xin bản không có mật khẩu, hoặc in ra và quét lại.",
        "Ask for a copy without a password, or print and scan it.",
    ),
    "FILE_WRONG_TYPE": _file(
        "không phải JPEG, PNG, TIFF hay PDF ({detail})",
        "it is not JPEG, PNG, TIFF or PDF ({detail})",
    ),
    "FILE_UNREADABLE": _file("không đọc được ({detail})", "it cannot be read ({detail})"),
    "FILE_GROWING": _file(
        "tệp vẫn đang được ghi",
        "it is still being written",
        "Đợi việc sao chép xong rồi nhập lại.",
        "Wait until the copy has finished and import it again.",
    ),
    "FILE_LOCKED": _file(
        "chương trình khác đang giữ tệp",
        "another program holds it",
        "Tệp vẫn nằm nguyên trong thư mục; đóng chương trình kia rồi quét tiếp.",
        "It stays where it is; close the other program and go on.",
    ),
    "FILE_DUPLICATE": _file(
        "tệp y hệt đã được nhận trước đây ({detail})",
        "the very same file was taken before ({detail})",
        "Tệp được giữ trong thư mục processed/duplicates; nếu cần thêm lần nữa, dùng Nhập tệp.",
        "It is kept in processed/duplicates; to have it once more, import it.",
    ),
    "FILE_BROKEN_PAGE": _file(
        "trang {page} bị hỏng; các trang lành khác vẫn được nhập",
        "page {page} is damaged; its sound pages are taken",
    ),
    "FILE_TOO_SLOW": _file(
        "trang {page} xử lý quá lâu nên đã bỏ qua",
        "page {page} took too long and was left out",
    ),
    "FILE_CRASHED_READER": _file(
        "nội dung ở trang {page} làm bộ đọc gặp lỗi",
        "its content at page {page} crashed the reader",
    ),
}

SUSPICIONS: dict[str, tuple[str, str]] = {
    "front_landed": (
        "Mặt trước tờ {n} đã lưu; khi quét lại tờ này, đừng để thừa một mặt trước.",
        "The front of sheet {n} is safe already; feeding it again gives that front once more.",
    ),
    "fed_not_saved": (
        "Tờ {n} có thể đã qua máy mà chưa lưu; xem khay ra trước khi quét tiếp.",
        "Sheet {n} may have gone through without being saved; look into the output tray.",
    ),
    "device_counts_more": (
        "Máy quét đếm được nhiều trang hơn số đã nhận; kiểm tra từ tờ {n}.",
        "The scanner counts more pages than have come; check from sheet {n}.",
    ),
    "maybe_taken_before": (
        "Tệp của tờ {n} có thể đã được nhận dở ở lần trước; xem có trang trùng không.",
        "The file of sheet {n} may have been taken in part before; look for pages that are twice.",
    ),
    "no_page_edges": (
        "Không thấy mép giấy ở tờ {n}; đã lưu cả khung hình.",
        "No page edges were found at sheet {n}; the whole picture was kept.",
    ),
    "blurred": ("Tờ {n} có thể bị mờ.", "Sheet {n} may be out of focus."),
    "glare": ("Tờ {n} có vùng bị lóa sáng.", "There is glare on sheet {n}."),
    "close_failed": (
        "Máy quét không đóng lại được sau tờ {n}; các trang đã lưu vẫn an toàn.",
        "The scanner could not be closed after sheet {n}; the pages are safe.",
    ),
}
"""What a `PageSuspect` means, by its reason; {n} is the sheet."""
