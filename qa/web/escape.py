"""Text of a document as HTML that is nothing but text, whatever the text holds.

Every character that Markdown or HTML could take for a sign is written as a numeric reference, so
neither a Markdown reader nor a sanitizer finds anything to act on, and the browser shows the
characters themselves. What a reader could not see (bidirectional controls, characters without
width) is shown by its number and not obeyed.
"""

import re

_UNSEEN = re.compile(
    "[\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
    # Joiners belong to Persian, to Indian scripts and to emoji; elsewhere they hide something.
    "|(?<![\u0590-\u08ff\u0900-\u1cff\u200d\ufe0f\u2600-\u27bf\U0001f000-\U0001faff])[\u200c\u200d]"
)
_BROKEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
_SIGN = re.compile(
    r"[!-/:-@\[-`{-~\n\t]"  # ASCII punctuation, and white space that Markdown gives a meaning
    r"|^[0-9 ]|[ ]$|(?<=[ ])[ ]"  # a list's number, an indented block, a hard line break
    r"|(?<![A-Za-z])[hwf](?=ttp|ww|tp:)",  # what becomes a link by itself
    re.IGNORECASE,
)


def escape(text: str) -> str:
    """`text` as HTML on one line, which shows the same characters and does nothing."""
    return _SIGN.sub(lambda found: f"&#{ord(found[0])};", plain(text))


def plain(text: str) -> str:
    r"""`text` for a place that shows it as it is: lines end in `\n`, and all of it can be seen."""
    text = _LINE_END.sub("\n", text)
    text = _BROKEN.sub("\ufffd", text)
    return _UNSEEN.sub(lambda found: f"⟦U+{ord(found[0]):04X}⟧", text)
