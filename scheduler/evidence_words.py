"""What is said of seals and evidence: findings in sentences, and the text that goes with an export."""

from scheduler.domain.seals import Finding

README = """LOA BẢN — BẰNG CHỨNG PHÁT SÓNG / EVIDENCE OF BROADCASTS
Từ ngày {first:%d/%m/%Y} đến ngày {last:%d/%m/%Y}.

Tệp này chứa mọi dòng nhật ký phát sóng và sản phẩm của kỳ, cùng các niêm phong chứng minh rằng không dòng nào bị sửa,
xóa, thêm, đổi chỗ hay bỏ ra. Để kiểm tra mà không cần phần mềm của đài: cài Python và thư viện cryptography, lấy
verify_export.py từ nguồn tin cậy (docs/evidence/verify_export.py của Loa Bản), rồi chạy

    python verify_export.py TỆP-NÀY.zip --key {key}

Khóa trên phải giống khóa mà đài đã giao cho cơ quan kiểm tra bằng đường khác (in trong báo cáo, trên trang Niêm phong).

This file holds every row of the broadcast log and every production of the period, and the seals that prove that no row
was edited, deleted, inserted, re-ordered or left out. To check it without the station's software: install Python and
cryptography, take verify_export.py from a source you trust (docs/evidence/verify_export.py of Loa Bản) and run the
command above. The key must be the one that the station handed over in another way.

manifest.json    what is in this file; manifest.sig is its Ed25519 signature
entries.jsonl    as-run entries, each line exactly as it was sealed
productions.jsonl    productions (first approvals), the same
unsealed.jsonl   rows that were written after the newest seal: not proven yet
seals.jsonl      every seal from the first on: statement and signature
seals/N.*        for seals that hold rows of the period: all leaf hashes, the marks, the numbers of rows of other days
rules.json       the counting rules
docs/evidence.md of Loa Bản describes every byte.
"""

FINDINGS: dict[str, dict[str, str]] = {
    "entry_changed": {
        "vi": "Dòng nhật ký số {row} đã bị sửa sau khi niêm phong số {seal}.",
        "en": "Log entry {row} was edited after seal {seal}.",
    },
    "entry_deleted": {
        "vi": "Dòng nhật ký số {row} (niêm phong số {seal}) đã bị xóa.",
        "en": "Log entry {row} (seal {seal}) was deleted.",
    },
    "entry_inserted": {
        "vi": "Dòng nhật ký số {row} đã bị chèn vào giữa các dòng của niêm phong số {seal}.",
        "en": "Log entry {row} was inserted among the rows of seal {seal}.",
    },
    "entry_moved": {
        "vi": "Dòng nhật ký số {row} (niêm phong số {seal}) nay mang nội dung của dòng số {holds}: thứ tự đã bị đổi.",
        "en": "Log entry {row} (seal {seal}) now holds what entry {holds} held: the order was changed.",
    },
    "entry_more": {
        "vi": "Còn {number} dòng nhật ký khác của niêm phong số {seal} không còn như lúc niêm phong.",
        "en": "{number} more log entries of seal {seal} are not as they were sealed.",
    },
    "production_changed": {
        "vi": "Sản phẩm số {row} đã bị sửa sau khi niêm phong số {seal}.",
        "en": "Production {row} was edited after seal {seal}.",
    },
    "production_deleted": {
        "vi": "Sản phẩm số {row} (niêm phong số {seal}) đã bị xóa.",
        "en": "Production {row} (seal {seal}) was deleted.",
    },
    "production_inserted": {
        "vi": "Sản phẩm số {row} đã bị chèn vào giữa các dòng của niêm phong số {seal}.",
        "en": "Production {row} was inserted among the rows of seal {seal}.",
    },
    "production_moved": {
        "vi": "Sản phẩm số {row} (niêm phong số {seal}) nay mang nội dung của sản phẩm số {holds}: thứ tự đã bị đổi.",
        "en": "Production {row} (seal {seal}) now holds what production {holds} held: the order was changed.",
    },
    "production_more": {
        "vi": "Còn {number} sản phẩm khác của niêm phong số {seal} không còn như lúc niêm phong.",
        "en": "{number} more productions of seal {seal} are not as they were sealed.",
    },
    "rows_differ": {
        "vi": "Các dòng của niêm phong số {seal} không như lúc niêm phong ({sealed} dòng, nay {found}); ngày: {days}.",
        "en": "The rows of seal {seal} are not as they were sealed ({sealed} sealed, {found} found); days: {days}.",
    },
    "seal_changed": {
        "vi": "Niêm phong số {seal} đã bị sửa: {fields}.",
        "en": "Seal {seal} was edited: {fields}.",
    },
    "seal_deleted": {
        "vi": "Niêm phong số {seal} có trong tệp niêm phong nhưng đã bị xóa khỏi cơ sở dữ liệu.",
        "en": "Seal {seal} is in the file of seals and was deleted from the database.",
    },
    "seal_missing": {
        "vi": "Thiếu niêm phong từ số {seal} đến số {until}.",
        "en": "Seals {seal} to {until} are missing.",
    },
    "seal_unknown": {
        "vi": "Có niêm phong mang số {seal}, không thể có.",
        "en": "There is a seal with the number {seal}, which cannot be.",
    },
    "seal_unsigned": {
        "vi": "Niêm phong số {seal} không mang chữ ký đúng.",
        "en": "Seal {seal} bears no good signature.",
    },
    "seal_key": {
        "vi": "Niêm phong số {seal} được ký bằng khóa khác, không phải của đài.",
        "en": "Seal {seal} is signed by another key than the station's.",
    },
    "seal_copied": {
        "vi": "Niêm phong số {seal} là bản chép của một niêm phong khác.",
        "en": "Seal {seal} is a copy of another seal.",
    },
    "seal_chain": {
        "vi": "Niêm phong số {seal} không nối tiếp niêm phong trước nó.",
        "en": "Seal {seal} does not follow the one before it.",
    },
    "seals_file_missing": {
        "vi": "Không thấy tệp niêm phong seals.jsonl trong thư mục của đài.",
        "en": "The file of seals (seals.jsonl) is not in the station's folder.",
    },
    "seals_file_short": {
        "vi": "Tệp niêm phong chỉ đến số {seal}, cơ sở dữ liệu đến số {has}: phần cuối tệp đã bị cắt.",
        "en": "The file of seals ends at {seal}, the database at {has}: the end of the file was cut off.",
    },
    "seals_file_line": {
        "vi": "Dòng {line} của tệp niêm phong đã bị sửa.",
        "en": "Line {line} of the file of seals was edited.",
    },
    "seals_file_order": {
        "vi": "Dòng {line} của tệp niêm phong mang số {seal}, không đúng thứ tự: có dòng bị xóa, thêm hoặc đổi chỗ.",
        "en": "Line {line} of the file of seals bears the number {seal}, out of order: lines were taken, added, moved.",
    },
}


def tell_finding(finding: Finding, *, language: str = "vi") -> str:
    """A finding in a sentence."""
    return FINDINGS[finding.code][language].format(seal=finding.seal, row=finding.row, **finding.facts)
