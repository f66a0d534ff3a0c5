<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="vi_VN" sourcelanguage="en">
<context>
    <name>BannerArea</name>
    <message>
        <source>Notices</source>
        <translation>Thông báo</translation>
    </message>
</context>
<context>
    <name>BatchPage</name>
    <message>
        <source>Feed</source>
        <translation>Nạp giấy</translation>
    </message>
    <message>
        <source>Feed the backs</source>
        <translation>Nạp mặt sau</translation>
    </message>
    <message>
        <source>Sheet…</source>
        <translation>Tờ…</translation>
    </message>
    <message>
        <source>Go to a sheet</source>
        <translation>Đến tờ</translation>
    </message>
    <message>
        <source>Sheets to look at, worst first</source>
        <translation>Các tờ cần xem, xấu nhất trước</translation>
    </message>
    <message>
        <source>Quality map</source>
        <translation>Bản đồ chất lượng</translation>
    </message>
    <message>
        <source>Batch {code}</source>
        <translation>Lô {code}</translation>
    </message>
    <message>
        <source>both sides</source>
        <translation>hai mặt</translation>
    </message>
    <message>
        <source>one side</source>
        <translation>một mặt</translation>
    </message>
    <message>
        <source>Worst first</source>
        <translation>Xấu nhất trước</translation>
    </message>
    <message>
        <source>In the order of the pile</source>
        <translation>Theo thứ tự chồng giấy</translation>
    </message>
    <message numerus="yes">
        <source>%n sheet(s) to look at (N)</source>
        <translation>
            <numerusform>%n điểm cần xem (N)</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing to look at</source>
        <translation>Không có gì cần xem</translation>
    </message>
</context>
<context>
    <name>BatchScreen</name>
    <message numerus="yes">
        <source>%n page(s) of a feed that was cut off were recovered.</source>
        <translation>
            <numerusform>Đã khôi phục %n trang của lần nạp bị gián đoạn.</numerusform>
        </translation>
    </message>
    <message>
        <source>Compare the last sheet with the paper, then F5 goes on.</source>
        <translation>So tờ cuối với giấy, rồi bấm F5 để nạp tiếp.</translation>
    </message>
    <message>
        <source>The last feed was cut off; {pages} pages of batch {code} are safe.</source>
        <translation>Lần nạp trước bị gián đoạn; {pages} trang của lô {code} đã lưu an toàn.</translation>
    </message>
    <message>
        <source>The last one came at {time}. F5 goes on with sheet {sheet}.</source>
        <translation>Trang cuối lúc {time}. Bấm F5 để nạp tiếp từ tờ {sheet}.</translation>
    </message>
    <message>
        <source>The paper is being fed…</source>
        <translation>Đang nạp giấy…</translation>
    </message>
    <message>
        <source>Load the pile and press F5.</source>
        <translation>Đặt chồng giấy vào khay rồi bấm F5.</translation>
    </message>
    <message>
        <source>Turn the whole pile over, load it and press Shift+F5.</source>
        <translation>Lật cả chồng, đặt lại vào khay rồi bấm Shift+F5.</translation>
    </message>
    <message>
        <source>The fronts are in.</source>
        <translation>Đã quét xong mặt trước.</translation>
    </message>
    <message>
        <source>Keep it with this reason</source>
        <translation>Giữ với lý do này</translation>
    </message>
    <message numerus="yes">
        <source>%n sheet(s) on the list.</source>
        <translation>
            <numerusform>Danh sách có %n dòng.</numerusform>
        </translation>
    </message>
    <message>
        <source>Open to print</source>
        <translation>Mở để in</translation>
    </message>
    <message>
        <source>Set page aside</source>
        <translation>Để riêng trang</translation>
    </message>
    <message>
        <source>Use page again</source>
        <translation>Dùng lại trang</translation>
    </message>
    <message>
        <source>Dossier begins here</source>
        <translation>Bắt đầu hồ sơ</translation>
    </message>
    <message>
        <source>Code of the dossier that begins at sheet {sheet}:</source>
        <translation>Mã của hồ sơ bắt đầu từ tờ {sheet}:</translation>
    </message>
    <message>
        <source>The dossier begins here</source>
        <translation>Hồ sơ bắt đầu ở đây</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more</source>
        <translation>
            <numerusform>… và %n điểm nữa</numerusform>
        </translation>
    </message>
    <message>
        <source>Close with this reason</source>
        <translation>Đóng với lý do này</translation>
    </message>
    <message>
        <source>Batch {code} is closed.</source>
        <translation>Đã đóng lô {code}.</translation>
    </message>
    <message>
        <source>F9 reads and sorts its dossiers.</source>
        <translation>Bấm F9 để nhận dạng và phân loại các hồ sơ.</translation>
    </message>
</context>
<context>
    <name>BatchStart</name>
    <message>
        <source>A new batch</source>
        <translation>Lô mới</translation>
    </message>
    <message>
        <source>Count the sheets first, separators too: the batch closes when all are in.</source>
        <translation>Đếm số tờ trước, kể cả tờ phân cách: lô đóng được khi đủ số tờ.</translation>
    </message>
    <message>
        <source>Open the batch</source>
        <translation>Mở lô</translation>
    </message>
    <message>
        <source>not declared</source>
        <translation>không khai</translation>
    </message>
    <message>
        <source>both sides</source>
        <translation>hai mặt</translation>
    </message>
    <message>
        <source>one side</source>
        <translation>một mặt</translation>
    </message>
    <message>
        <source>printed separator sheets</source>
        <translation>tờ phân cách in sẵn</translation>
    </message>
    <message>
        <source>the code on each first page</source>
        <translation>mã trên trang đầu</translation>
    </message>
    <message>
        <source>by hand (F7)</source>
        <translation>bằng tay (F7)</translation>
    </message>
    <message>
        <source>Batch &amp;code</source>
        <translation>&amp;Mã lô</translation>
    </message>
    <message>
        <source>&amp;Sheets in the pile</source>
        <translation>&amp;Số tờ trong chồng</translation>
    </message>
    <message>
        <source>D&amp;ossiers, if counted</source>
        <translation>Số &amp;hồ sơ, nếu đã đếm</translation>
    </message>
    <message>
        <source>S&amp;ides</source>
        <translation>Mặ&amp;t giấy</translation>
    </message>
    <message>
        <source>Dossiers are di&amp;vided by</source>
        <translation>&amp;Phân tách hồ sơ bằng</translation>
    </message>
    <message>
        <source>P&amp;rocedure of its dossiers</source>
        <translation>Thủ tục &amp;của các hồ sơ</translation>
    </message>
    <message>
        <source>Scan pro&amp;file</source>
        <translation>Cấu hình &amp;quét</translation>
    </message>
    <message>
        <source>Go on with a batch</source>
        <translation>Làm tiếp một lô</translation>
    </message>
    <message>
        <source>There is none yet at this store.</source>
        <translation>Kho này chưa có lô nào.</translation>
    </message>
    <message>
        <source>none: loose papers</source>
        <translation>không: giấy tờ rời</translation>
    </message>
    <message>
        <source>as the station scans</source>
        <translation>theo thiết lập của máy này</translation>
    </message>
    <message>
        <source>{fed} of {declared} sheets</source>
        <translation>{fed}/{declared} tờ</translation>
    </message>
    <message>
        <source>Give the batch a code.</source>
        <translation>Hãy đặt mã cho lô.</translation>
    </message>
</context>
<context>
    <name>Certificate</name>
    <message>
        <source>digital signature</source>
        <translation>ký số</translation>
    </message>
    <message>
        <source>non-repudiation</source>
        <translation>chống chối bỏ</translation>
    </message>
    <message>
        <source>key encipherment</source>
        <translation>mã hóa khóa</translation>
    </message>
    <message>
        <source>data encipherment</source>
        <translation>mã hóa dữ liệu</translation>
    </message>
    <message>
        <source>key agreement</source>
        <translation>thỏa thuận khóa</translation>
    </message>
    <message>
        <source>issuing certificates</source>
        <translation>cấp chứng thư</translation>
    </message>
    <message>
        <source>signing revocation lists</source>
        <translation>ký danh sách thu hồi</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Cấp</translation>
    </message>
    <message>
        <source>Signer</source>
        <translation>Người ký</translation>
    </message>
    <message>
        <source>Timestamp authority</source>
        <translation>Máy chủ dấu thời gian</translation>
    </message>
    <message>
        <source>This signature has no timestamp inside.</source>
        <translation>Chữ ký này không có dấu thời gian kèm theo.</translation>
    </message>
    <message>
        <source>Chain</source>
        <translation>Chuỗi chứng thư</translation>
    </message>
    <message>
        <source>Revocation data kept in the file</source>
        <translation>Dữ liệu thu hồi lưu trong tệp</translation>
    </message>
    <message>
        <source>Subject</source>
        <translation>Chủ thể</translation>
    </message>
    <message>
        <source>Issuer</source>
        <translation>Nơi cấp</translation>
    </message>
    <message>
        <source>Serial number</source>
        <translation>Số hiệu</translation>
    </message>
    <message>
        <source>SHA-256 fingerprint</source>
        <translation>Dấu vân tay SHA-256</translation>
    </message>
    <message>
        <source>Valid</source>
        <translation>Hiệu lực</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Mục đích</translation>
    </message>
    <message>
        <source>not restricted</source>
        <translation>không giới hạn</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Khóa</translation>
    </message>
    <message>
        <source>has ended</source>
        <translation>đã hết hạn</translation>
    </message>
    <message>
        <source>{days} days left</source>
        <translation>còn {days} ngày</translation>
    </message>
    <message>
        <source>Its root is installed at this station.</source>
        <translation>Chứng thư gốc đã được cài là tin cậy trên máy này.</translation>
    </message>
    <message>
        <source>Its root is not installed at this station.</source>
        <translation>Chứng thư gốc chưa được cài là tin cậy trên máy này.</translation>
    </message>
    <message>
        <source>The certificate of its issuer is not at hand.</source>
        <translation>Không có chứng thư của nơi cấp.</translation>
    </message>
    <message>
        <source>{hours} hours old</source>
        <translation>cách đây {hours} giờ</translation>
    </message>
    <message>
        <source>{days} days old</source>
        <translation>cách đây {days} ngày</translation>
    </message>
</context>
<context>
    <name>CertificateDialog</name>
    <message>
        <source>Certificate details</source>
        <translation>Chi tiết chứng thư</translation>
    </message>
    <message>
        <source>Reading the certificates…</source>
        <translation>Đang đọc chứng thư…</translation>
    </message>
    <message>
        <source>&amp;Copy all</source>
        <translation>&amp;Chép tất cả</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>&amp;Dossier</source>
        <translation>&amp;Hồ sơ</translation>
    </message>
    <message>
        <source>&amp;Page</source>
        <translation>&amp;Trang</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Xem</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>Trợ &amp;giúp</translation>
    </message>
    <message>
        <source>Counter</source>
        <translation>Quầy</translation>
    </message>
    <message>
        <source>Verification</source>
        <translation>Thẩm định</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>Lô lưu trữ</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Hàng đợi</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Tìm kiếm</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>Số liệu</translation>
    </message>
    <message>
        <source>Open a dossier by its code</source>
        <translation>Mở hồ sơ theo mã</translation>
    </message>
    <message>
        <source>Scan</source>
        <translation>Quét</translation>
    </message>
    <message>
        <source>Stop the feed</source>
        <translation>Dừng quét</translation>
    </message>
    <message>
        <source>Scan and insert behind this page</source>
        <translation>Quét và chèn sau trang này</translation>
    </message>
    <message>
        <source>Scan this page again</source>
        <translation>Quét lại trang này</translation>
    </message>
    <message>
        <source>Scan both sides of this sheet again</source>
        <translation>Quét lại cả hai mặt của tờ này</translation>
    </message>
    <message>
        <source>Scan one page from the glass</source>
        <translation>Quét một trang trên mặt kính</translation>
    </message>
    <message>
        <source>Choose the scan profile</source>
        <translation>Chọn cấu hình quét</translation>
    </message>
    <message>
        <source>Next exception</source>
        <translation>Điểm cần xem tiếp theo</translation>
    </message>
    <message>
        <source>Previous exception</source>
        <translation>Điểm cần xem trước đó</translation>
    </message>
    <message>
        <source>Accept as it is</source>
        <translation>Chấp nhận như hiện có</translation>
    </message>
    <message>
        <source>Secret papers: send nothing of this dossier</source>
        <translation>Giấy tờ mật: không gửi gì của hồ sơ này</translation>
    </message>
    <message>
        <source>Done, next dossier</source>
        <translation>Xong, hồ sơ tiếp</translation>
    </message>
    <message>
        <source>Next page</source>
        <translation>Trang sau</translation>
    </message>
    <message>
        <source>Previous page</source>
        <translation>Trang trước</translation>
    </message>
    <message>
        <source>Turn right</source>
        <translation>Xoay phải</translation>
    </message>
    <message>
        <source>Turn left</source>
        <translation>Xoay trái</translation>
    </message>
    <message>
        <source>A new paper starts here</source>
        <translation>Giấy tờ mới bắt đầu từ trang này</translation>
    </message>
    <message>
        <source>Join with the paper before</source>
        <translation>Ghép vào giấy tờ trước</translation>
    </message>
    <message>
        <source>Set the page aside</source>
        <translation>Để riêng trang này</translation>
    </message>
    <message>
        <source>Use the page again</source>
        <translation>Dùng lại trang này</translation>
    </message>
    <message>
        <source>Move the page up</source>
        <translation>Chuyển trang lên</translation>
    </message>
    <message>
        <source>Move the page down</source>
        <translation>Chuyển trang xuống</translation>
    </message>
    <message>
        <source>Belongs to component {n}</source>
        <translation>Xếp vào thành phần {n}</translation>
    </message>
    <message>
        <source>Use the stored paper, or take that back</source>
        <translation>Dùng giấy tờ đã lưu, hoặc bỏ dùng</translation>
    </message>
    <message>
        <source>Use it, from the citizen&apos;s own list</source>
        <translation>Dùng, lấy từ kho của công dân</translation>
    </message>
    <message>
        <source>It is the result of the procedure, or is not</source>
        <translation>Là giấy tờ kết quả, hoặc không phải</translation>
    </message>
    <message>
        <source>Edit a field</source>
        <translation>Sửa thông tin</translation>
    </message>
    <message>
        <source>Take the suggested value</source>
        <translation>Nhận giá trị gợi ý</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Hoàn tác</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Làm lại</translation>
    </message>
    <message>
        <source>Batches: open or continue one</source>
        <translation>Các lô: mở hoặc làm tiếp</translation>
    </message>
    <message>
        <source>Feed, or go on feeding</source>
        <translation>Nạp giấy, hoặc nạp tiếp</translation>
    </message>
    <message>
        <source>Feed the backs of the pile, turned over</source>
        <translation>Nạp mặt sau của chồng đã lật</translation>
    </message>
    <message>
        <source>Next worst</source>
        <translation>Điểm xấu nhất kế tiếp</translation>
    </message>
    <message>
        <source>Keep it as it is, with the reason</source>
        <translation>Giữ nguyên, kèm lý do</translation>
    </message>
    <message>
        <source>Put the sheet on the rescan list</source>
        <translation>Đưa tờ vào danh sách quét lại</translation>
    </message>
    <message>
        <source>Scan this sheet again</source>
        <translation>Quét lại tờ này</translation>
    </message>
    <message>
        <source>List of sheets to scan again</source>
        <translation>Danh sách tờ cần quét lại</translation>
    </message>
    <message>
        <source>A dossier begins here</source>
        <translation>Hồ sơ bắt đầu từ đây</translation>
    </message>
    <message>
        <source>Order of the pile, or worst first</source>
        <translation>Theo chồng giấy, hoặc xấu nhất trước</translation>
    </message>
    <message>
        <source>Go to a sheet</source>
        <translation>Đến tờ</translation>
    </message>
    <message>
        <source>Quality map</source>
        <translation>Bản đồ chất lượng</translation>
    </message>
    <message>
        <source>Read and sort the dossiers</source>
        <translation>Nhận dạng và phân loại các hồ sơ</translation>
    </message>
    <message>
        <source>Suspend the batch</source>
        <translation>Tạm dừng lô</translation>
    </message>
    <message>
        <source>Close the batch</source>
        <translation>Đóng lô</translation>
    </message>
    <message>
        <source>Next file</source>
        <translation>Tệp sau</translation>
    </message>
    <message>
        <source>Previous file</source>
        <translation>Tệp trước</translation>
    </message>
    <message>
        <source>Next file with a problem</source>
        <translation>Tệp có vấn đề tiếp theo</translation>
    </message>
    <message>
        <source>Approve</source>
        <translation>Duyệt</translation>
    </message>
    <message>
        <source>Approve all valid files…</source>
        <translation>Duyệt mọi tệp hợp lệ…</translation>
    </message>
    <message>
        <source>Send back with a reason…</source>
        <translation>Trả lại kèm lý do…</translation>
    </message>
    <message>
        <source>Show the signature on the page</source>
        <translation>Chỉ chữ ký trên trang</translation>
    </message>
    <message>
        <source>Verify again now</source>
        <translation>Kiểm tra lại ngay</translation>
    </message>
    <message>
        <source>What changed since signing</source>
        <translation>Thay đổi sau khi ký</translation>
    </message>
    <message>
        <source>As signed, or as it is now</source>
        <translation>Lúc ký hay hiện nay</translation>
    </message>
    <message>
        <source>Next change</source>
        <translation>Thay đổi tiếp theo</translation>
    </message>
    <message>
        <source>Back to the signatures</source>
        <translation>Về danh sách chữ ký</translation>
    </message>
    <message>
        <source>Certificate details</source>
        <translation>Chi tiết chứng thư</translation>
    </message>
    <message>
        <source>Export the validation report…</source>
        <translation>Xuất báo cáo thẩm định…</translation>
    </message>
    <message>
        <source>Show one state only, then the next</source>
        <translation>Lọc theo từng trạng thái</translation>
    </message>
    <message>
        <source>Open at the counter</source>
        <translation>Mở tại quầy</translation>
    </message>
    <message>
        <source>Try this item now</source>
        <translation>Gửi lại mục này</translation>
    </message>
    <message>
        <source>Try all items now</source>
        <translation>Gửi lại tất cả</translation>
    </message>
    <message>
        <source>Do not send…</source>
        <translation>Không gửi…</translation>
    </message>
    <message>
        <source>Copy for support</source>
        <translation>Sao chép để báo hỗ trợ</translation>
    </message>
    <message>
        <source>Open it at that page</source>
        <translation>Mở tại trang đó</translation>
    </message>
    <message>
        <source>Open it at the verification</source>
        <translation>Mở ở màn hình thẩm định</translation>
    </message>
    <message>
        <source>Only names and numbers of persons</source>
        <translation>Chỉ họ tên và số định danh</translation>
    </message>
    <message>
        <source>Choose the kind of paper</source>
        <translation>Chọn loại giấy tờ</translation>
    </message>
    <message>
        <source>Choose the procedure</source>
        <translation>Chọn thủ tục</translation>
    </message>
    <message>
        <source>Choose the days of reception</source>
        <translation>Chọn ngày tiếp nhận</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>Xóa điều kiện tìm</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Hôm nay</translation>
    </message>
    <message>
        <source>Week</source>
        <translation>Tuần này</translation>
    </message>
    <message>
        <source>Month</source>
        <translation>Tháng này</translation>
    </message>
    <message>
        <source>Quarter</source>
        <translation>Quý này</translation>
    </message>
    <message>
        <source>From – to</source>
        <translation>Từ – đến</translation>
    </message>
    <message>
        <source>The period before</source>
        <translation>Kỳ trước</translation>
    </message>
    <message>
        <source>The period after</source>
        <translation>Kỳ sau</translation>
    </message>
    <message>
        <source>By procedure, office, clerk or day</source>
        <translation>Theo thủ tục, cơ quan, cán bộ hoặc ngày</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Xuất tệp…</translation>
    </message>
    <message>
        <source>Print</source>
        <translation>In</translation>
    </message>
    <message>
        <source>Package for the archive…</source>
        <translation>Đóng gói lưu trữ…</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Phóng to</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Thu nhỏ</translation>
    </message>
    <message>
        <source>Whole page</source>
        <translation>Vừa cả trang</translation>
    </message>
    <message>
        <source>Page width</source>
        <translation>Vừa chiều ngang</translation>
    </message>
    <message>
        <source>How sure the reading is</source>
        <translation>Độ chắc chắn của nhận dạng</translation>
    </message>
    <message>
        <source>Keys valid here</source>
        <translation>Phím dùng được ở đây</translation>
    </message>
    <message>
        <source>Lock the screen, change the person</source>
        <translation>Khóa màn hình, đổi người</translation>
    </message>
    <message>
        <source>People of this station…</source>
        <translation>Người dùng của máy trạm…</translation>
    </message>
    <message>
        <source>Forget the PIN now</source>
        <translation>Quên mã PIN ngay</translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation>Cài đặt…</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Thoát</translation>
    </message>
</context>
<context>
    <name>ContactSheet</name>
    <message>
        <source>Pages of the batch</source>
        <translation>Các trang của lô</translation>
    </message>
</context>
<context>
    <name>CountLine</name>
    <message>
        <source>declared</source>
        <translation>tờ khai</translation>
    </message>
    <message>
        <source>fed</source>
        <translation>tờ đã quét</translation>
    </message>
    <message>
        <source>images</source>
        <translation>ảnh</translation>
    </message>
    <message>
        <source>set aside</source>
        <translation>để riêng</translation>
    </message>
    <message>
        <source>separators</source>
        <translation>phân cách</translation>
    </message>
    <message>
        <source>dossiers</source>
        <translation>hồ sơ</translation>
    </message>
    <message>
        <source>nothing fed yet</source>
        <translation>chưa nạp tờ nào</translation>
    </message>
    <message numerus="yes">
        <source>%n sheet(s) to come</source>
        <translation>
            <numerusform>còn %n tờ</numerusform>
        </translation>
    </message>
    <message>
        <source>✓ adds up</source>
        <translation>✓ khớp</translation>
    </message>
    <message>
        <source>difference: {number} sheets</source>
        <translation>lệch {number} tờ</translation>
    </message>
    <message numerus="yes">
        <source>%n open point(s)</source>
        <translation>
            <numerusform>%n điểm chưa khớp</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CounterKeys</name>
    <message>
        <source>Turn page</source>
        <translation>Xoay trang</translation>
    </message>
    <message>
        <source>Set page aside</source>
        <translation>Để riêng trang</translation>
    </message>
    <message>
        <source>Use page again</source>
        <translation>Dùng lại trang</translation>
    </message>
    <message>
        <source>Split paper</source>
        <translation>Tách giấy tờ</translation>
    </message>
    <message>
        <source>Join papers</source>
        <translation>Ghép giấy tờ</translation>
    </message>
    <message>
        <source>Assign page</source>
        <translation>Xếp trang</translation>
    </message>
    <message>
        <source>Move page</source>
        <translation>Chuyển trang</translation>
    </message>
    <message>
        <source>Set type of paper</source>
        <translation>Đổi loại giấy tờ</translation>
    </message>
    <message>
        <source>Edit value</source>
        <translation>Sửa thông tin</translation>
    </message>
</context>
<context>
    <name>CounterScreen</name>
    <message>
        <source>The paper is being fed…</source>
        <translation>Đang kéo giấy…</translation>
    </message>
    <message>
        <source>{title}: no page yet</source>
        <translation>{title}: chưa có trang nào</translation>
    </message>
    <message>
        <source>Load the papers and press F5.</source>
        <translation>Đặt giấy vào khay rồi nhấn F5.</translation>
    </message>
    <message>
        <source>Scan page again</source>
        <translation>Quét lại trang</translation>
    </message>
    <message>
        <source>Insert pages</source>
        <translation>Chèn trang</translation>
    </message>
    <message>
        <source>Scan from the glass</source>
        <translation>Quét trên mặt kính</translation>
    </message>
    <message>
        <source>Scan pages</source>
        <translation>Quét trang</translation>
    </message>
    <message>
        <source>The pages are still being read.</source>
        <translation>Các trang vẫn đang được đọc.</translation>
    </message>
    <message>
        <source>Try again in a moment; nothing is lost.</source>
        <translation>Hãy thử lại sau giây lát; không mất dữ liệu.</translation>
    </message>
</context>
<context>
    <name>Crop</name>
    <message>
        <source>The place on the page</source>
        <translation>Chỗ trên trang</translation>
    </message>
</context>
<context>
    <name>DayEdit</name>
    <message>
        <source>{name}: dd/mm/yyyy</source>
        <translation>{name}: nn/tt/nnnn</translation>
    </message>
</context>
<context>
    <name>Desk</name>
    <message>
        <source>The program met a fault ({code}).</source>
        <translation>Phần mềm gặp lỗi ({code}).</translation>
    </message>
    <message>
        <source>Saved pages are safe; you can go on. Tell the administrator the code.</source>
        <translation>Các trang đã lưu vẫn an toàn, có thể làm tiếp. Hãy báo mã này cho quản trị.</translation>
    </message>
</context>
<context>
    <name>DifferencePanel</name>
    <message>
        <source>What changed since signing</source>
        <translation>Thay đổi sau khi ký</translation>
    </message>
    <message>
        <source>Since the signature of</source>
        <translation>Kể từ chữ ký của</translation>
    </message>
    <message>
        <source>Changed places, page by page</source>
        <translation>Các chỗ thay đổi theo trang</translation>
    </message>
    <message>
        <source>As signed</source>
        <translation>Lúc ký</translation>
    </message>
    <message>
        <source>As it is now</source>
        <translation>Hiện nay</translation>
    </message>
</context>
<context>
    <name>Differences</name>
    <message>
        <source>Comparing the pages…</source>
        <translation>Đang so sánh các trang…</translation>
    </message>
    <message>
        <source>No signature of this file covers a whole state of it, so there is nothing to compare with.</source>
        <translation>Không có chữ ký nào bao trùm trọn một trạng thái của tệp này nên không có gì để so sánh.</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Đã thay đổi</translation>
    </message>
    <message>
        <source>Page {page}: added, removed, turned or cut differently</source>
        <translation>Trang {page}: bị thêm, bỏ, xoay hoặc cắt khác</translation>
    </message>
    <message>
        <source>Page {page}, {place}: shows something else</source>
        <translation>Trang {page}, {place}: hiển thị khác lúc ký</translation>
    </message>
    <message>
        <source>Page {page}, {place}: mark of {signer}, hides what was printed</source>
        <translation>Trang {page}, {place}: dấu ký của {signer} che mất nội dung đã in</translation>
    </message>
    <message>
        <source>Page {page}, {place}: mark of the later signature of {signer}</source>
        <translation>Trang {page}, {place}: dấu của chữ ký sau, người ký {signer}</translation>
    </message>
    <message>
        <source>Later signature</source>
        <translation>Chữ ký sau</translation>
    </message>
    <message>
        <source>top</source>
        <translation>phía trên</translation>
    </message>
    <message>
        <source>middle</source>
        <translation>giữa</translation>
    </message>
    <message>
        <source>bottom</source>
        <translation>phía dưới</translation>
    </message>
    <message>
        <source>left</source>
        <translation>bên trái</translation>
    </message>
    <message>
        <source>centre</source>
        <translation>chính giữa</translation>
    </message>
    <message>
        <source>right</source>
        <translation>bên phải</translation>
    </message>
    <message>
        <source>in the middle</source>
        <translation>giữa trang</translation>
    </message>
    <message>
        <source>The signed content itself was altered. The file does not hold what was signed, so there is nothing to compare with. Ask for the original file.</source>
        <translation>Chính nội dung đã ký bị sửa. Tệp không còn giữ bản lúc ký nên không có gì để so sánh. Hãy yêu cầu tệp gốc.</translation>
    </message>
    <message>
        <source>Nothing was added after this signature.</source>
        <translation>Không có gì được thêm sau chữ ký này.</translation>
    </message>
    <message>
        <source>Places changed that no later signature explains: {count}</source>
        <translation>Số chỗ thay đổi mà không chữ ký sau nào giải thích được: {count}</translation>
    </message>
    <message>
        <source>Pages that could not be compared: {count}. Do not rely on them.</source>
        <translation>Số trang không so sánh được: {count}. Không dựa vào các trang đó.</translation>
    </message>
    <message>
        <source>A later mark hides what was signed.</source>
        <translation>Dấu của chữ ký sau che mất nội dung đã ký.</translation>
    </message>
    <message>
        <source>The pages show what was signed, and the marks of later signatures.</source>
        <translation>Các trang hiển thị đúng nội dung đã ký, thêm dấu của các chữ ký sau.</translation>
    </message>
    <message>
        <source>The pages show exactly what was signed.</source>
        <translation>Các trang hiển thị đúng nội dung đã ký.</translation>
    </message>
    <message>
        <source>Form fields: {names}.</source>
        <translation>Ô biểu mẫu: {names}.</translation>
    </message>
</context>
<context>
    <name>Expiry</name>
    <message>
        <source>Certificates that have ended: {count}.</source>
        <translation>Số chứng thư đã hết hạn: {count}.</translation>
    </message>
    <message>
        <source>Certificates that end: {a} in 30 days · {b} in 60 · {c} in 90.</source>
        <translation>Chứng thư sắp hết hạn: {a} trong 30 ngày · {b} trong 60 · {c} trong 90.</translation>
    </message>
    <message>
        <source>No signer&apos;s certificate ends within 90 days.</source>
        <translation>Không chứng thư người ký nào hết hạn trong 90 ngày.</translation>
    </message>
</context>
<context>
    <name>Feeder</name>
    <message>
        <source>Stopping…</source>
        <translation>Đang dừng…</translation>
    </message>
    <message numerus="yes">
        <source>%n page(s) landed</source>
        <translation>
            <numerusform>Đã nhận %n trang</numerusform>
        </translation>
    </message>
    <message>
        <source>Go on (F5)</source>
        <translation>Quét tiếp (F5)</translation>
    </message>
    <message numerus="yes">
        <source>%n page(s) are kept; F5 goes on.</source>
        <translation>
            <numerusform>Đã giữ %n trang; nhấn F5 để quét tiếp.</numerusform>
        </translation>
    </message>
    <message>
        <source>{pages}, reading {done} of {total}</source>
        <translation>{pages}, đang đọc {done}/{total}</translation>
    </message>
    <message>
        <source>{pages} · {rate} a minute</source>
        <translation>{pages} · {rate} trang/phút</translation>
    </message>
    <message>
        <source>{pages}, checking {done} of {total}</source>
        <translation>{pages}, đang kiểm tra {done}/{total}</translation>
    </message>
    <message>
        <source>Look at the pages; if they will not do, choose a profile (F4).</source>
        <translation>Xem lại ảnh; nếu không đạt, chọn cấu hình khác (F4).</translation>
    </message>
    <message>
        <source>The scanner is not ready yet; waiting.</source>
        <translation>Máy quét chưa sẵn sàng; đang đợi.</translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>Đã dừng.</translation>
    </message>
    <message>
        <source>The feeder is empty.</source>
        <translation>Khay giấy trống.</translation>
    </message>
    <message>
        <source>Load the papers and press F5.</source>
        <translation>Đặt giấy vào khay rồi nhấn F5.</translation>
    </message>
    <message>
        <source>Scan this page again</source>
        <translation>Quét lại trang này</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Thử lại</translation>
    </message>
</context>
<context>
    <name>FiguresScreen</name>
    <message>
        <source>From the day</source>
        <translation>Từ ngày</translation>
    </message>
    <message>
        <source>To the day</source>
        <translation>Đến ngày</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Tiếp nhận</translation>
    </message>
    <message>
        <source>Enter counts these days</source>
        <translation>Enter để tính theo các ngày này</translation>
    </message>
    <message>
        <source>Dossiers received, by day</source>
        <translation>Hồ sơ tiếp nhận theo ngày</translation>
    </message>
    <message>
        <source>Digitized and reused, by group</source>
        <translation>Số hóa và tái sử dụng theo nhóm</translation>
    </message>
    <message>
        <source>The next group: G</source>
        <translation>Nhóm tiếp theo: G</translation>
    </message>
    <message>
        <source>Figures by group</source>
        <translation>Số liệu theo nhóm</translation>
    </message>
    <message>
        <source>Upload queue, now</source>
        <translation>Hàng đợi nộp, lúc này</translation>
    </message>
    <message>
        <source>This is no period.</source>
        <translation>Đây không phải một kỳ.</translation>
    </message>
    <message>
        <source>Type two days as 31/01/2026, the earlier one first.</source>
        <translation>Gõ hai ngày như 31/01/2026, ngày sớm hơn trước.</translation>
    </message>
    <message numerus="yes">
        <source>%n signed file(s) sent back and replaced</source>
        <translation>
            <numerusform>%n tệp đã ký bị trả lại và thay thế</numerusform>
        </translation>
    </message>
    <message>
        <source>No dossier was received in this period.</source>
        <translation>Không có hồ sơ nào được tiếp nhận trong kỳ này.</translation>
    </message>
    <message>
        <source>{size} waiting, the oldest since {time}</source>
        <translation>{size} đang chờ, cũ nhất từ {time}</translation>
    </message>
    <message>
        <source>nothing was queued yet</source>
        <translation>chưa có tệp nào vào hàng đợi</translation>
    </message>
    <message>
        <source>Export the figures</source>
        <translation>Xuất số liệu</translation>
    </message>
    <message>
        <source>Excel workbook (*.xlsx)</source>
        <translation>Sổ Excel (*.xlsx)</translation>
    </message>
    <message>
        <source>Web page with plots (*.html)</source>
        <translation>Trang web có biểu đồ (*.html)</translation>
    </message>
    <message>
        <source>Comma-separated values (*.csv)</source>
        <translation>Bảng CSV (*.csv)</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Mở</translation>
    </message>
    <message>
        <source>The figures are written.</source>
        <translation>Đã ghi số liệu.</translation>
    </message>
    <message>
        <source>Open to print</source>
        <translation>Mở để in</translation>
    </message>
</context>
<context>
    <name>FindingCard</name>
    <message>
        <source>Reason for going on</source>
        <translation>Lý do vẫn tiếp tục</translation>
    </message>
    <message>
        <source>Accept with this reason</source>
        <translation>Chấp nhận với lý do này</translation>
    </message>
    <message>
        <source>To look at: {number} of {total}</source>
        <translation>Cần xem: {number}/{total}</translation>
    </message>
</context>
<context>
    <name>Heat</name>
    <message>
        <source>{word} · {share} % sure</source>
        <translation>{word} · chắc {share} %</translation>
    </message>
    <message>
        <source>perhaps {word}</source>
        <translation>có thể là {word}</translation>
    </message>
</context>
<context>
    <name>HeatMap</name>
    <message>
        <source>Skew</source>
        <translation>Lệch</translation>
    </message>
    <message>
        <source>leaning</source>
        <translation>bị nghiêng</translation>
    </message>
    <message>
        <source>Sharp</source>
        <translation>Mờ</translation>
    </message>
    <message>
        <source>blurred</source>
        <translation>mờ</translation>
    </message>
    <message>
        <source>Faint</source>
        <translation>Nhạt</translation>
    </message>
    <message>
        <source>faint</source>
        <translation>bị nhạt</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>Cắt</translation>
    </message>
    <message>
        <source>cut off</source>
        <translation>bị cắt</translation>
    </message>
    <message>
        <source>Blank</source>
        <translation>Trống</translation>
    </message>
    <message>
        <source>perhaps blank</source>
        <translation>có thể trống</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Khổ</translation>
    </message>
    <message>
        <source>of an odd size</source>
        <translation>khác khổ</translation>
    </message>
    <message>
        <source>unreadable</source>
        <translation>không mở được</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Lỗi</translation>
    </message>
    <message>
        <source>{row}: {count} of {total} pages {problem}</source>
        <translation>{row}: {count}/{total} trang {problem}</translation>
    </message>
    <message>
        <source>worst on sheet {sheet}</source>
        <translation>xấu nhất ở tờ {sheet}</translation>
    </message>
    <message>
        <source>Sheets {first}–{last}</source>
        <translation>Tờ {first}–{last}</translation>
    </message>
</context>
<context>
    <name>HeatTable</name>
    <message>
        <source>Quality map: rows are dossiers, columns are checks</source>
        <translation>Bản đồ chất lượng: hàng là hồ sơ, cột là mục kiểm tra</translation>
    </message>
</context>
<context>
    <name>Hours</name>
    <message>
        <source>{hour}:00: {number} dossiers</source>
        <translation>{hour} giờ: {number} hồ sơ</translation>
    </message>
    <message>
        <source>{hour}:00: {number} files waited</source>
        <translation>{hour} giờ: {number} tệp chờ</translation>
    </message>
</context>
<context>
    <name>KeysDialog</name>
    <message>
        <source>Keys valid here</source>
        <translation>Phím dùng được ở đây</translation>
    </message>
</context>
<context>
    <name>Labels</name>
    <message>
        <source>Received</source>
        <translation>Đã tiếp nhận</translation>
    </message>
    <message>
        <source>Scanning</source>
        <translation>Đang quét</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>Đang đọc</translation>
    </message>
    <message>
        <source>To check</source>
        <translation>Chờ kiểm tra</translation>
    </message>
    <message>
        <source>Checked</source>
        <translation>Đã kiểm tra</translation>
    </message>
    <message>
        <source>Waiting for signature</source>
        <translation>Chờ ký</translation>
    </message>
    <message>
        <source>Signed</source>
        <translation>Đã ký</translation>
    </message>
    <message>
        <source>Waiting to be sent</source>
        <translation>Chờ tải lên</translation>
    </message>
    <message>
        <source>Being sent</source>
        <translation>Đang tải lên</translation>
    </message>
    <message>
        <source>Stored</source>
        <translation>Đã lưu kho</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>Hoàn thành</translation>
    </message>
    <message>
        <source>Suspended</source>
        <translation>Tạm dừng</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Lỗi</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Đã hủy</translation>
    </message>
    <message>
        <source>blurred</source>
        <translation>mờ</translation>
    </message>
    <message>
        <source>low contrast</source>
        <translation>chữ nhạt</translation>
    </message>
    <message>
        <source>corner cut off</source>
        <translation>mất góc</translation>
    </message>
    <message>
        <source>skewed</source>
        <translation>lệch</translation>
    </message>
    <message>
        <source>print cut at an edge</source>
        <translation>cắt mép chữ</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>không mở được</translation>
    </message>
    <message>
        <source>of an odd size</source>
        <translation>khác khổ</translation>
    </message>
    <message>
        <source>perhaps blank</source>
        <translation>có thể trống</translation>
    </message>
    <message>
        <source>blank side</source>
        <translation>mặt trắng</translation>
    </message>
    <message>
        <source>set aside by the clerk</source>
        <translation>cán bộ để riêng</translation>
    </message>
    <message>
        <source>separator sheet</source>
        <translation>tờ phân cách</translation>
    </message>
    <message>
        <source>deleted by the clerk</source>
        <translation>cán bộ xóa</translation>
    </message>
    <message>
        <source>scanned again</source>
        <translation>đã quét lại</translation>
    </message>
    <message>
        <source>came beside a rescan</source>
        <translation>mặt thừa khi quét lại</translation>
    </message>
    <message>
        <source>scan taken back</source>
        <translation>đã hoàn tác lần quét</translation>
    </message>
    <message>
        <source>from the QR code</source>
        <translation>từ mã QR</translation>
    </message>
    <message>
        <source>from the machine-readable zone</source>
        <translation>từ vùng MRZ</translation>
    </message>
    <message>
        <source>read from the print</source>
        <translation>đọc từ chữ in</translation>
    </message>
    <message>
        <source>typed by the clerk</source>
        <translation>cán bộ nhập</translation>
    </message>
    <message>
        <source>Seen by the clerk, kept as it is</source>
        <translation>Cán bộ đã xem, giữ nguyên</translation>
    </message>
    <message>
        <source>The citizen will bring it later</source>
        <translation>Công dân nộp bổ sung sau</translation>
    </message>
    <message>
        <source>Looked up in the national database</source>
        <translation>Đã tra cứu trên cơ sở dữ liệu quốc gia</translation>
    </message>
    <message>
        <source>Not needed in this case</source>
        <translation>Trường hợp này không cần</translation>
    </message>
    <message>
        <source>Seen by the clerk: not a mark of secrecy</source>
        <translation>Cán bộ đã xem: không phải dấu độ mật</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>Để riêng</translation>
    </message>
    <message>
        <source>Just scanned</source>
        <translation>Vừa quét</translation>
    </message>
    <message>
        <source>needs a correction</source>
        <translation>cần sửa</translation>
    </message>
    <message>
        <source>please look</source>
        <translation>cần xem</translation>
    </message>
    <message>
        <source>result of the procedure</source>
        <translation>giấy tờ kết quả</translation>
    </message>
    <message>
        <source>outside the checklist</source>
        <translation>ngoài danh mục</translation>
    </message>
    <message>
        <source>not there yet</source>
        <translation>chưa có</translation>
    </message>
    <message>
        <source>stored paper reused</source>
        <translation>dùng lại giấy đã lưu</translation>
    </message>
    <message>
        <source>absent with a reason</source>
        <translation>không nộp, có lý do</translation>
    </message>
    <message>
        <source>a stored paper fits (U)</source>
        <translation>có giấy đã lưu (U)</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>còn thiếu</translation>
    </message>
    <message>
        <source>not enclosed (optional)</source>
        <translation>không kèm (tùy chọn)</translation>
    </message>
    <message>
        <source>front</source>
        <translation>mặt trước</translation>
    </message>
    <message>
        <source>back</source>
        <translation>mặt sau</translation>
    </message>
    <message>
        <source>Page {number} · sheet {sheet}, {side}</source>
        <translation>Trang {number} · tờ {sheet}, {side}</translation>
    </message>
    <message>
        <source>being read</source>
        <translation>đang đọc</translation>
    </message>
    <message>
        <source>good</source>
        <translation>đạt</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Mở</translation>
    </message>
    <message>
        <source>Closed</source>
        <translation>Đã đóng</translation>
    </message>
    <message>
        <source>Seen on the paper, kept as it is</source>
        <translation>Đã xem giấy, giữ nguyên</translation>
    </message>
    <message>
        <source>The paper itself is like this</source>
        <translation>Bản giấy vốn như vậy</translation>
    </message>
    <message>
        <source>Counted again by hand: the declaration was wrong</source>
        <translation>Đã đếm lại bằng tay: khai nhầm số tờ</translation>
    </message>
    <message>
        <source>The sheet is not there; noted in the inventory</source>
        <translation>Không có tờ này; đã ghi vào mục lục</translation>
    </message>
    <message>
        <source>Sheet {sheet}, {side}</source>
        <translation>Tờ {sheet}, {side}</translation>
    </message>
    <message>
        <source>separator: {code}</source>
        <translation>phân cách: {code}</translation>
    </message>
    <message>
        <source>being checked</source>
        <translation>đang kiểm tra</translation>
    </message>
</context>
<context>
    <name>LockScreen</name>
    <message>
        <source>Who is at the counter?</source>
        <translation>Ai đang ở quầy?</translation>
    </message>
    <message>
        <source>Scans and readings go on behind this. Nothing that was open is lost.</source>
        <translation>Việc quét và nhận dạng vẫn chạy phía sau. Không mất gì đang mở.</translation>
    </message>
    <message>
        <source>Your name</source>
        <translation>Tên của bạn</translation>
    </message>
    <message>
        <source>↑ ↓ or the first letters choose a name, Enter goes to the PIN. A forgotten PIN is set anew by an administrator.</source>
        <translation>↑ ↓ hoặc gõ chữ đầu để chọn tên, Enter sang ô PIN. Quên PIN thì nhờ quản trị đặt lại.</translation>
    </message>
    <message>
        <source>&amp;PIN</source>
        <translation>Mã &amp;PIN</translation>
    </message>
    <message>
        <source>Your PIN</source>
        <translation>Mã PIN của bạn</translation>
    </message>
    <message>
        <source>&amp;Log in</source>
        <translation>Đăng &amp;nhập</translation>
    </message>
</context>
<context>
    <name>LookUps</name>
    <message>
        <source>Folder for the report</source>
        <translation>Thư mục lưu báo cáo</translation>
    </message>
    <message>
        <source>Writing the report…</source>
        <translation>Đang lập báo cáo…</translation>
    </message>
    <message>
        <source>The report is in {folder}.</source>
        <translation>Báo cáo đã lưu trong {folder}.</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>One-stop desk</source>
        <translation>Quầy một cửa – Số hóa hồ sơ</translation>
    </message>
    <message>
        <source>Log in first.</source>
        <translation>Hãy đăng nhập trước.</translation>
    </message>
    <message>
        <source>Scanning</source>
        <translation>Đang quét</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>Đang đọc</translation>
    </message>
    <message>
        <source>Sorting the papers</source>
        <translation>Đang xếp giấy tờ</translation>
    </message>
    <message>
        <source>Making PDF/A</source>
        <translation>Đang tạo PDF/A</translation>
    </message>
    <message>
        <source>Signing</source>
        <translation>Đang ký số</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>Đang gửi</translation>
    </message>
    <message>
        <source>Making PDF/A and signing</source>
        <translation>Đang tạo PDF/A và ký số</translation>
    </message>
    <message>
        <source>The PIN is forgotten.</source>
        <translation>Đã quên mã PIN.</translation>
    </message>
</context>
<context>
    <name>MarkDialog</name>
    <message>
        <source>Mark on the page</source>
        <translation>Dấu hiển thị trên trang</translation>
    </message>
    <message>
        <source>Profile of the mark</source>
        <translation>Hồ sơ ký của dấu</translation>
    </message>
    <message>
        <source>&amp;The profile&apos;s own place</source>
        <translation>&amp;Vị trí theo hồ sơ ký</translation>
    </message>
    <message>
        <source>Drag the mark, or move it with the arrow keys: 1 mm, with Shift 5 mm.</source>
        <translation>Kéo dấu, hoặc dời bằng phím mũi tên: 1 mm, giữ Shift 5 mm.</translation>
    </message>
    <message>
        <source>This mark stands where the signature or the name is printed.</source>
        <translation>Dấu này đặt tại chỗ in chữ ký hoặc họ tên.</translation>
    </message>
    <message>
        <source>This profile signs without a visible mark.</source>
        <translation>Hồ sơ ký này không có dấu hiển thị.</translation>
    </message>
    <message>
        <source>Signer&apos;s name</source>
        <translation>Tên người ký</translation>
    </message>
    <message>
        <source>Page {page}, {left} mm from the left, {top} mm from the top.</source>
        <translation>Trang {page}, cách trái {left} mm, cách trên {top} mm.</translation>
    </message>
    <message>
        <source>It lies on print: choose another place.</source>
        <translation>Dấu đè lên chữ in: hãy chọn chỗ khác.</translation>
    </message>
</context>
<context>
    <name>MarkForm</name>
    <message>
        <source>Kind of copy</source>
        <translation>Loại bản sao</translation>
    </message>
    <message>
        <source>Number of the document</source>
        <translation>Số, ký hiệu văn bản</translation>
    </message>
    <message>
        <source>Picture of the signature (PNG)</source>
        <translation>Ảnh chữ ký (PNG)</translation>
    </message>
    <message>
        <source>Picture of the seal (PNG)</source>
        <translation>Ảnh con dấu (PNG)</translation>
    </message>
    <message>
        <source>Number of certification</source>
        <translation>Số chứng thực</translation>
    </message>
    <message>
        <source>Book</source>
        <translation>Quyển số</translation>
    </message>
    <message>
        <source>Title of the signer</source>
        <translation>Chức vụ người ký</translation>
    </message>
    <message>
        <source>Words of certification</source>
        <translation>Lời chứng</translation>
    </message>
    <message>
        <source>Choose a file</source>
        <translation>Chọn tệp</translation>
    </message>
</context>
<context>
    <name>MarkView</name>
    <message>
        <source>Preview; arrow keys move the mark</source>
        <translation>Xem trước; phím mũi tên dời dấu</translation>
    </message>
</context>
<context>
    <name>Offers</name>
    <message>
        <source>Already digitized: no need to scan it</source>
        <translation>Đã số hóa: không cần quét lại</translation>
    </message>
    <message>
        <source>Stored papers that would do</source>
        <translation>Giấy tờ đã lưu có thể dùng</translation>
    </message>
    <message>
        <source>Use this paper (U)</source>
        <translation>Dùng giấy này (U)</translation>
    </message>
    <message>
        <source>Use it, from the citizen&apos;s own list (Shift+U)</source>
        <translation>Dùng, từ kho của công dân (Shift+U)</translation>
    </message>
</context>
<context>
    <name>PackageDialog</name>
    <message>
        <source>Package for the archive</source>
        <translation>Đóng gói lưu trữ</translation>
    </message>
    <message>
        <source>Package of dossier {code}</source>
        <translation>Đóng gói hồ sơ {code}</translation>
    </message>
    <message>
        <source>&amp;Kind of package</source>
        <translation>&amp;Loại gói</translation>
    </message>
    <message>
        <source>&amp;Number in this hand-over</source>
        <translation>&amp;Số thứ tự trong lần nộp</translation>
    </message>
    <message>
        <source>C&amp;hoose…</source>
        <translation>C&amp;họn…</translation>
    </message>
    <message>
        <source>Into the &amp;folder</source>
        <translation>&amp;Thư mục</translation>
    </message>
    <message>
        <source>Folder for the package</source>
        <translation>Thư mục chứa gói</translation>
    </message>
    <message>
        <source>Leave it &amp;unpacked, no ZIP file</source>
        <translation>Để nguyên thư &amp;mục, không nén ZIP</translation>
    </message>
    <message>
        <source>&amp;Make and check the package</source>
        <translation>Đóng &amp;gói và kiểm tra</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>&amp;Dừng</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Tiến độ</translation>
    </message>
    <message>
        <source>What the check found</source>
        <translation>Kết quả kiểm tra</translation>
    </message>
    <message>
        <source>Field lists (Excel)</source>
        <translation>Danh mục trường (Excel)</translation>
    </message>
    <message>
        <source>&amp;Write the list…</source>
        <translation>&amp;Xuất danh mục…</translation>
    </message>
    <message>
        <source>&amp;Bring a filled list in…</source>
        <translation>&amp;Nhập danh mục đã điền…</translation>
    </message>
    <message>
        <source>Ch&amp;eck a package…</source>
        <translation>&amp;Kiểm tra một gói…</translation>
    </message>
    <message>
        <source>C&amp;opy</source>
        <translation>Sao &amp;chép</translation>
    </message>
    <message>
        <source>Path, number of files and SHA-256</source>
        <translation>Đường dẫn, số tệp và SHA-256</translation>
    </message>
    <message>
        <source>Write the field list</source>
        <translation>Xuất danh mục trường</translation>
    </message>
    <message>
        <source>Excel workbook (*.xlsx)</source>
        <translation>Sổ Excel (*.xlsx)</translation>
    </message>
    <message>
        <source>Bring a filled list in</source>
        <translation>Nhập danh mục đã điền</translation>
    </message>
    <message>
        <source>Check a package</source>
        <translation>Kiểm tra gói</translation>
    </message>
    <message>
        <source>Packages (*.zip)</source>
        <translation>Gói (*.zip)</translation>
    </message>
    <message>
        <source>METS of a folder (METS.xml)</source>
        <translation>METS của thư mục (METS.xml)</translation>
    </message>
    <message>
        <source>Say into which folder the package goes.</source>
        <translation>Hãy cho biết thư mục chứa gói.</translation>
    </message>
    <message>
        <source>Working…</source>
        <translation>Đang làm…</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) written or checked</source>
        <translation>
            <numerusform>đã ghi hoặc kiểm tra %n tệp</numerusform>
        </translation>
    </message>
    <message>
        <source>Write the field list, fill in the yellow and the empty cells, then bring it in.</source>
        <translation>Xuất danh mục, điền các ô vàng và ô trống, rồi nhập lại.</translation>
    </message>
    <message>
        <source>The package is made, and its check found nothing wrong.</source>
        <translation>Đã đóng gói; kiểm tra không thấy lỗi.</translation>
    </message>
    <message>
        <source>The {kind} is intact.</source>
        <translation>Gói {kind} nguyên vẹn.</translation>
    </message>
    <message>
        <source>The package is NOT as it should be.</source>
        <translation>Gói KHÔNG đúng như phải có.</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s)</source>
        <translation>
            <numerusform>%n tệp</numerusform>
        </translation>
    </message>
    <message>
        <source>Assumed, said by nobody: {names}</source>
        <translation>Chưa ai xác nhận, lấy theo mặc định: {names}</translation>
    </message>
    <message numerus="yes">
        <source>%n fault(s)</source>
        <translation>
            <numerusform>%n lỗi</numerusform>
        </translation>
    </message>
    <message>
        <source>good</source>
        <translation>đạt</translation>
    </message>
    <message>
        <source>The field list is written.</source>
        <translation>Đã xuất danh mục trường.</translation>
    </message>
    <message>
        <source>Kept: {dossiers} dossiers, {documents} papers.</source>
        <translation>Đã lưu: {dossiers} hồ sơ, {documents} giấy tờ.</translation>
    </message>
    <message>
        <source>Nothing was kept. Mend the list and bring it in again.</source>
        <translation>Chưa lưu gì. Sửa danh mục rồi nhập lại.</translation>
    </message>
    <message>
        <source>Stopped. Nothing half-made is in the folder.</source>
        <translation>Đã dừng. Không có gì dở dang trong thư mục.</translation>
    </message>
</context>
<context>
    <name>Packing</name>
    <message>
        <source>Structure: nothing is missing</source>
        <translation>Cấu trúc: không thiếu gì</translation>
    </message>
    <message>
        <source>Fixity: every file has its hash, and no other is there</source>
        <translation>Toàn vẹn: tệp nào cũng đúng mã băm, không có tệp lạ</translation>
    </message>
    <message>
        <source>METS: valid, and all that it names exists</source>
        <translation>METS: hợp lệ, mọi thứ được nêu đều có</translation>
    </message>
    <message>
        <source>Descriptions: they fit the list of fields</source>
        <translation>Mô tả: đúng danh mục trường</translation>
    </message>
    <message>
        <source>Identity: name and id belong together</source>
        <translation>Định danh: tên và mã gói khớp nhau</translation>
    </message>
</context>
<context>
    <name>PageView</name>
    <message>
        <source>Page view</source>
        <translation>Trang đang xem</translation>
    </message>
    <message>
        <source>This page cannot be shown.</source>
        <translation>Không hiển thị được trang này.</translation>
    </message>
</context>
<context>
    <name>PaperPanel</name>
    <message>
        <source>Type of paper</source>
        <translation>Loại giấy tờ</translation>
    </message>
    <message>
        <source>No values are taken from this kind of paper.</source>
        <translation>Loại giấy tờ này không cần trích thông tin.</translation>
    </message>
    <message>
        <source>complete</source>
        <translation>đủ</translation>
    </message>
    <message>
        <source>type recognised, {share} certain</source>
        <translation>nhận dạng loại giấy, chắc {share}</translation>
    </message>
    <message>
        <source>type set by the clerk</source>
        <translation>cán bộ chọn loại giấy</translation>
    </message>
    <message>
        <source>U takes the decision back.</source>
        <translation>U để bỏ quyết định này.</translation>
    </message>
    <message>
        <source>Absent, with the reason: {reason}</source>
        <translation>Không nộp, với lý do: {reason}</translation>
    </message>
    <message>
        <source>Load the paper and press F5, or choose a page and press {n}.</source>
        <translation>Đặt giấy vào khay rồi nhấn F5, hoặc chọn một trang rồi nhấn phím {n}.</translation>
    </message>
    <message>
        <source>The values of each paper appear here as it is read.</source>
        <translation>Thông tin của từng giấy tờ hiện ở đây khi đọc xong.</translation>
    </message>
    <message>
        <source>The page is being read; then it joins its paper.</source>
        <translation>Trang đang được đọc, sau đó sẽ xếp vào giấy tờ của nó.</translation>
    </message>
    <message>
        <source>This page belongs to no paper of the dossier.</source>
        <translation>Trang này không thuộc giấy tờ nào của hồ sơ.</translation>
    </message>
</context>
<context>
    <name>PassphraseDialog</name>
    <message>
        <source>Encrypted data</source>
        <translation>Dữ liệu đã mã hóa</translation>
    </message>
    <message>
        <source>Passphrase of this station&apos;s data</source>
        <translation>Mật khẩu dữ liệu của máy trạm này</translation>
    </message>
    <message>
        <source>It is kept in memory until the program ends.</source>
        <translation>Chỉ giữ trong bộ nhớ đến khi đóng chương trình.</translation>
    </message>
</context>
<context>
    <name>PeopleDialog</name>
    <message>
        <source>People of this station</source>
        <translation>Người dùng của máy trạm</translation>
    </message>
    <message>
        <source>Nobody is deleted: the audit chain names everybody for ever.</source>
        <translation>Không xóa ai: nhật ký kiểm toán còn ghi tên mọi người.</translation>
    </message>
    <message>
        <source>People</source>
        <translation>Người dùng</translation>
    </message>
    <message>
        <source>&amp;Add</source>
        <translation>T&amp;hêm</translation>
    </message>
    <message>
        <source>Give the &amp;role below</source>
        <translation>Đổi sang &amp;vai trò dưới</translation>
    </message>
    <message>
        <source>Set the &amp;PIN below</source>
        <translation>Đặt &amp;PIN dưới</translation>
    </message>
    <message>
        <source>End the &amp;wait</source>
        <translation>Mở &amp;khóa chờ</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Tên</translation>
    </message>
    <message>
        <source>R&amp;ole</source>
        <translation>Vai t&amp;rò</translation>
    </message>
    <message>
        <source>PIN (&amp;6 characters or more)</source>
        <translation>Mã PIN (&amp;6 ký tự trở lên)</translation>
    </message>
    <message>
        <source>PIN once &amp;more</source>
        <translation>&amp;Nhập lại mã PIN</translation>
    </message>
    <message>
        <source>let in no more</source>
        <translation>đã ngừng</translation>
    </message>
    <message numerus="yes">
        <source>%n wrong PIN(s)</source>
        <translation>
            <numerusform>sai PIN %n lần</numerusform>
        </translation>
    </message>
    <message>
        <source>last here {time}</source>
        <translation>vào lần cuối {time}</translation>
    </message>
    <message>
        <source>Let in a&amp;gain</source>
        <translation>Cho vào &amp;lại</translation>
    </message>
    <message>
        <source>&amp;Let in no more</source>
        <translation>N&amp;gừng cho vào</translation>
    </message>
    <message>
        <source>Done.</source>
        <translation>Đã xong.</translation>
    </message>
</context>
<context>
    <name>PinDialog</name>
    <message>
        <source>Signing key</source>
        <translation>Khóa ký số</translation>
    </message>
    <message>
        <source>PIN or passphrase of the signing key</source>
        <translation>Mã PIN hoặc mật khẩu của khóa ký</translation>
    </message>
    <message>
        <source>It is kept in memory for {minutes} minutes and never written down.</source>
        <translation>Chỉ giữ trong bộ nhớ {minutes} phút, không ghi ra đĩa.</translation>
    </message>
    <message>
        <source>Asking the key how it stands…</source>
        <translation>Đang hỏi trạng thái khóa…</translation>
    </message>
    <message>
        <source>Type {label} to use the &amp;last try:</source>
        <translation>Gõ {label} để dùng &amp;lần thử cuối:</translation>
    </message>
    <message>
        <source>A wrong PIN was entered before. A few more wrong ones lock the token: check the PIN before you type it.</source>
        <translation>Trước đó đã có lần nhập sai PIN. Sai thêm vài lần thiết bị sẽ bị khóa: kiểm tra mã PIN trước khi nhập.</translation>
    </message>
    <message>
        <source>ONE try is left. A wrong PIN now locks the token for good. If you are not sure, cancel and ask the issuer.</source>
        <translation>Chỉ còn MỘT lần thử. Nhập sai bây giờ thiết bị sẽ bị khóa hẳn. Nếu không chắc, hãy hủy và hỏi nơi cấp.</translation>
    </message>
    <message>
        <source>No PIN is typed here: the token is open already, or it has a keypad of its own.</source>
        <translation>Không nhập PIN ở đây: thiết bị đang mở, hoặc có bàn phím riêng.</translation>
    </message>
    <message>
        <source>certificate until {date}</source>
        <translation>chứng thư đến {date}</translation>
    </message>
    <message numerus="yes">
        <source>%n day(s) left</source>
        <translation>
            <numerusform>còn %n ngày</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Profiles</name>
    <message>
        <source>Scan profiles</source>
        <translation>Cấu hình quét</translation>
    </message>
    <message>
        <source>{profile} · locked</source>
        <translation>{profile} · đã khóa</translation>
    </message>
    <message>
        <source>Scan with the profile “{profile}”</source>
        <translation>Quét theo cấu hình “{profile}”</translation>
    </message>
    <message>
        <source>Usual settings</source>
        <translation>Thiết lập thường dùng</translation>
    </message>
</context>
<context>
    <name>Queue</name>
    <message>
        <source>State</source>
        <translation>Trạng thái</translation>
    </message>
    <message>
        <source>Dossier</source>
        <translation>Hồ sơ</translation>
    </message>
    <message>
        <source>Paper</source>
        <translation>Giấy tờ</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Kích thước</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Từ lúc</translation>
    </message>
    <message>
        <source>Tries</source>
        <translation>Số lần</translation>
    </message>
    <message>
        <source>Next try</source>
        <translation>Thử lại lúc</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Trả lời</translation>
    </message>
    <message>
        <source>ready to send</source>
        <translation>sẵn sàng gửi</translation>
    </message>
    <message>
        <source>waits for another try</source>
        <translation>chờ thử lại</translation>
    </message>
    <message>
        <source>being sent</source>
        <translation>đang gửi</translation>
    </message>
    <message>
        <source>stored, receipt kept</source>
        <translation>đã lưu, có biên nhận</translation>
    </message>
    <message>
        <source>given up</source>
        <translation>đã ngừng gửi</translation>
    </message>
    <message>
        <source>waits for approval</source>
        <translation>chờ duyệt</translation>
    </message>
    <message>
        <source>secret: not sent</source>
        <translation>mật: không gửi</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>đã hủy</translation>
    </message>
</context>
<context>
    <name>QueueScreen</name>
    <message>
        <source>Nothing to send</source>
        <translation>Không có tệp chờ gửi</translation>
    </message>
    <message>
        <source>Signed files wait here until the store has confirmed each of them.</source>
        <translation>Tệp đã ký chờ ở đây đến khi kho xác nhận đã lưu từng tệp.</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Hàng đợi</translation>
    </message>
    <message>
        <source>Waited, by hour</source>
        <translation>Chờ gửi theo giờ</translation>
    </message>
    <message>
        <source>Files that waited, by hour</source>
        <translation>Số tệp chờ gửi theo giờ</translation>
    </message>
    <message>
        <source>Files to send and files sent</source>
        <translation>Tệp chờ gửi và đã gửi</translation>
    </message>
    <message>
        <source>The store confirmed it on {time}; its receipt is kept.</source>
        <translation>Kho đã xác nhận lúc {time}; biên nhận được giữ lại.</translation>
    </message>
    <message>
        <source>It is sent as soon as the lane is free.</source>
        <translation>Sẽ gửi ngay khi đến lượt.</translation>
    </message>
    <message numerus="yes">
        <source>Code {code} · tried %n time(s)</source>
        <translation>
            <numerusform>Mã {code} · đã thử %n lần</numerusform>
        </translation>
    </message>
    <message>
        <source>next try {time}</source>
        <translation>thử lại lúc {time}</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) go out again.</source>
        <translation>
            <numerusform>Gửi lại %n tệp.</numerusform>
        </translation>
    </message>
    <message>
        <source>Do not send</source>
        <translation>Không gửi</translation>
    </message>
    <message>
        <source>Take this file out of the queue?</source>
        <translation>Bỏ tệp này khỏi hàng đợi?</translation>
    </message>
    <message>
        <source>The signed file stays on this computer. R puts it back into the queue.</source>
        <translation>Tệp đã ký vẫn ở trên máy này. Phím R đưa tệp trở lại hàng đợi.</translation>
    </message>
    <message>
        <source>Copied for support.</source>
        <translation>Đã sao chép để báo hỗ trợ.</translation>
    </message>
</context>
<context>
    <name>Rail</name>
    <message>
        <source>Screens</source>
        <translation>Màn hình</translation>
    </message>
</context>
<context>
    <name>Reusing</name>
    <message>
        <source>Use the stored paper</source>
        <translation>Dùng giấy tờ đã lưu</translation>
    </message>
</context>
<context>
    <name>Reviewing</name>
    <message>
        <source>Approve</source>
        <translation>Duyệt</translation>
    </message>
    <message numerus="yes">
        <source>Approve %n valid file(s)?</source>
        <translation>
            <numerusform>Duyệt %n tệp hợp lệ?</numerusform>
        </translation>
    </message>
    <message>
        <source>Files that are not valid stay in the list and wait for a decision.</source>
        <translation>Tệp chưa hợp lệ vẫn ở lại danh sách chờ quyết định.</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) approved.</source>
        <translation>
            <numerusform>Đã duyệt %n tệp.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) are of your own dossiers: somebody else approves them.</source>
        <translation>
            <numerusform>%n tệp thuộc hồ sơ do bạn làm: để người khác duyệt.</numerusform>
        </translation>
    </message>
    <message>
        <source>Dossier {code} is back at the counter.</source>
        <translation>Hồ sơ {code} đã trả lại quầy.</translation>
    </message>
    <message>
        <source>Its files are not sent any more; the clerk sees the reason.</source>
        <translation>Các tệp không gửi đi nữa; cán bộ tiếp nhận thấy lý do.</translation>
    </message>
</context>
<context>
    <name>Search</name>
    <message>
        <source>Paper</source>
        <translation>Giấy tờ</translation>
    </message>
    <message>
        <source>Where it stands</source>
        <translation>Chỗ tìm thấy</translation>
    </message>
    <message>
        <source>Dossier</source>
        <translation>Hồ sơ</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Tiếp nhận</translation>
    </message>
    <message>
        <source>page {number}</source>
        <translation>trang {number}</translation>
    </message>
    <message>
        <source>title or value</source>
        <translation>tên giấy tờ hoặc giá trị</translation>
    </message>
    <message>
        <source>code of the dossier</source>
        <translation>mã hồ sơ</translation>
    </message>
    <message>
        <source>In no paper yet</source>
        <translation>Chưa thuộc giấy tờ nào</translation>
    </message>
</context>
<context>
    <name>SearchBar</name>
    <message>
        <source>Look for</source>
        <translation>Tìm</translation>
    </message>
    <message>
        <source>Name, number, code of a dossier, or words on a paper; marks are optional</source>
        <translation>Họ tên, số định danh, mã hồ sơ hoặc chữ trên giấy tờ; gõ có dấu hay không đều được</translation>
    </message>
    <message>
        <source>Names and numbers only</source>
        <translation>Chỉ họ tên, số định danh</translation>
    </message>
    <message>
        <source>Kind of paper</source>
        <translation>Loại giấy tờ</translation>
    </message>
    <message>
        <source>Procedure</source>
        <translation>Thủ tục</translation>
    </message>
    <message>
        <source>From the day</source>
        <translation>Từ ngày</translation>
    </message>
    <message>
        <source>To the day</source>
        <translation>Đến ngày</translation>
    </message>
    <message>
        <source>Any kind of paper</source>
        <translation>Mọi loại giấy tờ</translation>
    </message>
    <message>
        <source>Any procedure</source>
        <translation>Mọi thủ tục</translation>
    </message>
</context>
<context>
    <name>SearchScreen</name>
    <message>
        <source>Places where it was found</source>
        <translation>Những chỗ tìm thấy</translation>
    </message>
    <message>
        <source>“{text}” is no day: type it as 31/01/2026.</source>
        <translation>“{text}” không phải ngày: hãy gõ như 31/01/2026.</translation>
    </message>
    <message>
        <source>Find any paper of this desk</source>
        <translation>Tìm mọi giấy tờ của bàn này</translation>
    </message>
    <message>
        <source>Type a name, a number, the code of a dossier or words of a paper, with or without marks. Arrows choose, Enter opens it at that page.</source>
        <translation>Gõ họ tên, số định danh, mã hồ sơ hoặc chữ trên giấy tờ, có dấu hay không đều được. Phím mũi tên để chọn, Enter mở đúng trang đó.</translation>
    </message>
    <message>
        <source>{ms} ms</source>
        <translation>{ms} ms</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Không tìm thấy</translation>
    </message>
    <message numerus="yes">
        <source>%n place(s)</source>
        <translation>
            <numerusform>%n chỗ</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n dossier(s)</source>
        <translation>
            <numerusform>%n hồ sơ</numerusform>
        </translation>
    </message>
    <message>
        <source>{places} in {dossiers}, and more below</source>
        <translation>{places} trong {dossiers}, còn nữa ở dưới</translation>
    </message>
    <message>
        <source>{places} in {dossiers}</source>
        <translation>{places} trong {dossiers}</translation>
    </message>
    <message>
        <source>Enter opens it at that page</source>
        <translation>Enter mở đúng trang đó</translation>
    </message>
    <message numerus="yes">
        <source>%n page(s) and papers are still being indexed</source>
        <translation>
            <numerusform>còn %n trang và giấy tờ đang vào chỉ mục</numerusform>
        </translation>
    </message>
    <message>
        <source>The search was ended after two seconds: narrow it to see everything</source>
        <translation>Đã dừng tìm sau hai giây: hãy thu hẹp để thấy đủ</translation>
    </message>
    <message>
        <source>Take the filters away (Ctrl+Backspace).</source>
        <translation>Bỏ các điều kiện lọc (Ctrl+Backspace).</translation>
    </message>
    <message>
        <source>Try fewer words: two of a name are often enough.</source>
        <translation>Thử ít chữ hơn: hai chữ trong họ tên thường là đủ.</translation>
    </message>
    <message>
        <source>Pages are still being indexed; the answer comes by itself.</source>
        <translation>Các trang đang vào chỉ mục; kết quả sẽ tự hiện ra.</translation>
    </message>
    <message>
        <source>Print that was read wrongly is not found: try another word of the same paper, the day, or the code on the receipt.</source>
        <translation>Chữ bị đọc sai thì không tìm được: thử chữ khác trên cùng giấy tờ, ngày, hoặc mã trên giấy tiếp nhận.</translation>
    </message>
</context>
<context>
    <name>SecretPapers</name>
    <message>
        <source>Dossier {code} is marked secret: nothing of it is sent.</source>
        <translation>Hồ sơ {code} đã được đánh dấu mật: không gửi gì của hồ sơ này.</translation>
    </message>
    <message>
        <source>Treat it by the rules for state secrets, off any network.</source>
        <translation>Xử lý theo quy định bảo vệ bí mật nhà nước, không đưa lên mạng.</translation>
    </message>
    <message>
        <source>Files sent before: {count}. Tell the officer for state secrets now.</source>
        <translation>Số tệp đã gửi trước đó: {count}. Báo ngay người phụ trách bảo vệ bí mật nhà nước.</translation>
    </message>
    <message>
        <source>It is not secret</source>
        <translation>Không phải giấy tờ mật</translation>
    </message>
    <message>
        <source>Dossier {code} is not secret: it is sent as usual.</source>
        <translation>Hồ sơ {code} không mật: được gửi như thường.</translation>
    </message>
</context>
<context>
    <name>SendBack</name>
    <message>
        <source>A page is missing</source>
        <translation>Thiếu trang</translation>
    </message>
    <message>
        <source>A page cannot be read</source>
        <translation>Có trang không đọc được</translation>
    </message>
    <message>
        <source>The wrong paper</source>
        <translation>Nhầm giấy tờ</translation>
    </message>
    <message>
        <source>A value is wrong</source>
        <translation>Sai thông tin</translation>
    </message>
    <message>
        <source>The wrong signer or role</source>
        <translation>Sai người ký hoặc vai trò</translation>
    </message>
    <message>
        <source>The mark covers the text</source>
        <translation>Dấu ký che chữ</translation>
    </message>
    <message>
        <source>The paper belongs to another dossier</source>
        <translation>Giấy của hồ sơ khác</translation>
    </message>
</context>
<context>
    <name>SendBackDialog</name>
    <message>
        <source>Send back to the counter</source>
        <translation>Trả lại quầy</translation>
    </message>
    <message>
        <source>The whole dossier opens again at the counter. The signed files stay on record and are not sent any more.</source>
        <translation>Cả hồ sơ được mở lại ở quầy. Các tệp đã ký vẫn được lưu và không gửi đi nữa.</translation>
    </message>
    <message>
        <source>&amp;More about it</source>
        <translation>Nói &amp;rõ thêm</translation>
    </message>
    <message>
        <source>Send back</source>
        <translation>Trả lại</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Lý do</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Cài đặt</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Theo hệ thống</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Sáng</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Tối</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>&amp;Ngôn ngữ</translation>
    </message>
    <message>
        <source>&amp;Colours</source>
        <translation>&amp;Màu sắc</translation>
    </message>
    <message>
        <source>&amp;Agency</source>
        <translation>&amp;Cơ quan</translation>
    </message>
    <message>
        <source>&amp;Scanner</source>
        <translation>Máy &amp;quét</translation>
    </message>
    <message>
        <source>Signing &amp;key</source>
        <translation>&amp;Khóa ký số</translation>
    </message>
    <message>
        <source>The scanner&apos;s own picture</source>
        <translation>Ảnh gốc của máy quét</translation>
    </message>
    <message>
        <source>Small files (text, colours and paper apart)</source>
        <translation>Tệp nhỏ (tách chữ, màu và nền)</translation>
    </message>
    <message>
        <source>Black and white</source>
        <translation>Đen trắng</translation>
    </message>
    <message>
        <source>A&amp;rchival pictures</source>
        <translation>Ảnh lưu t&amp;rữ</translation>
    </message>
    <message>
        <source>&amp;Mark on the page…</source>
        <translation>Dấu trên tran&amp;g…</translation>
    </message>
    <message>
        <source>Visible mark</source>
        <translation>Dấu hiển thị</translation>
    </message>
    <message>
        <source>Signed files wait for the supervisor&apos;s appro&amp;val</source>
        <translation>Tệp đã ký chờ người thẩm định &amp;duyệt mới gửi</translation>
    </message>
    <message>
        <source>Scanner: simulated:, sane:NAME or escl:ADDRESS. Key: demonstration, p12:FILE or pkcs11:MODULE?token=LABEL.</source>
        <translation>Máy quét: simulated:, sane:TÊN hoặc escl:ĐỊA-CHỈ. Khóa: demonstration, p12:TỆP hoặc pkcs11:THƯ-VIỆN?token=NHÃN.</translation>
    </message>
    <message>
        <source>&amp;Four eyes: nobody approves a dossier of their own</source>
        <translation>&amp;Hai người: không ai tự duyệt hồ sơ mình làm</translation>
    </message>
    <message>
        <source>Never by itself</source>
        <translation>Không tự khóa</translation>
    </message>
    <message numerus="yes">
        <source>after %n minute(s) without a key</source>
        <translation>
            <numerusform>sau %n phút không thao tác</numerusform>
        </translation>
    </message>
    <message>
        <source>Lock &amp;the screen</source>
        <translation>&amp;Tự khóa màn hình</translation>
    </message>
    <message>
        <source>Kept for ever</source>
        <translation>Giữ mãi</translation>
    </message>
    <message numerus="yes">
        <source>Removed after %n day(s)</source>
        <translation>
            <numerusform>Xóa sau %n ngày</numerusform>
        </translation>
    </message>
    <message>
        <source>Only dossiers of which every paper has the store&apos;s matching receipt.</source>
        <translation>Chỉ những hồ sơ mà mọi giấy tờ đã có biên nhận khớp của kho.</translation>
    </message>
    <message>
        <source>Copies &amp;here after the receipt</source>
        <translation>&amp;Bản tại máy sau biên nhận</translation>
    </message>
</context>
<context>
    <name>SignatureCard</name>
    <message>
        <source>DEMONSTRATION – no legal value</source>
        <translation>TRÌNH DIỄN – không có giá trị pháp lý</translation>
    </message>
</context>
<context>
    <name>SlipPicture</name>
    <message>
        <source>The code is at the top right of the receipt slip</source>
        <translation>Mã nằm ở góc trên bên phải giấy tiếp nhận</translation>
    </message>
</context>
<context>
    <name>Standing</name>
    <message>
        <source>the same citizen number stands in both</source>
        <translation>cùng số định danh trong cả hai</translation>
    </message>
    <message>
        <source>the same name and day of birth stand in both</source>
        <translation>cùng họ tên và ngày sinh trong cả hai</translation>
    </message>
    <message>
        <source>{title} · dossier {code}, {time}
{why}; {signature}</source>
        <translation>{title} · hồ sơ {code}, {time}
{why}; {signature}</translation>
    </message>
    <message>
        <source>its signature is valid</source>
        <translation>chữ ký hợp lệ</translation>
    </message>
    <message>
        <source>its signature is NOT valid, so it cannot be used</source>
        <translation>chữ ký KHÔNG hợp lệ nên không dùng được</translation>
    </message>
    <message>
        <source>The stored paper “{title}” of dossier {code} stands for it since {time}; nothing is scanned.</source>
        <translation>Giấy đã lưu “{title}” của hồ sơ {code} được dùng thay từ {time}; không phải quét.</translation>
    </message>
    <message>
        <source>“{title}” from the citizen&apos;s own list (dossier {code}) stands for it since {time}; nothing is scanned.</source>
        <translation>“{title}” từ kho của công dân (hồ sơ {code}) được dùng thay từ {time}; không phải quét.</translation>
    </message>
</context>
<context>
    <name>StartPage</name>
    <message>
        <source>Scan the receipt slip</source>
        <translation>Quét mã trên giấy tiếp nhận</translation>
    </message>
    <message>
        <source>or type the dossier code and press Enter.</source>
        <translation>hoặc nhập mã hồ sơ rồi nhấn Enter.</translation>
    </message>
    <message>
        <source>Dossier &amp;code</source>
        <translation>&amp;Mã hồ sơ</translation>
    </message>
    <message>
        <source>P&amp;rocedure, if the dossier is new</source>
        <translation>Thủ tục, nếu là hồ &amp;sơ mới</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Mở</translation>
    </message>
    <message>
        <source>Still to be finished</source>
        <translation>Chưa hoàn tất</translation>
    </message>
    <message>
        <source>Dossiers finished, by hour</source>
        <translation>Hồ sơ xong theo giờ</translation>
    </message>
</context>
<context>
    <name>StateBar</name>
    <message>
        <source>all</source>
        <translation>tất cả</translation>
    </message>
    <message>
        <source>Shows the files of one state alone; once more shows all.</source>
        <translation>Chỉ hiện tệp của một trạng thái; bấm lần nữa để hiện tất cả.</translation>
    </message>
    <message>
        <source>{title}: {states}. Shown: {shown}</source>
        <translation>{title}: {states}. Đang hiện: {shown}</translation>
    </message>
</context>
<context>
    <name>Station</name>
    <message>
        <source>{code}: {text}</source>
        <translation>{code}: {text}</translation>
    </message>
    <message>
        <source>Dossier {code} is signed and checked.</source>
        <translation>Hồ sơ {code} đã ký và kiểm tra xong.</translation>
    </message>
</context>
<context>
    <name>StatusStrip</name>
    <message>
        <source>Progress</source>
        <translation>Tiến độ</translation>
    </message>
    <message>
        <source>DEMONSTRATION KEY – no legal value</source>
        <translation>KHÓA TRÌNH DIỄN – không có giá trị pháp lý</translation>
    </message>
    <message>
        <source>DATA NOT ENCRYPTED</source>
        <translation>DỮ LIỆU CHƯA MÃ HÓA</translation>
    </message>
    <message>
        <source>PIN kept for {time}</source>
        <translation>Giữ PIN thêm {time}</translation>
    </message>
    <message numerus="yes">
        <source>Queue: %n need attention</source>
        <translation>
            <numerusform>Hàng đợi: %n tệp cần xử lý</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Queue: %n waiting</source>
        <translation>
            <numerusform>Hàng đợi: %n tệp chờ gửi</numerusform>
        </translation>
    </message>
    <message>
        <source>Queue: all sent</source>
        <translation>Hàng đợi: đã gửi hết</translation>
    </message>
</context>
<context>
    <name>Tasks</name>
    <message>
        <source>The program met an unexpected fault ({code}).</source>
        <translation>Phần mềm gặp lỗi ngoài dự kiến ({code}).</translation>
    </message>
    <message>
        <source>What was saved is safe. Try again; if it recurs, tell the administrator the code.</source>
        <translation>Dữ liệu đã lưu vẫn an toàn. Hãy thử lại; nếu lặp lại, báo mã này cho quản trị.</translation>
    </message>
</context>
<context>
    <name>TickList</name>
    <message>
        <source>Boxes on this page</source>
        <translation>Ô đánh dấu trên trang này</translation>
    </message>
    <message>
        <source>ticked</source>
        <translation>đã đánh dấu</translation>
    </message>
    <message>
        <source>not ticked</source>
        <translation>không đánh dấu</translation>
    </message>
    <message>
        <source>ticked? please look</source>
        <translation>có dấu? cần xem</translation>
    </message>
    <message>
        <source>empty? please look</source>
        <translation>trống? cần xem</translation>
    </message>
    <message>
        <source>no label</source>
        <translation>không có nhãn</translation>
    </message>
</context>
<context>
    <name>Verdict</name>
    <message>
        <source>Valid</source>
        <translation>Hợp lệ</translation>
    </message>
    <message>
        <source>Valid, with notes</source>
        <translation>Hợp lệ, có lưu ý</translation>
    </message>
    <message>
        <source>Undetermined</source>
        <translation>Chưa xác định</translation>
    </message>
    <message>
        <source>Invalid</source>
        <translation>Không hợp lệ</translation>
    </message>
    <message>
        <source>Not signed</source>
        <translation>Chưa ký</translation>
    </message>
    <message>
        <source>This file has not been verified yet.</source>
        <translation>Tệp này chưa được kiểm tra.</translation>
    </message>
    <message>
        <source>{reason} Waiting since {since}. Tried {count} ×.</source>
        <translation>{reason} Chờ từ {since}. Đã thử {count} lần.</translation>
    </message>
    <message>
        <source>{reason} Waiting since {since}. Tried {count} ×; the next attempt comes by itself at {due}.</source>
        <translation>{reason} Chờ từ {since}. Đã thử {count} lần; máy tự thử lại lúc {due}.</translation>
    </message>
    <message>
        <source>Approved {time} · {who}</source>
        <translation>Đã duyệt {time} · {who}</translation>
    </message>
    <message>
        <source>Signer cannot be read</source>
        <translation>Không đọc được người ký</translation>
    </message>
    <message>
        <source>{level} (as the certificate claims)</source>
        <translation>{level} (theo lời chứng thư)</translation>
    </message>
    <message>
        <source>time unknown</source>
        <translation>không rõ thời điểm</translation>
    </message>
    <message>
        <source>{time} (by the signer&apos;s own clock)</source>
        <translation>{time} (theo đồng hồ máy người ký)</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>Toàn vẹn</translation>
    </message>
    <message>
        <source>unchanged</source>
        <translation>không bị sửa đổi</translation>
    </message>
    <message>
        <source>CHANGED</source>
        <translation>ĐÃ BỊ SỬA ĐỔI</translation>
    </message>
    <message>
        <source>Cryptography</source>
        <translation>Mật mã</translation>
    </message>
    <message>
        <source>correct</source>
        <translation>đúng</translation>
    </message>
    <message>
        <source>WRONG</source>
        <translation>SAI</translation>
    </message>
    <message>
        <source>trusted chain</source>
        <translation>chuỗi chứng thư tin cậy</translation>
    </message>
    <message>
        <source>issuer not known to this station</source>
        <translation>chưa biết nơi cấp chứng thư</translation>
    </message>
    <message>
        <source>certificate expired</source>
        <translation>chứng thư đã hết hạn</translation>
    </message>
    <message>
        <source>certificate not valid yet</source>
        <translation>chứng thư chưa có hiệu lực</translation>
    </message>
    <message>
        <source>certificate revoked</source>
        <translation>chứng thư đã bị thu hồi</translation>
    </message>
    <message>
        <source>certificate is not for signing</source>
        <translation>chứng thư không dùng để ký</translation>
    </message>
    <message>
        <source>forged or broken chain</source>
        <translation>chuỗi chứng thư giả hoặc hỏng</translation>
    </message>
    <message>
        <source>not revoked</source>
        <translation>không bị thu hồi</translation>
    </message>
    <message>
        <source>REVOKED</source>
        <translation>ĐÃ BỊ THU HỒI</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>chưa xác định</translation>
    </message>
    <message>
        <source>not checked</source>
        <translation>chưa kiểm tra</translation>
    </message>
    <message>
        <source>the whole file</source>
        <translation>toàn bộ tệp</translation>
    </message>
    <message>
        <source>the file as it was signed</source>
        <translation>toàn bộ bản đã ký</translation>
    </message>
    <message>
        <source>only a part of the file</source>
        <translation>chỉ một phần tệp</translation>
    </message>
    <message>
        <source>not clear</source>
        <translation>không rõ</translation>
    </message>
    <message>
        <source>Trust</source>
        <translation>Tin cậy</translation>
    </message>
    <message>
        <source>answer kept in the file</source>
        <translation>theo dữ liệu lưu trong tệp</translation>
    </message>
    <message>
        <source>the issuer&apos;s server was asked</source>
        <translation>đã hỏi máy chủ nơi cấp</translation>
    </message>
    <message>
        <source>Revocation</source>
        <translation>Thu hồi</translation>
    </message>
    <message>
        <source>Covers</source>
        <translation>Phạm vi</translation>
    </message>
    <message>
        <source>Timestamp</source>
        <translation>Dấu thời gian</translation>
    </message>
    <message>
        <source>none</source>
        <translation>không có</translation>
    </message>
    <message>
        <source>does not belong to this signature</source>
        <translation>không thuộc chữ ký này</translation>
    </message>
    <message>
        <source>After signing</source>
        <translation>Sau khi ký</translation>
    </message>
    <message>
        <source>Algorithm</source>
        <translation>Thuật toán</translation>
    </message>
    <message>
        <source>weak</source>
        <translation>yếu</translation>
    </message>
    <message>
        <source>waits for its level</source>
        <translation>chờ đủ mức ký</translation>
    </message>
    <message>
        <source>approved</source>
        <translation>đã duyệt</translation>
    </message>
</context>
<context>
    <name>VerifyScreen</name>
    <message>
        <source>No signed file yet</source>
        <translation>Chưa có tệp đã ký</translation>
    </message>
    <message>
        <source>Files appear here as soon as a dossier is finished at the counter.</source>
        <translation>Tệp hiện ở đây ngay khi hồ sơ được hoàn tất tại quầy.</translation>
    </message>
    <message>
        <source>Signed files, worst first</source>
        <translation>Tệp đã ký, xấu nhất trước</translation>
    </message>
    <message>
        <source>Signed files by state</source>
        <translation>Tệp đã ký theo trạng thái</translation>
    </message>
    <message>
        <source>{title} · page {page} of {pages}</source>
        <translation>{title} · trang {page}/{pages}</translation>
    </message>
    <message>
        <source>As signed</source>
        <translation>Bản lúc ký</translation>
    </message>
    <message>
        <source>The file had no such page when it was signed.</source>
        <translation>Lúc ký tệp không có trang này.</translation>
    </message>
    <message>
        <source>This signature is not visible.</source>
        <translation>Chữ ký này không hiển thị.</translation>
    </message>
    <message>
        <source>It has no place on a page.</source>
        <translation>Chữ ký không có vị trí trên trang nào.</translation>
    </message>
</context>
<context>
    <name>WaitsStrip</name>
    <message numerus="yes">
        <source>%n dossier(s) wait to be signed at their level. Nothing is lost.</source>
        <translation>
            <numerusform>%n hồ sơ đang chờ ký đủ mức. Không mất dữ liệu.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>và %n hồ sơ nữa</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WorkPage</name>
    <message>
        <source>Papers and pages of the dossier</source>
        <translation>Giấy tờ và trang của hồ sơ</translation>
    </message>
    <message>
        <source>SECRET · {state}</source>
        <translation>MẬT · {state}</translation>
    </message>
    <message>
        <source>{state} · only in the store</source>
        <translation>{state} · chỉ còn ở kho</translation>
    </message>
    <message>
        <source>{there} of {required} required papers</source>
        <translation>đủ {there}/{required} giấy tờ bắt buộc</translation>
    </message>
    <message>
        <source>Signed: nothing can be changed any more.</source>
        <translation>Đã ký: không thể thay đổi nữa.</translation>
    </message>
    <message numerus="yes">
        <source>%n page(s) still being read</source>
        <translation>
            <numerusform>Đang đọc %n trang</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n point(s) need your decision (F3)</source>
        <translation>
            <numerusform>%n điểm cần quyết định (F3)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n point(s) to look at (F3)</source>
        <translation>
            <numerusform>%n điểm cần xem (F3)</numerusform>
        </translation>
    </message>
    <message>
        <source>All papers are complete.</source>
        <translation>Giấy tờ đã đủ.</translation>
    </message>
    <message>
        <source>{dpi} dots per inch</source>
        <translation>{dpi} điểm/inch</translation>
    </message>
    <message>
        <source>Stored paper of another dossier, page 1</source>
        <translation>Giấy đã lưu của hồ sơ khác, trang 1</translation>
    </message>
    <message>
        <source>Scan profile: {name}</source>
        <translation>Cấu hình quét: {name}</translation>
    </message>
</context>
<context>
    <name>_Banner</name>
    <message>
        <source>Dismiss</source>
        <translation>Đóng</translation>
    </message>
    <message>
        <source>Dismiss this notice</source>
        <translation>Đóng thông báo này</translation>
    </message>
</context>
<context>
    <name>_Counts</name>
    <message numerus="yes">
        <source>%n page(s)</source>
        <translation>
            <numerusform>%n trang</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>_Line</name>
    <message>
        <source>not read – please type</source>
        <translation>chưa đọc được, mời nhập</translation>
    </message>
    <message>
        <source>not on the paper?</source>
        <translation>không thấy trên giấy</translation>
    </message>
    <message>
        <source>Perhaps {text}</source>
        <translation>Có thể là {text}</translation>
    </message>
    <message>
        <source>{text}  (Ctrl+.)</source>
        <translation>{text}  (Ctrl+.)</translation>
    </message>
</context>
</TS>
