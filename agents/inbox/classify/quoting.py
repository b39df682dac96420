"""What they wrote themselves: the reply without the quoted thread and the signature.

Our own footer contains opt-out words and comes back in nearly every reply, so whatever
is quoted must never be read as theirs. When in doubt text is taken for a quote: an empty
reply goes to a person, a misread footer would end a conversation.
"""

from __future__ import annotations

import re

# "On Tue, 3 Mar 2026 at 10:12, Ada Byron <ada@agency.test> wrote:" in the languages of
# the mail programs we meet; the line may be wrapped over up to four lines.
_WROTE = (
    r"wrote|writes|schrieb(?: am .{0,80})?|a écrit|écrit|escribió|escribio|ha scritto|schreef(?: het volgende)?|"
    r"escreveu|skrev|napisał(?:\(a\)|a)?|kirjoitti|написал(?:\(а\)|а)?|пишет|yazdı|написав"
)
_ATTRIBUTION = re.compile(
    rf"^(?=.*\d)(?:On|Am|Le|El|Il|Op|Em|Den|Dnia|W dniu|No dia|Ons|Tor|Fre|Man|Tir)\b"
    rf".{{3,300}}?\b(?:{_WROTE})\s*:\s*$",
    re.IGNORECASE,
)
_ATTRIBUTION_TAIL = re.compile(
    rf"^.{{0,200}}(?:<[^<>\s]+@[^<>\s]+>|\[mailto:[^\]]+\]|\d{{1,2}}[:.]\d{{2}}).{{0,80}}\b(?:{_WROTE})\s*:?\s*$",
    re.IGNORECASE,
)
_GMAIL_DATE_FIRST = re.compile(
    r"^\d{4}[-/年]\d{1,2}[-/月]\d{1,2}.{0,120}<[^<>\s]+@[^<>\s]+>.{0,10}:\s*$"
)
_DIVIDER = re.compile(
    r"^[\s>]*(?:[-_=*]{2,}\s*)?(?:"
    r"original message|original appointment|ursprüngliche nachricht|originalnachricht|message d['’]origine|"
    r"message original|mensaje original|messaggio originale|oorspronkelijk bericht|"
    r"mensagem original|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|"
    r"forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|"
    r"reply message|reply above this line|quoted text"
    r")(?:\s*[-_=*]{2,})?\s*:?\s*$",
    re.IGNORECASE,
)
_BEGIN_FORWARD = re.compile(
    r"^(?:Begin forwarded message|Anfang der weitergeleiteten Nachricht|Début du message réexpédié|"
    r"Inicio del mensaje reenviado)\s*:\s*$",
    re.IGNORECASE,
)
# Outlook's block: "From:" and, within a few lines, at least two of its companions.
_FROM = re.compile(
    r"^\*?(?:From|Von|De|Da|Van|Från|Fra|Od|Lähettäjä|Expéditeur)\s*:\*?\s*\S", re.IGNORECASE
)
_COMPANION = re.compile(
    r"^\*?(?:Sent|Date|To|Cc|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|A|Objet|Enviado(?: el)?|Para|Asunto|"
    r"Inviato|Data|Oggetto|Verzonden|Aan|Onderwerp|Skickat|Till|Ämne|Sendt|Til|Emne|Assunto|Fecha|"
    r"Wysłano|Do|Temat)\s*:\*?\s*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s{0,3}(?:>|&gt;|\|\s|[A-Z][A-Za-z]{0,2}>\s)")
_SIGNATURE = re.compile(r"^(?:--|—|––|- -)\s*$")
_DEVICE = re.compile(
    r"^\s*(?:"
    r"(?:sent|get) (?:from|via|with|using) .{2,60}|get outlook for .{2,40}|"
    r"von meinem .{2,40} gesendet|gesendet (?:von|mit|aus) .{2,60}|"
    r"envoyé (?:de|depuis|à partir de) .{2,60}|enviado (?:desde|do|de) .{2,60}|"
    r"inviato da .{2,60}|verzonden (?:vanaf|met|vanuit) .{2,60}|"
    r"skickat från .{2,60}|sendt fra .{2,60}|lähetetty .{2,60}|"
    r"(?:please )?(?:excuse|pardon|forgive) (?:the |my |any )?(?:brevity|typos|thumbs).{0,80}"
    r")\s*$",
    re.IGNORECASE,
)
_MAX_LINES = 4_000


def strip_quotes(text: str, *, ours: str = "") -> str:
    """The sender's own words in `text`: above, below or between the quoted lines.

    `ours` is what we wrote in this thread; lines of it that come back without any mark
    are taken for quotes too.
    """
    lines = text.replace("\r\n", "\n").split("\n")[:_MAX_LINES]
    kept: list[str] = []
    index = 0
    known = _squeeze(ours)
    while index < len(lines):
        header = _header_length(lines, index)
        if header:
            index += header
            if not _is_marked_quote_next(lines, index):
                break  # an unmarked thread runs to the end
            index = _after_quote(lines, index)
            continue
        if _SIGNATURE.match(lines[index]):
            index = _after_signature(lines, index)
            continue
        if not _is_theirs(lines[index], known):
            index += 1
            continue
        kept.append(lines[index].rstrip())
        index += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _squeeze(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def _is_theirs(line: str, known: str) -> bool:
    if _QUOTED.match(line) or _DEVICE.match(line):
        return False
    if known and len(squeezed := _squeeze(line)) >= 25:
        return squeezed not in known
    return True


def _header_length(lines: list[str], index: int) -> int:
    """How many lines at `index` introduce a quote; 0 when they do not."""
    line = lines[index].strip()
    if not line or len(line) > 400:
        return 0
    if _is_one_line_header(line) or _is_outlook_block(lines, index):
        return 1
    if re.fullmatch(r"_{10,}", line):
        return int(_is_outlook_block(lines, _next_text(lines, index + 1)))
    return _attribution_length(lines[index : index + 4])


def _is_one_line_header(line: str) -> bool:
    patterns = (_DIVIDER, _BEGIN_FORWARD, _GMAIL_DATE_FIRST, _ATTRIBUTION_TAIL)
    return any(pattern.match(line) for pattern in patterns)


def _attribution_length(lines: list[str]) -> int:
    """Lines of an "On …, … wrote:" that begins here; 0 when none does."""
    joined = ""
    for count, piece in enumerate(lines, start=1):
        if not piece.strip():
            return 0
        joined = f"{joined} {piece.strip()}".strip()
        if _ATTRIBUTION.match(joined):
            return count
    return 0


def _next_text(lines: list[str], index: int) -> int:
    while index < len(lines) and not lines[index].strip():
        index += 1
    return index


def _is_outlook_block(lines: list[str], index: int) -> bool:
    if index >= len(lines) or not _FROM.match(lines[index].strip()):
        return False
    following = [line.strip() for line in lines[index + 1 : index + 9]]
    return sum(bool(_COMPANION.match(line)) for line in following) >= 2


def _is_marked_quote_next(lines: list[str], index: int) -> bool:
    index = _next_text(lines, index)
    return index < len(lines) and bool(_QUOTED.match(lines[index]))


def _after_quote(lines: list[str], index: int) -> int:
    """The first line below a block of marked lines; whoever answers below is heard."""
    index = _next_text(lines, index)
    while index < len(lines) and (_QUOTED.match(lines[index]) or not lines[index].strip()):
        index += 1
    return index


def _after_signature(lines: list[str], index: int) -> int:
    """Past the signature: to the next quote header, marked line, or the end."""
    index += 1
    while index < len(lines):
        if _QUOTED.match(lines[index]) or _header_length(lines, index):
            return index
        index += 1
    return index
