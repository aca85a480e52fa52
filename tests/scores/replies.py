"""Plain-text replies of talon, crisp's email-reply-parser and GitHub's: what is left when the quote is gone."""

import json
from pathlib import Path

from mailpost.convert import plain, trim
from mailpost.message import Text, read_message
from tests.scores import Score, count

OWN_CLOSING = "the reference cuts the author's “Regards, John”; on a blog that is how a letter ends"
INLINE = "the author answers between the quotes: the quotes stay, as without them the answers say nothing"
RAGGED = "lines of the quote lost their marks on the way, and might as well be answers: the quote stays"
FOOTER_INSIDE = "text below a phone's footer is as likely the author's, written below it, as a quote without any mark"

CRISP = {
    "email_15.txt": FOOTER_INSIDE,
    "email_19.txt": "“Sent from a magnificent torch of pixels” is the author's joke, no device",
    "email_2.txt": INLINE,
    "email_2_1.txt": "better: the reference leaves a mail quoted below a bold From, Sent, To and Subject",
    "email_7.txt": RAGGED,
    "email_8.txt": RAGGED,
    "email_custom_quote_header.txt": "better: the reference leaves the Hungarian introduction of the quote",
    "email_german_3.txt": FOOTER_INSIDE,
    "email_sent_from_my_not_signature.txt": "better: the reference cuts a sentence that its name calls no signature",
    "email_thread.txt": "better: the reference leaves an introduction of three lines",
    "email_tricky_11_double_signature.txt": OWN_CLOSING,
    "email_tricky_18_inline_reply.txt": INLINE,
    "email_tricky_19_quote_without_header.txt": INLINE,
    "email_tricky_2_url_with_wrote.txt": OWN_CLOSING,
    "email_tricky_7_multiple_dashes.txt": "better: the reference cuts the author's text below a row of dashes",
    "email_unquoted_reply.txt": "“On Nov 26, 2013 you wrote:” above unmarked text has neither time nor address: people write so, too",
    "email_with_regards.txt": OWN_CLOSING,
}
# What the author of each tricky mail wrote last.
TRICKY = {
    "1_on_false_positive": "performance is great.",
    "2_url_with_wrote": "Best regards,\nJohn",
    "3_code_block": "detected as actual signatures.",
    "4_from_in_body": "the actual message content.",
    "5_mixed_languages": "quis. Fusce sed odio id arcu varius aliquet nec nec nibh.",
    "6_regards_in_sentence": "should be visible.",
    "7_multiple_dashes": "separators in my content.",
    "8_sent_from_in_content": "the main server.",
    "9_nested_quotes": "I agree with the points below.",
    "10_special_chars_in_name": "aliquet nec nec nibh.",
    "11_double_signature": "Best regards,\nJohn",
    "12_no_space_after_header": "aliquet nec nec nibh.",
    "13_timestamp_variations": "not quote headers.",
    "14_long_quote_header": "aliquet nec nec nibh.",
    "15_original_message_variations": "aliquet nec nec nibh.",
    "16_unicode_signatures": "+1 555-0123",
    "17_forward_header": "treated as quoted text.",
    "18_inline_reply": "Option C is not suitable for our use case.",
    "19_quote_without_header": "And my final thoughts.",
    "20_html_entities": "are handled correctly.",
}
# The first and the last words of what GitHub's mails have to come down to, by their names and content.
GITHUB = {
    "correct_sig": ("this is an email", "correct -- signature."),
    "email_1_1": ("Hi folks", "ona"),
    "email_1_2": ("Hi,", 'delete them all individually."'),
    "email_1_3": ("Oh thanks.", "ona"),
    "email_1_4": ("Awesome!", "another problem with it."),
    "email_1_5": ("One: Here's", "for a while."),
    "email_1_6": ("I get proper", "torch of pixels"),
    "email_1_7": (":+1:", ":+1:"),
    "email_1_8": ("On Tue,", "and under this."),
    "email_2_1": ("Outlook with a reply", "Outlook with a reply"),
    "email_2_2": ("Outlook with", "directly above line"),
    "email_2_3": ("Outlook with", "directly above line"),
    "email_BlackBerry": ("Here is", "another email"),
    "email_bullets": ("test 2", "- and another"),
    "email_iPhone": ("Here is", "another email"),
    "email_long_quote": ("Hi folks", "ona"),
    "email_multi_word_sent_from_my_mobile_device": ("Here is", "another email"),
    "email_one_is_not_on": ("Thank, this", "when I run..."),
    "email_sent_from_my_not_signature": ("Here is", "my mobile phone."),
    "email_sig_delimiter_in_middle_of_line": ("Hi there!", "kthxbai"),
    "greedy_on": ("On your remote", "is not working."),
    "pathological": ("I think", "get back to a computer."),
}  # fmt: skip
BELOW = {"thunderbird": "the answer stands below a quote, which an author may have meant: both stay"}
SIGNED = {
    "iphone": "the expected text has the phone's footer; it is cut as well",
    "sparrow": "the expected text has the signature; it is cut as well",
    **BELOW,
}
UNMARKED = "a name, or a card, that no “-- ” sets apart may be what the letter is about: it stays"


def scores(corpus: Path) -> list[Score]:
    crisp = corpus / "crisp-email-reply-parser"
    signatures = corpus / "talon" / "signature" / "emails" / "stripped"
    return [
        *_standard(corpus / "talon" / "standard_replies"),
        *_signatures(signatures),
        _reference(crisp),
        _tricky(crisp / "fixtures"),
        _github(corpus / "github-email-reply-parser" / "emails"),
    ]


def left_of(content: str) -> trim.Cut:
    text = content.replace("\r\n", "\n")
    return trim.from_text(text, forward=trim.is_forward("", text), reply=True)


def _standard(folder: Path) -> list[Score]:
    """Talon cuts quotes only; where its reply ends in a footer, that reply is trimmed before it is compared, too."""
    exact, trimmed = {}, {}
    for path in sorted(folder.glob("*.eml")):
        message = read_message(path.read_bytes())
        texts = [piece for piece in message.pieces if isinstance(piece, Text) and not piece.html]
        expected = folder / f"{path.stem}_reply_text"
        wanted = expected.read_text(encoding="utf-8") if expected.exists() else "Hello"
        found = left_of(plain.unflow(texts[0]) if texts else message.plain).kept
        exact[path.stem] = found.split() == wanted.split()
        trimmed[path.stem] = found.split() == left_of(wanted).kept.split()
    return [
        count("talon", "text replies: exactly the expected words are left", exact, SIGNED),
        count("talon", "text replies: the same is left of the mail as of the expected words", trimmed, BELOW),
    ]


def _signatures(folder: Path) -> list[Score]:
    gone, whole = {}, {}
    for path in sorted(folder.glob("*_signature")):
        name = path.name.removesuffix("_signature")
        body, signature = (
            (folder / f"{name}_{part}").read_text(encoding="utf-8").replace("#sig#", "").strip()
            for part in ("body", "signature")
        )
        said = body.removesuffix(signature).strip() if signature else body
        kept = left_of(body).kept.strip()
        whole[name] = kept.startswith(said)
        gone[name] = kept == said
    return [
        count("talon", "signatures: none of the author's words is lost", whole, {}),
        count("talon", "signatures without a mark: gone", gone, dict.fromkeys(gone, UNMARKED)),
    ]


def _reference(folder: Path) -> Score:
    results = {}
    for name, reference in json.loads((folder / "reference_output.json").read_bytes()).items():
        kept = left_of((folder / "fixtures" / name).read_text(encoding="utf-8")).kept
        results[name] = "".join(kept.split()) == "".join(reference["visible"].split())
    return count("crisp", "text replies: the same as the library's own result", results, CRISP)


def _tricky(folder: Path) -> Score:
    """Everything up to the author's last words is there."""
    results = {}
    for name, last in TRICKY.items():
        text = (folder / f"email_tricky_{name}.txt").read_text(encoding="utf-8").replace("\r\n", "\n")
        upto = text[: text.rindex(last) + len(last)]
        results[name] = left_of(text).kept.strip().startswith(upto.strip())
    return count("crisp", "tricky mails: none of the author's words is lost", results, {})


def _github(folder: Path) -> Score:
    results = {}
    for name, (first, last) in GITHUB.items():
        kept = left_of((folder / f"{name}.txt").read_text(encoding="utf-8", errors="replace")).kept.strip()
        results[name] = kept.startswith(first) and kept.endswith(last)
    return count("github", "text replies: begin and end with the author's words", results, {})
