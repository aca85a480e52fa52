"""Markup that wants to run: other people's collections, and every way of ours through every gate we know of."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Vector:
    id: str
    markup: str


MARKUP = ("dompurify-vectors", "loofah-vectors", "bleach-vectors")
TREES = "html5lib-tree-construction"

# What runs by itself as soon as a browser reads it.
PAYLOADS = {
    "image": "<img src=x onerror=alert(1)>",
    "vector-image": "<svg onload=alert(1)>",
    "script": "<script>alert(1)</script>",
    "svg-script": "<svg><script>alert(1)</script></svg>",
    "frame": '<iframe src="javascript:alert(1)"></iframe>',
    "frame-document": "<iframe srcdoc='<img src=x onerror=alert(1)>'></iframe>",
    "details": "<details open ontoggle=alert(1)>x</details>",
    "sound": "<audio src=x onerror=alert(1)></audio>",
    "source": "<video><source onerror=alert(1)></video>",
    "focus": "<input autofocus onfocus=alert(1)>",
    "animation": "<style>@keyframes x{}</style><b style=animation-name:x onanimationstart=alert(1)>x</b>",
    "animate": "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "object": "<object data=x onerror=alert(1)></object>",
    "style-sheet": "<link rel=stylesheet href=x onerror=alert(1)>",
    "import": '<style>@import "https://t.invalid/i.css"</style><img src=x onerror=alert(1)>',
    "remote": '<img src="https://t.invalid/p.gif" onerror=alert(1)>',
}
# Places where one reader of html sees markup and another sees none; § stands for the payload.
GATES = {
    "plain": "§",
    "upper-case": "<P><B>§</B></P>",
    "slashes": "<a/href=x/>§",
    "table": "<table><tr><td>§</td></tr></table>",
    "foster": "<table>§<tr><td>x</td></tr></table>",
    "caption": "<table><caption>§",
    "noscript": '<noscript><p title="</noscript>§"></noscript>',
    "title": '<title><p title="</title>§"></title>',
    "textarea": '<textarea><p title="</textarea>§"></textarea>',
    "style": "<style><!--</style>§<!----></style>",
    "style-attribute": '<style><p title="</style>§"></style>',
    "xmp": '<xmp><p title="</xmp>§"></xmp>',
    "noembed": '<noembed><p title="</noembed>§"></noembed>',
    "noframes": '<noframes><p title="</noframes>§"></noframes>',
    "iframe": '<iframe><p title="</iframe>§"></iframe>',
    "comment": "<!-- --!>§-->",
    "short-comment": "<!-->§-->",
    "declaration": "<!x>§",
    "instruction": "<?x >§?>",
    "cdata": "<![CDATA[>§]]>",
    "svg-cdata": "<svg><![CDATA[><p>]]></svg>§",
    "svg-style": "<svg><style><p>§</p></style></svg>",
    "svg-title": "<svg><title><p>§</p></title></svg>",
    "svg-object": "<svg><foreignObject>§</foreignObject></svg>",
    "svg-desc": "<svg><desc><p>§",
    "svg-break": "<svg></p>§",
    "math": "<math><mtext>§</mtext></math>",
    "math-glyph": "<math><mtext><table><mglyph><style><!--</style>§<!-- --></style></mglyph></table></mtext></math>",
    "math-annotation": '<math><annotation-xml encoding="text/html">§</annotation-xml></math>',
    "math-break": "<math></br>§",
    "form": "<form><div></form><form>§",
    "math-form": "<form><math><mtext></form><form><mglyph><style></math>§",
    "select": "<select><option>x</option></select>§",
    "button": "<button><p>x</button>§",
    "template": "<template><p>x</p></template>§",
    "nested-link": '<a href="https://x.example/"><table><a href="https://y.example/">§',
    "formatting": "<b><i><u></b>§</i></u>",
    "null": "<\0p>§",
    "end": "</p></div></body></html>§",
    "entity": '<p title="&quot;&gt;">§',
}


def own() -> list[Vector]:
    return [
        Vector(f"own-{gate}-{payload}", GATES[gate].replace("§", PAYLOADS[payload]))
        for gate, payload in product(GATES, PAYLOADS)
    ]


def collected(corpus: Path) -> list[Vector]:
    """The vectors of DOMPurify, Loofah and bleach."""
    return [vector for name in MARKUP for vector in _read(corpus, name)]


def trees(corpus: Path) -> list[Vector]:
    """What html5lib's tests of parsing are made of: every mistake that a parser must mend in one way."""
    return _read(corpus, TREES)


def naughty(corpus: Path) -> list[Vector]:
    strings: list[str] = json.loads((corpus / "naughty-strings" / "blns.json").read_bytes())
    return [Vector(f"naughty-{n}", text) for n, text in enumerate(strings) if text.strip()]


def _read(corpus: Path, name: str) -> list[Vector]:
    return [Vector(each["id"], each["input"]) for each in json.loads((corpus / name / "vectors.json").read_bytes())]


def some(vectors: Sequence[Vector], *, every: int) -> list[Vector]:
    return list(vectors[::every])
