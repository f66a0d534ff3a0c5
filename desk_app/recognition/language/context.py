"""Which words of a page name somebody or some place, and are not to be changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from desk_app.recognition import vietnamese
from desk_app.recognition.language import tokens
from desk_app.recognition.language.stream import Slot, Stream
from desk_app.records import Word

_LABEL_WORDS = (
    "ten|ho ten|khai sinh|ong|ba|ong ba|nguoi|me|cha|bo|vo|chong|con|chu ho|"
    "cu tru|thuong tru|tam tru|hien nay|hien tai|dia chi|tru so|que quan|nguyen quan|noi sinh|"
    "sinh tai|noi cap|noi o|cho o|dan toc|quoc tich|ton giao|so|dien thoai|email|"
    "dai dien|thanh vien|lien he|lam viec|nghe nghiep|ben a|ben b|ben|chu so huu|su dung dat|"
    "ma so|tai khoan|ngan hang|doanh nghiep|kinh doanh|thua dat|ky ten|benh nhan|hoc sinh|truong"
)
_LABEL = re.compile(rf"(?:^|[ /(])(?:{_LABEL_WORDS})[ )]*(?:\([^)]*\) ?)?$")
"""What stands before the colon of a field that is filled with a name, an address or a number."""
_TITLES = frozenset(
    str.split(
        "ong ba anh chi em chau co chu bac cu ten ho thon xa phuong huyen tinh quan tran pho "
        "duong ap khu to lang ban xom buon song nui dao cau cho chua truong cong ty dan toc dong"
    )
)
"""Words, without marks, behind which a capital letter begins a name."""
_NOT_TITLES = frozenset(str.split("công chi đồng bản cổ cơ cho chờ"))
_OFFICES = frozenset(
    str.split(
        "ủy uỷ ban bộ sở cục vụ phòng hội đảng nhà chính thủ chủ phó luật nghị thông tòa viện kho "
        "tổng mặt quốc"
    )
)
"""First words of what is written with capitals but names no person or place."""
_SURNAMES = frozenset(
    str.split(
        "nguyen tran le pham hoang huynh vu vo phan truong bui dang do ngo ho duong dinh doan lam "
        "mai trinh dao cao ly ha luong luu ta thai chau to phung vuong quach tang kieu trieu hua "
        "la chu nong tong nghiem thach kim than bach diep mac au ninh cu lu luc lai khong khuat "
        "ton tu dam dong dau ung uong trang tieu vi vong sam lo giang vang sung thao be ma"
    )
)
_PLACE_HEADS = frozenset(str.split("tinh huyen xa phuong quan tran thon pho"))
_NO_PLACES = frozenset(str.split("hoi uy doan chu"))
"""What follows such a word in capitals and is no place: XÃ HỘI, TỈNH ỦY, PHÓ CHỦ TỊCH."""


@lru_cache(maxsize=20_000)
def _plain(word: str) -> str:
    return vietnamese.strip_diacritics(word).lower()


def protect(stream: Stream, words: Sequence[Word]) -> None:
    """Mark the slots that may be part of a name or an address, and capitals within sentences."""
    values = _field_values(words)
    for slot in stream.slots:
        slot.protected = values[slot.word]
    for run in _capital_runs(stream, words):
        _protect_run(run, stream)


def _field_values(words: Sequence[Word]) -> list[bool]:
    values: list[bool] = []
    start = 0
    for end in range(1, len(words) + 1):
        if end == len(words) or words[end].line != words[start].line:
            values += field_values(words[start:end])
            start = end
    return values


def field_values(line: Sequence[Word]) -> list[bool]:
    """Which words of a line stand behind the label of a name, address or number field."""
    behind: list[bool] = []
    inside = False
    label: list[str] = []
    for word in line:
        behind.append(inside and not _is_label_end(word.text, label))
        label.append(_plain(word.text))
        if ":" in word.text:
            head, _, tail = " ".join(label[-7:]).rpartition(":")
            inside = bool(_LABEL.search(head.strip(" .…_")))
            label = [tail] if tail else []
    return behind


def _is_label_end(text: str, label: Sequence[str]) -> bool:
    return text.endswith(":") and bool(_LABEL.search(" ".join([*label[-6:], _plain(text[:-1])])))


def _capital_runs(stream: Stream, words: Sequence[Word]) -> list[list[int]]:
    """Runs of capitalised slots in one kind of capitals, with no sign between."""
    found: list[list[int]] = []
    for number, slot in enumerate(stream.slots):
        if not slot.core[0].isupper():
            continue
        before = stream.before(number)
        joined = bool(found) and found[-1][-1] == number - 1 and before is not None
        if joined and before is not None and _is_like(before, slot, words):
            found[-1].append(number)
        else:
            found.append([number])
    return found


def _is_like(before: Slot, slot: Slot, words: Sequence[Word]) -> bool:
    if before.core.isupper() != slot.core.isupper():
        return False
    # A name may be broken over two lines; a heading in capitals ends with its line.
    return not slot.core.isupper() or words[before.word].line == words[slot.word].line


def _protect_run(run: list[int], stream: Stream) -> None:
    slots = [stream.slots[number] for number in run]
    before = stream.before(run[0])
    if slots[0].core.isupper() and len(slots[0].core) > 1:
        _protect_capitals(slots, before)
        return
    begins = before is None and stream.ids[slots[0].at - 1] != tokens.COMMA
    for slot in slots[1:] if begins else slots:
        slot.within = True
    titled = before is not None and _is_title(before.core)
    if len(slots) > 1:
        # "Sở Kế hoạch" is an office; three capitals in a row are a person or a place.
        named = titled or len(slots) > 2 or not _is_office(slots[0].core)
    else:
        after = stream.after(run[0])
        goes_on = after is not None and after.core.islower()
        named = titled or not (begins or goes_on)
    for slot in slots:
        slot.protected |= named


def _protect_capitals(slots: list[Slot], before: Slot | None) -> None:
    """A surname makes a short run of capitals a person; the head of a place names the rest."""
    named = 2 <= len(slots) <= 5 and _is_surname(slots[0].core)
    named |= before is not None and (_is_title(before.core) or _plain(before.core) in _PLACE_HEADS)
    slots[0].protected |= named
    for before_it, slot in pairwise(slots):
        headed = _plain(before_it.core) in _PLACE_HEADS and _plain(slot.core) not in _NO_PLACES
        named |= headed
        slot.protected |= named


def _is_title(word: str) -> bool:
    """Whether a name may follow a word: ông, bà, xã, đường and so on."""
    return _plain(word) in _TITLES and word.lower() not in _NOT_TITLES


def _is_office(word: str) -> bool:
    """Whether a capitalised word begins an office, a law or a post."""
    return word.lower() in _OFFICES


def _is_surname(word: str) -> bool:
    """Whether a word, its marks aside, is a usual surname."""
    return _plain(word) in _SURNAMES
