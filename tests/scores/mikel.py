"""mikel-mail: mails of which many are broken on purpose, without an oracle: nothing may break the reader."""

from pathlib import Path

from mailpost.errors import Reason
from mailpost.read import Rules, read_mail
from tests.letters import BLOG, SERVER
from tests.scores import Score, count


def scores(corpus: Path) -> list[Score]:
    results = {}
    for path in sorted((corpus / "mikel-mail" / "emails").rglob("*.eml")):
        report = path.parent.name == "multipart_report_emails"
        rules = Rules((BLOG,), BLOG.name, (SERVER,), trust=not report)
        reading = read_mail(path.read_bytes(), path.stem, None, rules, lambda _name: None)
        results[f"{path.parent.name}/{path.stem}"] = (
            reading.reason is Reason.AUTOMATIC if report else (reading.post is None) != (reading.reason is None)
        )
    return [count("mikel-mail", "mails that become a post or have a reason; reports are refused", results, {})]
