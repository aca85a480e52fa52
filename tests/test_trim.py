"""Trimming of plain text: what programs add is cut, what people write stays, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailpost.convert import trim
from mailpost.post import Post
from tests.letters import letter, read

FOOTED = {
    "Sent from my iPhone": True,
    "Sent from my Samsung Galaxy smartphone.": True,
    "Get Outlook for iOS": True,
    "Von meinem iPhone gesendet": True,
    "Gesendet mit der GMX Mail App": True,
    "Outlook für iOS beziehen<https://aka.example/x>": True,
    "Yahoo Mail: Search, Organize, Conquer": True,
    "Envoyé de mon iPhone": True,
    "Enviado desde mi iPhone": True,
    "Inviato da iPhone": True,
    "Verzonden vanaf mijn iPad": True,
    "Skickat från min iPhone": True,
    "Отправлено с iPhone": True,
    "iPhoneから送信": True,
    "从我的iPhone发送": True,
    "Sent from my Verizon Wireless BlackBerry": True,
    "Get Outlook for Android<https://aka.example/x>": True,
    "Gesendet von Outlook für iOS": True,
    "Envoyé à partir de Outlook pour Android<https://aka.example/x>": True,
    "Enviado do meu iPhone": True,
    "Verstuurd vanaf mijn Samsung-telefoon": True,
    "Sendt fra min iPhone": True,
    "Lähetetty iPhonesta": True,
    "Wysłane z iPhone'a": True,
    "Odesláno z iPhonu": True,
    "iPhone'umdan gönderildi": True,
    "iPhone-omról küldve": True,
    "Надіслано з iPhone": True,
    "发自我的iPhone": True,
    "나의 iPhone에서 보냄": True,
    "Virus-free. www.avast.com": True,
    "Sent from the top of the mountain": False,
    "The notification was sent from my iPhone app to all users.": False,
    "Sent with love": False,
    "Get well soon": False,
    "Von meinem Balkon gesehen": False,
    "Gesendet wurde das Paket am Montag": False,
    "Sent from my desk, is much easier than my mobile phone.": False,
    "sent from my iPhone, as always, while the train was late": False,
    "Sent from a magnificent torch of pixels": False,
    "Get your phone and look up the word": False,
    "Download of the day: a map of the garden": False,
    "iPhone or Android, which is better?": False,
}


@pytest.mark.parametrize("line", FOOTED)
def test_a_footer_in_any_language_is_told_from_a_sentence(line: str) -> None:
    assert trim.is_footer(line) is FOOTED[line]


INTRODUCED = {
    "On Mon, Apr 2, 2012 at 6:26 PM, Megan One <m@x.example> wrote:": True,
    "Am 02.04.2012 um 18:26 schrieb Megan One <m@x.example>:": True,
    "Le lun. 2 avr. 2012 à 18:26, Megan One <m@x.example> a écrit :": True,
    "El 2/4/2012 18:26, Megan One escribió:": True,
    "Il giorno 2 apr 2012 Megan One <m@x.example> ha scritto:": True,
    "Op 2 apr. 2012 om 18:26 schreef Megan One <m@x.example>:": True,
    "Megan One <m@x.example> wrote:": True,
    "ср, 30 апр. 2025 г. в 15:19, Ann <ann@x.example>:": True,
    "pe 20. lokakuuta 2017 klo 17.50 Ann\n<ann@x.example> kirjoitti:": True,
    "tir. 18. apr. 2017 kl. 13:09 skrev Ann <ann@x.example\n>:": True,
    "Den mån 2 apr. 2012 kl 18:26 skrev Ann <ann@x.example>:": True,
    "pon., 2 kwi 2012 o 18:26 Ann <ann@x.example> napisał(a):": True,
    "po 2. 4. 2012 v 18:26 odesílatel Ann <ann@x.example> napsal:": True,
    "Em seg, 2 de abr de 2012 às 18:26, Ann <ann@x.example> escreveu:": True,
    "2012年4月2日(月) 18:26 Ann <ann@x.example>:": True,
    "Ann <ann@x.example> 于2012年4月2日周一 18:26写道：": True,
    "2012. ápr. 2. 18:26 keltezéssel, Ann írta:": True,
    "Ann <ann@x.example>, 2 Nis 2012 Pzt, 18:26 tarihinde şunu yazdı:": True,
    "---- On Wed, 24 Feb 2021 14:02:50 +0530 ann@x.example wrote ----": True,
    "On Nov 26, 2013 you wrote:": True,
    "On the surface this is what he wrote:": False,
    "Here is what she wrote:": False,
    "On average, this works.": False,
    "On 4 July 1862 Carroll wrote:": False,
    "On 4 July 2012 he wrote:": False,
    "Am 4. Juli 2012 schrieb er:": False,
    "My father wrote:": False,
    "12:30, lunch with Ann:": False,
    "a" * 400 + " On 2 Apr 2012, Bob <b@x.example> wrote:": False,
}


@pytest.mark.parametrize("line", INTRODUCED)
def test_an_introduction_in_any_language_is_told_from_a_sentence(line: str) -> None:
    assert trim.is_attribution(line) is INTRODUCED[line]


CUTS = {
    "a reply": ("Hello\n\nOn 2 Apr 2012, Bob <b@x.example> wrote:\n> Hi\n> there", "Hello"),
    "an introduction of three lines": ("Hello\n\nOn Apr 2, 2012,\nat 10:18,\nBob <b@x.example> wrote:\n> Hi", "Hello"),
    "an introduction inside the quote": ("Hello\n> On 2 Apr 2012, Bob wrote:\n>\n> Hi", "Hello"),
    "an introduction without a date": ("Hello\n\nBob <b@x.example> wrote:\n> Hi", "Hello"),
    "a signature": ("Hello\n-- \nAnn\nGarden street", "Hello"),
    "a signature without its space": ("Hello\n--\nAnn", "Hello"),
    "a footer": ("Hello\n\nSent from my iPhone", "Hello"),
    "signature and footer": ("Hello\n-- \nAnn\n\nSent from my iPhone", "Hello"),
    "Outlook": ("Hello\n\n-----Original Message-----\nFrom: Bob\nSent: now\n\nHi", "Hello"),
    "an own citation": ("He said:\n\n> To be\n> or not", None),
    "a citation without an introduction": ("Hello\n\n> To be\n> or not", None),
    "an answer below": ("On 2 Apr 2012, Bob wrote:\n> Hi\n\nHello", None),
    "answers between": ("> a?\n\nyes\n\n> b?\n\nno", None),
    "a rule": ("Hello\n---\nWorld", None),
    "two hyphens far above": ("Hello\n--\n" + "line\n" * 20 + "end", None),
    "a dialogue": ("-- Come in!\n-- I will.\n", "-- Come in!\n-- I will."),
    "words before an introduction": (
        "I met Bob.\nOn 2 Apr 2012, Bob <b@x.example> wrote:\n> Hi",
        "I met Bob.",
    ),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("name", CUTS)
def test_what_programs_add_is_cut_and_returned(name: str) -> None:
    text, kept = CUTS[name]
    cut = trim.from_text(text, forward=False)
    assert cut.kept == (text if kept is None else kept)
    assert "".join((cut.kept + cut.trimmed).split()) == "".join(text.split())


@given(
    st.lists(
        st.sampled_from(
            ["Hello", "", "> quoted", "-- ", "--", "On 2 Apr 2012, Bob wrote:", "Sent from my iPhone", "x" * 70]
        )
    )
)
def test_nothing_is_lost_by_trimming(lines: list[str]) -> None:
    cut = trim.from_text("\n".join(lines), forward=False)
    assert sorted(f"{cut.kept}\n{cut.trimmed}".split()) == sorted(" ".join(lines).split())


def test_a_forward_keeps_what_it_forwards() -> None:
    text = "Look:\n\n---------- Forwarded message ---------\nFrom: Bob\n\n> Hi\n"
    assert trim.is_forward("Fwd: x", "")
    assert trim.is_forward("x", text)
    assert not trim.is_forward("Forward march", "Begin with forwarded messages")
    assert trim.from_text(text, forward=True).kept == text.rstrip()


HEADERS = {
    "English": "From: Bob <b@x.example>\nSent: Monday, 2 April 2012 18:26\nTo: Ann\nSubject: Bread",
    "bold": "*From:* Bob\n*Sent:* Monday, 2 April 2012 18:26\n*To:* Ann\n*Subject:* Bread",
    "wrapped": "From: Bob \n<b@x.example> \nSent: Monday, 2 April 2012\nTo: Ann <a@x.example>\nSubject: Bread",
    "German": "Von: Bob\nGesendet: Montag, 2. April 2012 18:26\nAn: Ann\nBetreff: Brot",
    "German, the date first": "Gesendet: Montag, 2. April 2012\nVon: Bob <b@x.example>\nAn: Ann\nBetreff: Brot",
    "French": "De : Bob\nEnvoyé : lundi 2 avril 2012 18:26\nÀ : Ann\nObjet : Pain",
    "Spanish": "De: Bob\nEnviado el: lunes, 2 de abril de 2012\nPara: Ann\nAsunto: Pan",
    "Italian": "Da: Bob\nInviato: lunedì 2 aprile 2012 18:26\nA: Ann\nOggetto: Pane",
    "Portuguese": "De: Bob\nEnviado: segunda-feira, 2 de abril de 2012\nPara: Ann\nAssunto: Pão",
    "Dutch": "Van: Bob [mailto:b@x.example]\nVerzonden: maandag 2 april 2012\nAan: Ann\nOnderwerp: Brood",
    "Swedish": "Från: Bob <b@x.example>\nSkickat: den 2 april 2012 18:26\nTill: Ann\nÄmne: Bröd",
    "Danish": "Fra: Bob <b@x.example>\nSendt: 2. april 2012 18:26\nTil: Ann\nEmne: Brød",
    "Finnish": "Lähettäjä: Bob <b@x.example>\nLähetetty: 2. huhtikuuta 2012\nVastaanottaja: Ann\nAihe: Leipä",
    "Polish": "Od: Bob <b@x.example>\nWysłano: 2 kwietnia 2012\nDo: Ann\nTemat: Chleb",
    "Czech": "Od: Bob <b@x.example>\nOdesláno: 2. dubna 2012\nKomu: Ann\nPředmět: Chléb",
    "Russian": "От: Bob <b@x.example>\nОтправлено: 2 апреля 2012 г.\nКому: Ann\nТема: Хлеб",
    "Japanese": "差出人: Bob <b@x.example>\n送信日時: 2012年4月2日\n宛先: Ann\n件名: パン",
    "Chinese": "发件人： Bob <b@x.example>\n发送时间：2012年4月2日\n收件人：Ann\n主题：面包",
}


@pytest.mark.parametrize("language", HEADERS)
def test_the_header_of_a_quoted_mail_is_known(language: str) -> None:
    block = HEADERS[language]
    assert trim.is_header_block(block.split("\n"))
    assert trim.from_text(f"Hello\n\n{block}\n\nHi, how are you?", forward=False).kept == "Hello"


NO_HEADERS = {
    "a journey": "From: Berlin\nTo: Prague\nDate: 12 April 2026",
    "two lines": "From: Bob <b@x.example>\nTo: Ann",
    "marks": "title: Bread\ndate: 2026-03-01\ntags: rye",
    "a sentence": "From: our database\nand from there it goes on, as it always has.\nTo: be continued",
}


@pytest.mark.parametrize("name", NO_HEADERS)
def test_lines_that_only_look_like_a_header_stay(name: str) -> None:
    text = f"Hello\n\n{NO_HEADERS[name]}\n\nMore"
    assert trim.from_text(text, forward=False).kept == text


NOTICES = {
    "This e-mail and any attachments are confidential and intended solely for the use of the addressee.": True,
    "CONFIDENTIALITY NOTICE: if you are not the intended recipient, please delete this message.": True,
    "Diese E-Mail ist vertraulich. Wenn Sie nicht der richtige Adressat sind, löschen Sie sie bitte.": True,
    "Ce message est confidentiel. Si vous l'avez reçu par erreur, merci de le détruire.": True,
    "Este mensaje es confidencial. Si lo ha recibido por error, bórrelo.": True,
    "Le informazioni contenute in questo messaggio sono riservate e per uso esclusivo del destinatario.": True,
    "Dit bericht is uitsluitend bestemd voor de geadresseerde.": True,
    "Niniejsza wiadomość jest poufna; jeśli nie są Państwo jej adresatem, prosimy ją usunąć.": True,
    "This message goes to everybody I love, and it is only about bread and how I bake it.": False,
    "This email has taken me three evenings, and I hope you enjoy it as much as I did.": False,
    "I was the intended recipient of this parcel, but it went to the neighbours instead of me.": False,
}


@pytest.mark.parametrize("paragraph", NOTICES)
def test_a_notice_is_what_companies_add(paragraph: str) -> None:
    assert trim.is_notice(paragraph) is NOTICES[paragraph]


HI = "Hi,\nhow are you?"
LIST = "garden mailing list\ngarden@lists.example\nhttps://lists.example/garden"
INTRODUCTION = "On Mon, 2 Apr 2012 at 18:26, Bob <b@x.example> wrote:"
ADDED = {
    "an unmarked quote": f"{INTRODUCTION}\n\n{HI}",
    "a wrapped introduction": f"On Mon, 2 Apr 2012 at 18:26, Bob\n<b@x.example> wrote:\n\n{HI}",
    "a dashed header": f"-------- Ursprüngliche Nachricht --------\nVon: Bob\nAn: Ann\n\n{HI}",
    "a header below a line": f"________________________________\n{HEADERS['English']}\n\n{HI}",
    "a quoted header": "> Subject: Bread\n> From: b@x.example\n> To: a@x.example\n> Date: 2 Apr 2012\n>\n> Hi",
    "Outlook's advertisement and a header": f"Get Outlook for iOS<https://x.example>\n____________\n{HEADERS['French']}\n\nHi",
    "a list's footer": f"_______________________________________________\n{LIST}",
    "a short line and a list's footer": f"__\n{LIST}",
    "Google Groups": (
        '-- \nYou received this message because you are subscribed to the Google Groups "bread" group.\n'
        "To unsubscribe from this group, send an email to bread+unsubscribe@groups.example."
    ),
    "Yahoo Groups": (
        "------------------------------------\n\nYahoo! Groups Links\n\n<*> To visit your group on the web, go to:\n"
        "    http://groups.example/bread/\n\n<*> To unsubscribe from this group, send an email to:\n    bread-off@groups.example"
    ),
    "GitHub": "—\nReply to this email directly, view it on GitHub <https://git.example/1>, or unsubscribe.\nYou are receiving this.",
    "a notice": "This e-mail is confidential and intended solely for the use\nof the individual to whom it is addressed.",
    "a notice below a signature": (
        "-- \nAnn\nBakery\n\n________________\n\nThis e-mail is intended solely for the addressee.\n\n"
        "If you have received this e-mail in error, please tell us.\n________________"
    ),
    "quote, footer, signature and list": f"{INTRODUCTION}\n> Hi\n\n-- \nAnn\n\nSent from my iPhone\n\n____\n{LIST}",
    "a signature above the quote": f"-- \nAnn\n\n{INTRODUCTION}\n> Hi",
}  # fmt: skip


@pytest.mark.parametrize("name", ADDED)
def test_what_stands_below_the_author_is_cut(name: str) -> None:
    text = f"Hello\n\n{ADDED[name]}"
    cut = trim.from_text(text, forward=False)
    assert cut.kept == "Hello"
    assert "".join((cut.kept + cut.trimmed).split()) == "".join(text.split())


OWN = {
    "a mail that is all quote": f"{INTRODUCTION}\n> Hi",
    "a mail that is all original": f"-------- Original Message --------\nSubject: Bread\nFrom: b@x.example\nTo: a@x.example\n\n{HI}",
    "an answer below": f"Hello,\n\n{INTRODUCTION}\n> Hi\n\nI am well.",
    "answers between": f"Hello,\n\n{INTRODUCTION}\n> How are you?\n\nWell.\n\n> And Ann?\n\nWell, too.",
    "a letter that is shown": f"Look what Bob sent me:\n\n{INTRODUCTION}\n> Hi",
    "a mail that is shown": f"It began like this:\n\n{HEADERS['English']}\n\n{HI}",
    "the author below the signature": f"Hello\n-- \nAnn\n\n{INTRODUCTION}\n> Hi\n\nI am well.",
    "a header in code": f"Hello\n\n```\n{HEADERS['English']}\n```\n\nwas the answer.",
    "a header with its technical lines": (
        "Hello\n\nReceived: by mx.example\nDate: 2 Apr 2012\nFrom: b@x.example\nTo: a@x.example\nMessage-ID: <1@x.example>"
    ),
    "a rule and a list": "Hello\n\n----\n\n1. rye\n2. wheat",
    "a rule and news of a list": "Hello\n\n----\n\nWe sold bread.\n\nThe mailing list is at http://lists.example for all of you.",
    "closing words": "Hello\n\nBest regards,\nAnn",
    "a name after an em dash": "Hello\n\n—\nAnn\nBaker",
    "the sentence above": f"I know it since\nBob told me so.\n{INTRODUCTION}\nno",
    "dates": "2024-01-15 14:30:25\n15.01.2024 14:30\n\nare different formats.",
}


@pytest.mark.parametrize("name", OWN)
def test_the_words_of_the_author_stay(name: str) -> None:
    kept = trim.from_text(OWN[name], forward=False).kept
    assert kept == (OWN[name] if name != "the sentence above" else "I know it since\nBob told me so.")


def test_a_word_right_above_an_introduction_is_the_author_s() -> None:
    assert trim.from_text(f"Hello\n\nThanks\n{INTRODUCTION}\n> Hi", forward=False).kept == "Hello\n\nThanks"


def test_only_a_reply_ends_in_a_quote_without_introduction() -> None:
    text = "Hello\n\n> How are you?"
    assert trim.from_text(text, forward=False).kept == text
    assert trim.from_text(text, forward=False, reply=True).kept == "Hello"
    cited = "As the poet says:\n\n> How are you?"
    assert trim.from_text(cited, forward=False, reply=True).kept == cited


def test_a_short_code_announces_nothing() -> None:
    assert trim.from_text(f":+1:\n\n{INTRODUCTION}\n> Hi", forward=False).kept == ":+1:"


def test_a_photo_s_mail_may_come_down_to_nothing() -> None:
    assert trim.from_text("Sent from my iPhone", forward=False) == trim.Cut("", "Sent from my iPhone")


PHONE = "Sent from my iPhone"
ABOVE_TEXT = {
    "between two thoughts": (f"It snows.\n\n{PHONE}\n\nAnd now it rains.", "It snows.\n\nAnd now it rains."),
    "above a quote with answers": (
        f"See below.\n\n{PHONE}\n\n{INTRODUCTION}\n> Snow?\n\nYes.",
        f"See below.\n\n{INTRODUCTION}\n> Snow?\n\nYes.",
    ),
    "an advertisement with its link": (
        "Schnee.\n\nGesendet von Outlook für Android<https://x.example/a>\n\nMehr Schnee.",
        "Schnee.\n\nMehr Schnee.",
    ),
    "nothing above it": (f"{PHONE}\n\nsays every mail.", None),
    "no blank line below it": (f"It snows.\n\n{PHONE}\nis what it says.", None),
    "no blank line above it": (f"My favourite words,\n{PHONE}\n\nAnn", None),
    "spoken of above": (f"Every mail ends in:\n\n{PHONE}\n\nI switched it off.", None),
    "spoken of below": (f"Every mail has it\n\n{PHONE}\n\nas its last line.", None),
    "a refrain": (f"One.\n\n{PHONE}\n\nTwo.\n\n{PHONE}\n\nThree.", None),
    "no phone's own words": ("It snows.\n\nSent from my garden\n\nIt rains.", None),
}


@pytest.mark.parametrize("name", ABOVE_TEXT)
def test_a_phone_s_own_footer_goes_even_above_text(name: str) -> None:
    text, kept = ABOVE_TEXT[name]
    cut = trim.from_text(text, forward=False)
    assert cut.kept == (text if kept is None else kept)
    assert (cut.trimmed == "") == (kept is None)


@pytest.mark.parametrize("added", [PHONE, "-- \nAnn\nGarden street", f"-- \nAnn\n{PHONE}"])
def test_what_programs_add_above_a_forward_goes_and_what_stands_in_it_stays(added: str) -> None:
    inside = f"Begin forwarded message:\n\nFrom: Bob\n\nHi\n\n{PHONE}\n\nP.S. Ho"
    assert trim.from_text(f"Look!\n\n{added}\n\n{inside}", forward=True) == trim.Cut(f"Look!\n\n{inside}", added)
    assert trim.from_text(f"Look!\n\n{inside}", forward=True) == trim.Cut(f"Look!\n\n{inside}", "")


CARD = "Ann Miller\nGarden Street 5\n+49 30 1234567\nann@x.example"
PUBLIC = "the last lines show a telephone number and an address to everybody; below “-- ” they would be cut"
LAST_LINES = {
    "a card": (f"It snows.\n\nCheers\n\n{CARD}", True),
    "a card with its company": ("It snows.\n\nAnn | Gardens Ltd\nPhone: 555-123-4567\nwww.garden.example", True),
    "an event": ("All are welcome!\n\n3 May, 10:00\nGarden Street 5\n030 1234567\nhttps://garden.example", True),
    "a new address": (f"We have moved:\n\n{CARD}", True),
    "opening hours": ("Open again.\n\nMon–Fri 08:00–18:00\nSat 09:00–13:00\nhttps://shop.example", False),
    "a recipe": ("Bread.\n\n500 g flour\n350 ml water\n10 g salt\n0.5 g yeast\n230 °C, 45 min", False),
    "a poem": ("Snow\n\non the hill\nand on the mill\nand still", False),
    "links": ("Read these.\n\nhttps://a.example/2026-03-01\nhttps://b.example/0301234567\nwww.c.example", False),
    "dates and times": ("Two dates.\n\n2026-03-09 18:26\n01.04.2026 09:00\nann@x.example", False),
    "a number in a long list": ("030 1234567\n\n" + "snow\n" * 8 + "ann@x.example", False),
    "versions": ("I changed it.\n\nX-Mailer: Apple Mail (2.1878.6)\nann@x.example", False),
    "numbers of books": ("Two books.\n\nISBN 978-3-16-148410-0\nhttps://books.example", False),
    "a number far above": (f"030 1234567\n\n{'It snows, and it will not stop snowing. ' * 3}\n\nann@x.example", False),
}


@pytest.mark.parametrize("name", LAST_LINES)
def test_a_card_without_a_mark_stays_and_its_author_is_told(name: str) -> None:
    """An invitation ends in the same lines."""
    text, told = LAST_LINES[name]
    assert trim.from_text(text, forward=False) == trim.Cut(text, "", (PUBLIC,) if told else ())


def test_an_author_is_told_of_lines_that_no_mark_calls_a_quote() -> None:
    header = HEADERS["English"]
    told = ("6 lines of a quoted mail were cut; if you wrote between them, restore the post",)
    assert trim.from_text(f"Hello\n\n{header}\n\n{HI}", forward=False).warnings == told
    assert trim.from_text(f"Hello\n\n{INTRODUCTION}\n> Hi", forward=False).warnings == ()


@pytest.mark.parametrize(
    "above", ["Hello Bob,", "Hello Bob,\n\nsee my answers below.", "Hallo, Antworten unten in rot!"]
)
def test_an_answer_inside_an_unmarked_mail_stays_with_it(above: str) -> None:
    text = f"{above}\n\n{HEADERS['English']}\n\n{HI}\nWell, thank you."
    assert trim.from_text(text, forward=False) == trim.Cut(text, "")


MASKED = {
    "From: Ben Stone <b@x.example>": "From: Ben Stone",
    "From: Ben [mailto:b@x.example]": "From: Ben",
    "From: Ben <b@x.example<mailto:b@x.example>>": "From: Ben",
    "From: b@x.example <mailto:b@x.example>": None,
    "From: 'b@x.example' <b@x.example>": None,
    'From: "b@x.example" [mailto:b@x.example]': None,
    "To: a@x.example": None,
    "To: <a@x.example>; <b@x.example>": None,
    "To: a@x.example, Ben <b@x.example>, c@x.example, Dora": "To: Ben, Dora",
    "To: Ben <b@x.example>; c@x.example; d@x.example": "To: Ben",
    "To: Miller, Ann <a@x.example>; Stone, Ben <b@x.example>": "To: Miller, Ann; Stone, Ben",
    "An: a@x.example": None,
    "À : a@x.example": None,
    "*Cc:* a@x.example": None,
    "收件人：a@x.example": None,
    "> To: a@x.example": None,
    "> To: Ann <a@x.example>": "> To: Ann",
    " c@x.example, Dora": " Dora",
    "E-Mail: a@x.example": None,
    "a@x.example": None,
    "Ask a@x.example, b@x.example, or me.": "Ask […], […], or me.",
    "Write to ben@mill.example.": "Write to […].",
    "Write to a@x.example or b@x.example.": "Write to […] or […].",
    "> Ask 'd@x.example' or me": "> Ask '[…]' or me",
    "d@x.example is new": "[…] is new",
    "Ann, d@x.example": "Ann",
    "Ask Dora (d@x.example).": "Ask Dora.",
    "(see d@x.example)": "(see […])",
    "Our office: a@x.example": "Our office: […]",
    "To:": "To:",
    "Dear all,": "Dear all,",
}


@pytest.mark.parametrize("line", MASKED)
def test_an_address_goes_with_what_stands_there_only_for_it(line: str) -> None:
    left = [] if MASKED[line] is None else [MASKED[line]]
    assert trim.mask(f"Begin forwarded message:\n{line}").split("\n")[1:] == left


def test_a_list_of_recipients_is_one_line() -> None:
    wrapped = (
        "To: a@x.example, Carol <c@x.example>,\n d@x.example,\n Ed <e@x.example>\nCc: f@x.example,\n g@x.example\nHi"
    )
    assert trim.mask(f"Begin forwarded message:\n{wrapped}").split("\n")[1:] == ["To: Carol, Ed", "Hi"]


def test_what_an_author_says_above_a_forward_is_not_masked() -> None:
    mine, other = "Write to ann@x.example!", "From: Ben\nSubject: Peas\n\nHi"
    for mark in ("---------- Forwarded message ---------", "Begin forwarded message:"):
        text = f"{mine}\n\n{mark}\n{other}"
        assert trim.mask(text) == text
    assert trim.mask(f"{mine}\n\n{HEADERS['Dutch']}").split("\n")[:3] == [mine, "", "Van: Bob"]
    assert trim.mask("Hi\nb@x.example") == "Hi"


def test_other_people_s_addresses_go_from_introductions_and_quotes_that_stay() -> None:
    text = f"{INTRODUCTION}\n> Ask c@x.example\n\nWrite to ann@x.example"
    left = "On Mon, 2 Apr 2012 at 18:26, Bob wrote:\n> Ask […]\n\nWrite to ann@x.example"
    assert trim.mask_introductions(text) == left
    assert trim.mask_introductions("> Ask c@x.example") == "> Ask c@x.example"


def test_vs_is_a_forward_in_the_north_and_an_answer_in_finland_and_estonia() -> None:
    for language, forward in (("Danish", True), ("Swedish", True), ("Finnish", False)):
        assert trim.is_forward("VS: Peas", f"Hei\n\n{HEADERS[language]}\n\nHi") is forward
    assert not trim.is_forward("Vs: Herned", "Tere\n\nSaatja: Bob <b@x.example>\nSaadetud: 2. aprill 2012")
    assert not trim.is_forward("VS: Herneet", "Hei\n\nma 2.4.2012 klo 18.26 Bob kirjoitti:\n> Hi")
    assert trim.is_forward("VS: Peas", "")
    assert trim.is_forward("VL: Herneet", HEADERS["Finnish"])


DAY = "1 March 2026 at 18:00"
PLAIN_FORWARDS = {
    "Gmail": f"---------- Forwarded message ---------\nFrom: Ben <b@x.example>\nDate: {DAY}\nSubject: Peas\nTo: Ann <a@x.example>\n\n\nHi\n\nHo",
    "Outlook": f"From: Ben <b@x.example> \nSent: {DAY}\nTo: Ann <a@x.example>; c@x.example\nCc: Dora <d@x.example>\nSubject: Peas\n\nHi\n\nHo",
    "Outlook, below a line": f"________________________________\nVon: Ben <b@x.example>\nGesendet: {DAY}\nAn: Ann <a@x.example>\nBetreff: Peas\n\nHi\n\nHo",
    "Thunderbird": f"-------- Weitergeleitete Nachricht --------\nBetreff: \tPeas\nDatum: \t{DAY}\nVon: \tBen <b@x.example>\nAn: \tAnn <a@x.example>\n\n\n\nHi\n\nHo",
    "Apple Mail": f"> Begin forwarded message:\n> \n> From: Ben <b@x.example>\n> Subject: Peas\n> Date: {DAY}\n> To: Ann <a@x.example>,\n>  Carol <c@x.example>\n> \n> Hi\n> \n> Ho",
    "iOS": f"Begin forwarded message:\n\n> From: Ben <b@x.example>\n> Date: {DAY}\n> To: Ann <a@x.example>\n> Subject: Peas\n> \n> \ufeffHi\n> \n> Ho",
    "Roundcube": f"-------- Original Message --------\nSubject: Peas\nDate: {DAY}\nFrom: Ben <b@x.example>\nTo: Ann <a@x.example>,\n\tc@x.example\n\nHi\n\nHo",
    "Yahoo": f'   ----- Forwarded Message -----\nFrom: "Ben" <b@x.example>\nTo: "Ann" <a@x.example>\nSent: {DAY}\nSubject: Peas\n\nHi\n\nHo',
    "a wrapped subject": f"Begin forwarded message:\n\nFrom: Ben\nDate: {DAY}\nSubject:\n Peas\nTo: Ann <a@x.example>\n\nHi\n\nHo",
}  # fmt: skip


def forwarded(body: str, subject: str = "Fwd: Peas") -> Post:
    post = read(letter(body, {"Subject": subject})).post
    assert post is not None
    return post


@pytest.mark.parametrize("program", PLAIN_FORWARDS)
def test_a_forwarded_mail_is_one_quote_below_one_line_that_says_who_and_when(program: str) -> None:
    post = forwarded(f"Look\n\n{PLAIN_FORWARDS[program]}\n")
    theirs = f'<p class="forward-head">Ben · {DAY}</p><p>Hi</p><p>Ho</p>'
    assert post.body.replace("\n", "") == f"<p>Look</p><blockquote>{theirs}</blockquote>"
    assert "a@x.example" in post.trimmed


@pytest.mark.parametrize(
    ("program", "prefix"),
    # Without a prefix, what is quoted all of it is a letter that somebody shows.
    [(p, prefix) for p in PLAIN_FORWARDS for prefix in ("Fwd: ", "") if prefix or p != "Apple Mail"],
)
def test_a_forward_of_which_its_author_says_nothing_is_the_post(program: str, prefix: str) -> None:
    post = forwarded(PLAIN_FORWARDS[program], f"{prefix}Beans")
    theirs = f'<p class="forward-head">Ben · {DAY} · Peas</p><p>Hi</p><p>Ho</p>'
    assert post.body.replace("\n", "") == theirs


def test_a_long_list_of_recipients_goes_with_the_header() -> None:
    people = ",\n ".join(f"Name {n} <p{n}@x.example>" for n in range(30))
    post = forwarded(f"Look\n\nBegin forwarded message:\n\nFrom: Ben\nTo: {people}\nSubject: Peas\n\nHi")
    assert post.text == "Look\n\nBen\n\nHi"


FORWARD_BODIES = {
    "words below a quoted one": ("Look\n\nBegin forwarded message:\n\n> From: Ben\n> \n> Hi\n\nHa", '<p>Look</p><blockquote><p class="forward-head">Ben</p><p>Hi</p></blockquote><p>Ha</p>'),
    "a header that runs into the text": ("Look\n\nBegin forwarded message:\nFrom: Ben\nTo: Ann\nAsk c@x.example", '<p>Look</p><blockquote><p class="forward-head">Ben</p><p>Ask […]</p></blockquote>'),
    "a label in the text": ("Look\n\nBegin forwarded message:\nFrom: Ben\n\nTo: be or not", '<p>Look</p><blockquote><p class="forward-head">Ben</p><p>To: be or not</p></blockquote>'),
    "no header": ("Look\n\n----- Forwarded message -----\n\nHi", "<p>Look</p><blockquote><p>Hi</p></blockquote>"),
    "nobody's name": (f"Look\n\nBegin forwarded message:\nFrom: b@x.example\nDate: {DAY}\n\nHi", f'<p>Look</p><blockquote><p class="forward-head">{DAY}</p><p>Hi</p></blockquote>'),
    "an introduction": (f"Look\n\n{INTRODUCTION}\n> Hi", '<p>Look</p><blockquote><p class="forward-head">On Mon, 2 Apr 2012 at 18:26, Bob wrote:</p><p>Hi</p></blockquote>'),
    "nothing that says where it begins": ("Look\n\nHi", "<p>Look</p><p>Hi</p>"),
    "from right to left": ("שלום\n\nBegin forwarded message:\nFrom: בן\n\nהיי", '<p dir="rtl">שלום</p><blockquote dir="rtl"><p class="forward-head" dir="rtl">בן</p><p dir="rtl">היי</p></blockquote>'),
}  # fmt: skip


@pytest.mark.parametrize("name", FORWARD_BODIES)
def test_how_forwards_differ(name: str) -> None:
    text, body = FORWARD_BODIES[name]
    assert forwarded(text).body.replace("\n", "") == body


def test_a_letter_that_is_shown_is_no_forward() -> None:
    text = f"Look what came today:\n\n{HEADERS['English']}\n\nHi"
    assert "forward-head" not in forwarded(text, "Peas").body


def test_an_html_mail_says_by_its_words_whether_vs_is_an_answer() -> None:
    head = "<b>Lähettäjä:</b> Bob &lt;b@x.example&gt;<br><b>Lähetetty:</b> 2. huhtikuuta 2012<br><b>Vastaanottaja:</b> Ann<br><b>Aihe:</b> Leipä"
    body = f"<p>Hei</p><div style='border-top:solid #E1E1E1 1.0pt'><p>{head}</p></div><p>Hi</p>"
    post = read(letter(body, {"Content-Type": "text/html; charset=utf-8", "Subject": "VS: Leipä"})).post
    assert post is not None
    assert post.text == "Hei"


SUBJECTS = {
    "Rép : Bread": "Bread",
    "Rép. : Bread": "Bread",
    "Ответ: Хлеб": "Хлеб",
    "Atb.: Bread": "Bread",
    "[list] Re: Bread": "[list] Bread",
    "Re: [list] Re: Bread": "[list] Bread",
    "[list] Fwd: [x] Bread": "[list] [x] Bread",
    "[statistics] R: a language": "[statistics] R: a language",
    "[list] Bread": "[list] Bread",
    "Reply: to whom?": "Reply: to whom?",
    "[Re: Bread": "[Re: Bread",
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_prefixes_go_from_a_subject_and_the_name_of_a_list_stays(subject: str) -> None:
    assert trim.without_prefixes(subject) == SUBJECTS[subject]


REPLIES = {
    "Re: Bread": True,
    "AW: Brot": True,
    "回复：面包": True,
    "Fwd: Bread": False,
    "Fwd: Re: Bread": False,
    "Bread": False,
    "[list] Re: Bread": True,
    "[list] Fwd: Bread": False,
}


@pytest.mark.parametrize("subject", REPLIES)
def test_a_subject_says_whether_it_is_a_reply(subject: str) -> None:
    assert trim.is_reply(subject) is REPLIES[subject]


STORMS = [
    "On Mon, 2 Apr 2012\n",
    "On Mon, ",
    f"{INTRODUCTION}\n> a\nSent from my iPhone\n",
    "a:\n",
    "-- \n",
    "From: a@b.example\n",
    f"{HEADERS['English']}\n\n",
    "a@a.",
    "wrote ",
    "- ",
    "____\nx mailing list\nhttp://x.example\n",
    "This e-mail is intended only for you\n",
    "> ",
    "```\n",
    ">",
    "> > ",
    "On ",
    "\n",
    " \n",
    "--",
    "Sent from my ",
    "Sent from my iPhone\n\n",
    "Hello\n\nSent from my iPhone\n\nHello\n\n",
    "To: ",
    "To: a@x.example, ",
    "To: a@x.example,\n",
    "To: a,\n",
    "((((a@x.example",
    "a@x.example<mailto:",
    "0 ",
    "+49 30 ",
    "Hello,\n",
    "Begin forwarded message:\n",
    "Lähettäjä",
    "---- ",
    "<<<<<<",
    "2 Apr 2012 at 18:26 ",
    "a.",
    "my comments ",
    "my answers\n",
    "Ask a@x.example or ",
    "> From: Ben\n",
    "----- Forwarded message -----\n",
    "____\n",
    "> \n",
]


@pytest.mark.parametrize("storm", STORMS)
def test_no_text_takes_long_to_trim(storm: str) -> None:
    text = storm * (150_000 // len(storm))
    cut = trim.from_text(text, forward=trim.is_forward(text, text), reply=True)
    assert len("".join((cut.kept + cut.trimmed).split())) == len("".join(text.split()))
    assert not trim.is_notice(text) or storm.startswith("This")
    trim.mask(text)
    trim.mask_introductions(text)
    trim.is_reply(text)
    trim.is_forward("VS: x", text)
    trim.without_prefixes("Re: " * 50_000)
    trim.without_prefixes("[" * 50_000)
    trim.without_prefixes("[x] " * 50_000)
    trim.without_prefixes(text)
    trim.forwarded(text, sure=True, title="x")
    trim.forwarded(f"Begin forwarded message:\n{text}", sure=True, title="x")
