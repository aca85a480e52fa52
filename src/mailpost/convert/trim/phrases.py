"""The words that mail programs put into mails, in the languages in which they do.

Every table is in lower case; a text is compared after `casefold`.
"""


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split("|"))


# The names of the lines above a quoted or forwarded mail: English, German, French, Spanish, Italian, Portuguese, Dutch,
# Swedish, Danish and Norwegian, Finnish, Estonian, Polish, Czech, Hungarian, Turkish, Russian, Ukrainian, Japanese, Chinese,
# Korean.
LABELS: dict[str, frozenset[str]] = {
    "from": frozenset(
        _words(
            "from|von|de|expéditeur|remitente|da|mittente|van|afzender|från|fra|avsender|afsender|lähettäjä|saatja|od",
            "odesílatel|feladó|kimden|gönderen|от|от кого|отправитель|від|差出人|送信者|发件人|寄件者|寄件人|보낸 사람|보낸사람",
        )
    ),
    "date": frozenset(
        _words(
            "sent|date|sent on|date sent|gesendet|gesendet am|datum|envoyé|envoyé le|date d'envoi|message du|enviado",
            "enviado el|fecha|inviato|inviato il|data|enviado em|enviada em|enviada|verzonden|verzonden op|skickat|skickades",
            "sendt|dato|lähetetty|päivämäärä|päiväys|saadetud|saatmisaeg|kuupäev|wysłano|wysłane|odesláno|elküldve|dátum",
            "tarih|gönderildi|gönderme tarihi|отправлено|дата|дата отправки|надіслано|送信日時|送信日|日時|日付|发送时间|发送日期|日期|寄件日期",
            "傳送時間|時間|时间|보낸 날짜|날짜",
        )
    ),
    "to": frozenset(
        _words(
            "to|an|empfänger|à|pour|destinataire|para|destinatario|a|destinatário|aan|till|til|vastaanottaja|adressaat",
            "kellele|do|komu|címzett|kime|alıcı|кому|宛先|收件人|收件者|받는 사람|받는사람",
        )
    ),
    "copy": frozenset(
        _words(
            "cc|bcc|kopie|kopie (cc)|copie à|copie|cópia|copia|kopi|kopia|kopio|koopia|dw|másolatot kap|másolat|bilgi|копия|копія",
            "抄送|副本|参照|참조|reply-to|antwort an|attachments|importance|priority|organization",
        )
    ),
    "subject": frozenset(
        _words(
            "subject|betreff|betr|objet|sujet|asunto|oggetto|assunto|onderwerp|ämne|emne|aihe|teema|temat|předmět|věc|tárgy|konu",
            "тема|件名|主题|主旨|主題|제목",
        )
    ),
}
# What other lines say of an address and of nothing else.
ADDRESS_LABELS = frozenset(
    _words(
        "e-mail|email|mail|mailto|e-mail-adresse|courriel|correo|correo electrónico|posta elettronica|e-post",
        "sähköposti|почта",
    )
)

# What stands between dashes above a whole mail that was answered …
ORIGINAL = frozenset(
    _words(
        "original message|original email|original e-mail|reply message|original-nachricht|originalnachricht",
        "ursprüngliche nachricht|ursprüngliche mail|ursprüngliche e-mail|urspr. nachricht|message d'origine|message original",
        "courriel original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|originalmeddelande",
        "ursprungligt meddelande|oprindelig meddelelse|oprindelig besked|opprinnelig melding|original besked",
        "alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|treść oryginalnej wiadomości|původní zpráva",
        "původní e-mail|eredeti üzenet|orijinal mesaj|özgün ileti|mesaj original|missatge original|исходное сообщение",
        "первоначальное сообщение|оригинальное сообщение|вихідне повідомлення|元のメッセージ|原始邮件|原始郵件|邮件原件",
        "원본 메시지|원본 메일",
    )
)
# … or was handed on.
FORWARDED = frozenset(
    _words(
        "forwarded message|forwarded mail|begin forwarded message|weitergeleitete nachricht|weitergeleitete mail",
        "anfang der weitergeleiteten nachricht|message transféré|début du message transféré|début du message réexpédié",
        "mensaje reenviado|inicio del mensaje reenviado|messaggio inoltrato|inizio messaggio inoltrato",
        "mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada|doorgestuurd bericht",
        "begin doorgestuurd bericht|vidarebefordrat meddelande|vidarebefordrat brev|videresendt meddelelse",
        "videresendt melding|videresendt besked|välitetty viesti|edelleenlähetetty viesti|wiadomość przekazana",
        "przekazana wiadomość|treść przekazanej wiadomości|přeposlaná zpráva|továbbított üzenet|iletilmiş mesaj",
        "yönlendirilen ileti|mesaj redirecționat|missatge reenviat|пересылаемое сообщение|пересланное сообщение",
        "перенаправлене повідомлення|転送メッセージ|転送されたメッセージ|转发的邮件|转发邮件|轉寄郵件|전달된 메시지",
    )
)

# What stands before the subject of an answer, and of a forward.
ANSWERED = _words(
    "re|rép|aw|antw|antwort|sv|odp|ynt|vá|bls|atb|rif|res|r|απ|отв|ответ|回复|回覆|答复|答覆|返信|답장|회신",
)
HANDED_ON = _words("fw|fwd|wg|tr|rv|i|enc|vs|vl|vb|pd|doorst|továbbítás|ilt|i̇lt|πρθ|пересл|转发|轉寄|転送|전달")
# “VS:” is a forward in Danish and Norwegian, and an answer in Finnish and Estonian, where programs write these below it.
BOTH = "vs"
ANSWERED_BELOW = _words("lähettäjä|lähetetty|vastaanottaja|kirjoitti|saatja|saadetud|kirjutas")

# How Ann “wrote” what follows.
WROTE = _words(
    "wrote|writes|schrieb|schreibt|a écrit|escribió|ha scritto|scrive|escreveu|schreef|skrev|kirjoitti|napsal|napsala",
    "napsal(a)|napisał|napisała|napisał(a)|pisze|írta|yazdı|a scris|ha escrit|va escriure|kirjutas|rakstīja|rašė|napisao",
    "έγραψε|пишет|писал|писала|написал|написала|написал(а)|пише|написав|напиша|כתב|كتب|đã viết|menulis",
)
WROTE_UNSPACED = _words("写道|寫道|のメール|書きました|님이 작성|เขียนว่า")
# Words before it that people use and programs do not.
PEOPLE = _words(
    "i|he|she|we|they|who|it|ich|er|sie|wir|man|wer|je|il|elle|ils|elles|qui|yo|él|ella|ellos|quien|io|lui|lei|chi|eu|ele",
    "ela|quem|ik|hij|zij|ze|wij|jag|han|hon|de|jeg|hun|я|он|она|мы|они|кто|jak|kto",
)

# How “Sent from my …” begins; a device or a program follows.
SENT_FROM = _words(
    "sent from |sent via |sent with |sent using |sent by |get |download |gesendet von |gesendet mit |gesendet über |gesendet aus ",
    "envoyé de |envoyé depuis |envoyé avec |envoyé à partir d|envoyé via |télécharge|obtenir |téléchargez ",
    "enviado desde |enviado con |enviado por |enviado do |enviado a partir d|enviado com |enviado via |obtener |obtenga |obter ",
    "enviat des d|enviat amb |inviato da|inviato con |inviato tramite |scarica |ottieni ",
    "verzonden vanaf |verzonden met |verzonden via |verstuurd vanaf |verstuurd met |verstuurd via |download ",
    "skickat från |skickat med |skickades från |hämta |sendt fra |sendt med |sendt via |få |hent |lähetetty |hanki ",
    "wysłane z|wysłano z|wysłane przez |pobierz |odesláno z|odesláno přes |odesláno pomocí |získat |odoslané z",
    "trimis de |trimis din |στάλθηκε από |отправлено с |отправлено из |отправлено через |отправлено со |надіслано з|изпратено от ",
    "đã gửi từ |dikirim dari |ส่งจาก |أُرسلت من |أرسلت من |נשלח מ|saadetud minu |išsiųsta iš |poslano z ",
)
# Where the device stands first.
SENT_AT_END = _words(
    "gesendet|から送信|から送信されました|から送信しました|で送信|에서 보냄|에서 보냈습니다|küldve|gönderildi|发送|傳送|寄出|發送"
)
SENT_AT_START = _words(
    "von mein|von unterwegs|从我的|從我的|发自我的|發自我的|来自我的|나의 |内の|発信元|iphone|ipad|android"
)
# A word of the footer begins with one of these …
DEVICES = _words(
    "iphon|ipad|ipod|imac|macbook|android|samsung|galaxy|google pixel|huawei|xiaomi|redmi|motorola|moto|nokia|sony|xperia",
    "oneplus|oppo|realme|vivo|honor|wiko|zte|alcatel|fairphone|lenovo|asus|blackberry|windows|outlook|yahoo|gmail|gmx|web.de",
    "proton|fastmail|fairemail|k-9|thunderbird|mailspring|sparrow|superhuman|bluemail|typeapp|aquamail|mail.ru|яндекс|yandex",
    "почт|mailbox|mobil|handy|smartphone|smarttelefon|tablet|phone|téléphone|teléfono|telefon|telefoon|telemóvel|celular",
    "cellulare|puhelim|matkapuh|dispositiv|appareil|apparaat|gerät|urządzeni|зарядн|телефон|смартфон|планшет|айфон|устройств",
    "携帯|スマート|手机|手機|휴대|tapatalk|chromebook|kindle|webmail|roundcube|sailfish",
)
# … or is one of these.
DEVICE_WORDS = frozenset(
    _words("mac|mac.|apple|pixel|htc|lg|tcl|aol|hey|spark|nine|edison|airmail|newton|canary|verizon|mutt")
)
# Whole footers as phones come with them: so sure that they go even where text follows.
DEFAULTS = frozenset(
    _words(
        "sent from my iphone|sent from my ipad|sent from my galaxy|sent from my samsung galaxy smartphone",
        "sent from my samsung device|sent from my huawei phone|sent from my xiaomi phone|sent from mail for windows",
        "sent from outlook for ios|sent from outlook for android|get outlook for ios|get outlook for android",
        "sent from yahoo mail on android|sent from yahoo mail for iphone|yahoo mail: search, organize, conquer",
        "sent from proton mail for ios|sent from proton mail for android|sent with proton mail secure email",
        "von meinem iphone gesendet|von meinem ipad gesendet|von meinem samsung galaxy smartphone gesendet",
        "gesendet von outlook für ios|gesendet von outlook für android|outlook für ios beziehen|outlook für android beziehen",
        "gesendet mit der gmx mail app|gesendet mit der web.de mail app",
        "envoyé de mon iphone|envoyé de mon ipad|envoyé depuis mon smartphone samsung galaxy|obtenir outlook pour ios",
        "obtenir outlook pour android|envoyé à partir de outlook pour ios|envoyé à partir de outlook pour android",
        "enviado desde mi iphone|enviado desde mi ipad|enviado desde outlook para ios|enviado desde outlook para android",
        "obtener outlook para ios|obtener outlook para android|enviado do meu iphone|enviado do meu ipad",
        "inviato da iphone|inviato da ipad|inviato dal mio iphone|scarica outlook per ios|scarica outlook per android",
        "verstuurd vanaf mijn iphone|verstuurd vanaf mijn ipad|verzonden vanaf mijn iphone|verzonden vanaf outlook voor ios",
        "skickat från min iphone|skickat från min ipad|sendt fra min iphone|sendt fra min ipad|lähetetty iphonesta",
        "lähetetty ipadista|wysłane z iphone'a|odesláno z iphonu|отправлено с iphone|отправлено с ipad|надіслано з iphone",
        "iphone'umdan gönderildi|iphone-omról küldve|iphoneから送信|ipadから送信|从我的iphone发送|发自我的iphone|從我的iphone傳送",
        "나의 iphone에서 보냄",
    )
)
# Other last lines of programs; each is the beginning of one.
LAST_LINES = _words(
    "发自我的|發自我的",
    "virus-free. www.|virenfrei. www.|virenfrei.www.|sin virus. www.|garanti sans virus. www.|mail priva di virus. www.",
    "this email has been checked for viruses by|diese e-mail wurde von avast|l'absence de virus dans ce courrier",
    "este correo electrónico ha sido comprobado|questa e-mail è stata controllata|deze e-mail is gecontroleerd op virussen",
    "no virus found in this message|scanned by |please consider the environment before printing|please consider the planet",
    "think before you print|consider the environment before|bitte denken sie an die umwelt|bitte prüfen sie, ob diese",
    "pensez à l'environnement|merci de penser à l'environnement|antes de imprimir est|prima di stampare",
    "denk aan het milieu|tänk på miljön|posted via email from|posted via email to|sent from my mobile. please excuse",
)

# How the first line of a mailing list's footer ends …
LIST_NAMES = _words(
    "mailing list|mailinglist|mailingliste|liste de diffusion|lista de correo|lista de discussão|lista dyskusyjna",
    "メーリングリスト",
)
# … or what it says.
LIST_SIGNS = _words(
    "unsubscribe|google groups|yahoo! groups|yahoogroups|reply to this email directly",
    "you are receiving this because|you received this message because",
    "abmelden|abbestellen|désabonn|désinscri|darse de baja|cancelar la suscripción|cancelar a inscrição|cancellar",
    "disiscri|annullare l'iscrizione|afmelden|uitschrijven|avsluta prenumeration|avprenumerera|afmeld|avmeld|peruuta tilaus",
    "wypisać|wypisz|odhlásit|leiratkoz|рассылк|отписаться|відписатися|退订|取消订阅|取消訂閱",
    "配信停止|配信解除|수신거부",
)

# A notice begins in one of these ways …
NOTICE_OPENINGS = _words(
    "this e-mail|this email|this message|this communication|this transmission|this mail|this electronic m",
    "the information contained in|the information in this|the information transmitted|the contents of this",
    "the content of this|the materials in this|information contained in|information in this|if you are not the intended",
    "if you have received this|any unauthori|confidentiality|confidential|disclaimer|important notice|legal notice",
    "notice:|privileged",
    "diese e-mail|diese mail|diese nachricht|der inhalt dieser|die information|dieses e-mail|vertraulichkeit",
    "ce message|cet e-mail|cet email|ce courriel|ce mail|les informations contenues|le présent message",
    "l'information contenue|este mensaje|este correo|este e-mail|este email|la información contenida",
    "la información incluida|aviso legal|aviso de confidencialidad|questo messaggio|questa e-mail|questa mail",
    "la presente|il presente messaggio|le informazioni contenute|se ricevete questo|se avete ricevuto|persone diverse",
    "avviso di riservatezza|esta mensagem|esta comunicação|a informação contida|as informações contidas",
    "aviso de confidencialidade|dit bericht|deze e-mail|deze mail|dit e-mail|de informatie|de inhoud van d",
    "detta meddelande|detta e-post|den här e-post|denne e-post|denne e-mail|denne mail|denne meddelelse",
    "denne meldingen|tämä viesti|tämä sähköposti|niniejsza wiadomość|ta wiadomość|treść tej wiadomości",
    "informacje zawarte|tato zpráva|tento e-mail|настоящее сообщение|данное сообщение|это сообщение|это электронное",
    "本邮件|此邮件|本郵件|此郵件|このメール|本メール|本電子メール",
)
# … and speaks of those for whom it was meant or not meant.
NOTICE_MATTER = _words(
    "intended recipient|named recipient|intended solely|intended only|solely for the use|only for the use|sole use of",
    "solely intended for|only intended for|intended for the sole|exclusive use of|not the addressee",
    "received this e-mail in error|received this email in error|received this message in error|received it in error",
    "received this communication in error|received this in error|received this transmission in error",
    "legally privileged|is strictly prohibited|richtige adressat|richtigen adressat|irrtümlich erhalten",
    "vorgesehenen empfänger|vorgesehene empfänger|unbefugte|bestimmt für den|bestimmten adressaten",
    "exclusivement à|exclusif de|destinataire désigné|reçu ce message par erreur|par erreur",
    "exclusivamente a|uso exclusivo|por error|uso esclusivo|esclusivo del destinatario|per errore|por engano|por erro",
    "geadresseerde|uitsluitend bestemd|ten onrechte|avsedd för|avsedd endast|avsett för|av misstag|beregnet for",
    "beregnet til|ved en fejl|ved en feil|tarkoitettu|vahingossa|adresat|omyłkowo|určen|omylem|адресат|по ошибке",
    "收件人|收件者|意图接收|受取人|宛先|誤って",
)
