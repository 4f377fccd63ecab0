"""Sentences about closed books, corrections of them and what is open in a period."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "books_closed": {
        "vi": "Sổ ngày {day} đã chốt: thay đổi chỉ còn là đính chính do hai người cùng ghi. Hãy mở dòng đó và gửi đề nghị "
        "đính chính để người thứ hai đồng ý.",
        "en": "The books of {day} are closed: changes are corrections by two persons. Open the line and ask for a "
        "correction that a second person agrees to.",
    },
    "rule_reaches_closed_books": {
        "vi": "Sổ đã chốt đến hết ngày {closed_until}, số liệu của các ngày đó không đổi nữa. Hãy chọn ngày bắt đầu từ "
        "{begins} trở đi.",
        "en": "The books are closed until {closed_until} and their numbers stay. Let the rule begin on {begins} or "
        "later.",
    },
    "countersign_needed": {
        "vi": "{by} đã đề nghị đính chính này nên không tự đồng ý được; hãy nhờ người thứ hai có quyền chốt sổ.",
        "en": "{by} asked for this correction and cannot agree to it as well; ask a second person who may close books.",
    },
    "already_asked": {
        "vi": "{by} đã đề nghị đính chính dòng này và đang chờ người thứ hai; hãy đợi hoặc rút đề nghị đó trước.",
        "en": "{by} has asked for a correction of this line already; wait for the decision or withdraw that request first.",
    },
    "already_decided": {
        "vi": "{by} đã quyết định đề nghị này rồi; hãy tải lại trang để xem.",
        "en": "{by} has decided on this request already; reload the page to see it.",
    },
    "unknown_request": {
        "vi": "Không có đề nghị đính chính số {number}; hãy trở lại danh sách đề nghị.",
        "en": "There is no request {number} for a correction; go back to the list of requests.",
    },
    "period_not_over": {
        "vi": "Ngày {last} chưa qua; chỉ chốt sổ những ngày đã qua. Hãy chọn ngày cuối sớm hơn.",
        "en": "{last} is not over; only days that are over can be closed. Choose an earlier last day.",
    },
    "lines_open": {
        "vi": "Chưa chốt được: còn {number} dòng chưa có lý do hoặc chưa có kết quả ({days}). Hãy mở trang Đối chiếu của "
        "những ngày đó và ghi lý do.",
        "en": "Not closed: {number} lines have no reason or no report ({days}). Open the reconciliation of those days and "
        "say why.",
    },
    "requests_open": {
        "vi": "Chưa chốt được: còn {number} đề nghị đính chính chờ người thứ hai. Hãy đồng ý hoặc từ chối trước.",
        "en": "Not closed: {number} corrections wait for a second person. Agree to them or refuse them first.",
    },
    "period_closed_already": {
        "vi": "Kỳ này đã được {by} chốt lúc {at}; hãy xem bản chốt sổ đó.",
        "en": "{by} closed this period at {at} already; look at that close.",
    },
    "unknown_close": {
        "vi": "Không có bản chốt sổ số {number}; hãy trở lại danh sách chốt sổ.",
        "en": "There is no close number {number}; go back to the list of closed periods.",
    },
    "nothing_to_answer": {
        "vi": "Không dòng nào được chọn còn thiếu lý do; hãy chọn lại trong danh sách.",
        "en": "None of the lines chosen lacks a reason; choose again in the list.",
    },
    "books_open": {
        "vi": "Ngày {day} còn {number} dòng chưa có lý do hoặc chưa có kết quả; hãy đối chiếu và ghi lý do.",
        "en": "{number} lines of {day} have no reason or no report; reconcile the day and say why.",
    },
}
