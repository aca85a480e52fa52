"""enmime: small mails whose names say what is wrong with them: each is read without loss, or held for it."""

from pathlib import Path

from mailpost.errors import Reason
from tests.letters import read
from tests.scores import Score, count
from tests.witness import WHY, lost

COLLECTION = "enmime"


def scores(corpus: Path) -> list[Score]:
    said: dict[str, bool] = {}
    whole: dict[str, bool] = {}
    phrases = {name: phrase for phrase, names in SAID.items() for name in names.split()}
    for path in sorted((corpus / COLLECTION).rglob("*.raw")):
        raw = path.read_bytes()
        reading = read(raw, received=None)
        name = path.stem if path.parent.name != "parts" else f"parts/{path.stem}"
        held = HELD.get(name)
        if held is not None or reading.post is None:
            said[name] = reading.reason is held
            continue
        phrase = phrases.get(name, "A text section")
        seen = " ".join(f"{reading.post.text} {reading.post.trimmed}".split())
        said[name] = phrase in ([a.name for a in reading.post.attachments] if "." in phrase else seen)
        whole[name] = not lost(raw, reading)
    why = {
        name: WHY.get(f"enmime/testdata/mail/{name}.raw") or WHY.get(f"enmime/testdata/{name}.raw", "")
        for name in whole
    }
    return [
        count(COLLECTION, "mails with their text, or held for what is wrong with them", said, {}),
        count(
            COLLECTION,
            "mails of which every word and file is shown, or told",
            whole,
            {n: w for n, w in why.items() if w},
        ),
    ]


# What each mail says, or the name of the file that is all it has.
SAID = {
    "[human-readable explanation goes here]": "delayed_dsn dsn_with_multipart_alternative multi_recipient_dsn simple_dsn "
    "simple_dsn_with_html",
    "Test of HTML section": "html-only-inline html-mime-bad-charset-inline html-mime-bad-unknown-charset-inline "
    "html-mime-inline",
    "Using Unicode/UTF-8, you can write": "incorrect-charset",
    "A plain text email": "missing-content-type",
    "Hello World!": "unk-charset-html-only",
    "Hello World": "parts/extra-base64-character",
    "Just some html content": "attachment-only-inline-quoted-printable",
    "favicon.jpg": "attachment-only-inline attachment-only-no-disposition attachment-only",
    "test.csv": "attachment-only-text-attachment",
    "What's next? Head over to the Quick Start": "ctype-bug",
    "Simple text": "inlinemultipart malformed-multiple-address-header-values",
    "Section one Section two": "mime-alternative mime-mixed mime-signed parts/multimixed parts/multiother",
    "Text part": "mime-bad-8bit-filename",
    "ploozdect nispplul": "mime-bad-content-transfer-encoding",
    "Thank you for booking with easyHotel": "mime-bad-content-type mime-blank-media-name mime-duplicate-param "
    "mime-unquoted-tspecials-param",
    "html1 html2": "mime-mixed-related",
    "I'm multipart message without boundary": "multipart-wo-boundary",
    "Test Müller": "non-mime-html-charset-header-only",
    "This is a test mailing": "non-mime non-mime-html qp-ascii-header",
    "Unencoded Euro Sign": "non-mime-missing-charset",
    "HTML text": "other-multi-related",
    "": "header-only",
    "Lorem ipsum dolor sit amet": "qp-utf8-header-recursed qp-utf8-header quoted-printable-mime quoted-printable",
    "An HTML section": "parts/badboundary parts/empty-header parts/html-with-boundary parts/missing-ctype "
    "parts/multialtern parts/nestedmulti",
    "Section one An HTML section": "parts/similar-boundary",
    "Loggen Sie sich ein, um die Einladung zu akzeptieren": "parts/chardet-detection",
    "和弟弟": "parts/chardet-fail-not-long-enough",
    "rzkly.gif": "parts/chardet-fail-non-txt",
    "rzkly.txt": "parts/chardet-fail",
    "顏之推": "parts/chardet-success-big-5",
    "DIE Drachenköpfe unserer Boote bogen um das gelbe Segel": "parts/chardet-success-iso-8859-1",
    "Test of text/plain section": "parts/ctype-invalid-characters parts/textplain",
    "Use the View Invoices function": "parts/empty-ctype-bad-content",
    "According to RFC 822, content type defaults to text/plain": "parts/missing-ctype-root",
    "Section one I'm section without headers Section two": "parts/multi-malformed",
    "Hello,": "parts/multimixed-no-closing-boundary",
    "Stuffs": "parts/quoted-printable-invalid",
    "Start=ABC=Finish": "parts/quoted-printable",
}
HELD = {
    "bad-header-start": Reason.HEADER_NAME,
    "erroneous": Reason.HEADER_NAME,
    "qp-utf8-header-no-break": Reason.HEADER_NAME,
    **dict.fromkeys(
        ["parts/barren-content-type", "parts/header-only", "parts/malformed-content-type-params",
         "parts/missing-closing-param-quote", "parts/unquoted-ctype-param-special"],
        Reason.EMPTY,
    ),
}  # fmt: skip
