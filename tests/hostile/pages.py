"""Hostile html and text: a little of it, a hundred kilobytes and a million."""

from tests.hostile.shapes import Maker, body

# What is repeated, behind what, before what. Those of the threat table first.
HTML: dict[str, tuple[str, str, str]] = {
    "nested-div": ("", "<div>", ""), "nested-b-p": ("", "<b><p>", ""), "attributes": ("<a ", "a=b ", ">x</a>"), "bare-attributes": ("<a ", "x ", ">x"),
    "parens-in-style": ('<p style="color:', "(", '">x'), "braces-in-style": ('<p style="', "{", '">x'), "amps": ("", "&", ""), "less-thans": ("", "<", ""),
    "entities": ("", "&#60;", ""), "long-entities": ("", "&" + "x" * 30, ""), "comments": ("", "<!--", ""), "closed-comments": ("", "<!-- x -->", ""),
    "cdata": ("", "<![CDATA[", ""), "instructions": ("", "<?xml ", ""), "tables": ("", "<table><tr><td>", ""), "bad-tables": ("", "<table><p>x", ""),
    "blockquotes": ("", "<blockquote>", ""), "lists": ("", "<ul><li>", ""), "list-items": ("", "<li>", ""), "fonts": ("", '<font color="red">', ""),
    "links": ("", '<a href="https://garden.example/">', ""), "open-quotes": ("", '<a href="', ""), "formatting": ("", "<b><i><u><s>", ""),
    "closing": ("", "</p>", ""), "closing-divs": ("<div>" * 60, "</div></b></p>", ""), "svg": ("", "<svg><g>", ""), "math": ("", "<math><mi>", ""),
    "selects": ("", "<select><option>", ""), "templates": ("", "<template>", ""), "scripts": ("", "<script>", ""), "titles": ("", "<title>", ""),
    "styles": ("", "<style>", ""), "plaintexts": ("", "<plaintext>", ""), "images": ("", '<img src="cid:a">', ""), "spans": ("", "<span>x</span>", ""),
    "data-pictures": ("", '<img src="data:image/png;base64,iVBORw0KGgo=">', ""), "data-without-end": ("", "'data:image/png;base64,A", ""),
    "line-breaks": ("", "<br>", ""), "paragraphs": ("", "<p>x", ""), "empty-paragraphs": ("", "<p>&nbsp;</p>", ""), "gmail-quotes": ("", "<div class=gmail_quote>", ""),
    "outlook-lists": ("", "<p class=MsoListParagraph style='mso-list:l0 level9 lfo1'>x", ""), "conditional": ("", "<!--[if gte mso 9]>", "<![endif]-->"),
    "o-p": ("", "<o:p>", ""), "headings": ("", "<h1>x", ""), "rules": ("", "<hr>", ""), "pre": ("", "<pre>\n", ""), "one-long-word": ("<p>", "x", ""),
    "markdown": ("", "<markdown>", ""), "ends": ("", "<p>#end</p>", ""), "captions": ("", "<figure><figcaption>", ""), "ruby": ("", "<ruby><rt>", ""),
    "definition-lists": ("", "<dl><dt><dd>", ""), "wide-table": ("<table><tr>", "<td>x", ""), "spanning-table": ("<table><tr>", "<td colspan=99 rowspan=99>x", ""),
    "styles-of-a-tag": ('<p style="', "color:red;", '">x'), "classes": ('<p class="', "x ", '">x'), "addresses": ("", "ben@y.example ", ""), "quotes": ("", "&gt; ", ""),
}  # fmt: skip
TEXT: dict[str, tuple[str, str, str]] = {
    "quotes": ("", ">", ""), "spaced-quotes": ("", "> ", ""), "quoted-lines": ("", "> x\n", ""), "lists": ("", "- ", "x"), "deep-list": ("", "* x\n  ", ""),
    "stars": ("", "*", ""), "starred": ("", "*x ", ""), "underscores": ("", "_x", ""), "brackets": ("", "[", ""), "links": ("", "[a](", ""), "ends-of-links": ("", "](", ""),
    "pictures": ("", "![", ""), "references": ("", "[a]: http://a\n", ""), "backticks": ("", "`", ""), "growing-backticks": ("", "` `` ``` ", ""), "fences": ("", "```\n", ""),
    "tildes": ("", "~", ""), "pipes": ("", "|", ""), "tables": ("| a |\n|---|\n", "| x ", "\n"), "table-heads": ("", "a|b\n-|-\n", ""), "tabs": ("", "\t", "x"),
    "spaces": ("x", " ", "x"), "line-ends": ("x", "\n", "x"), "backslashes": ("", "\\", ""), "less-thans": ("", "<", ""), "angle-links": ("", "<http://a", ""),
    "www": ("", "www.", ""), "dots": ("", "a.", ""), "addresses": ("", "a@", ""), "real-addresses": ("", "a@b.example ", ""), "http": ("", "http://", ""), "slashes": ("", "/", ""),
    "colons": ("", "a:", ""), "entities": ("", "&amp;", ""), "numbers": ("", "1. ", "x"), "hashes": ("", "#", " x"), "headings": ("", "# x\n", ""), "underlines": ("", "x\n===\n", ""),
    "rules": ("", "---\n", ""), "wrote": ("", "On Monday Ben wrote:\n", ""), "half-wrote": ("", "On ", "wrote:"), "originals": ("", "-----Original Message-----\n", ""),
    "headers": ("", "From: Ben\nTo: Ann\nSubject: x\n", ""), "forwards": ("", "---------- Forwarded message ---------\nFrom: Ben\n\n", ""), "delimiters": ("", "-- \n", ""),
    "sent-from": ("", "Sent from my iPhone\n", ""), "ends": ("", "#end\n", ""), "marks": ("", "title: x\n", ""), "many-tags": ("tags: ", "a,", "\n\nx"), "combining": ("x", "\u0301", ""),
    "right-to-left": ("", "\u202e\u05d0", ""), "zero-width": ("", "\u200b", ""), "emoji": ("", "\U0001f468\u200d\U0001f469\u200d", ""), "surrogates": ("", "&#55296;", ""),
    "nulls": ("x", "\0", "x"), "pgp": ("", "-----BEGIN PGP SIGNED MESSAGE-----\n\n", ""), "markdown": ("", "<markdown>\n", ""), "captions": ("", "[image: x]\n", ""),
    "columns": ("", "a   b   c\n", ""), "drawing": ("", "/\\_/|", ""), "faces": ("", "^_^ ", ""), "one-word": ("", "x", ""), "capitals": ("", "A", ""), "digits": ("", "1", ""),
    "formulas": ("", "$x$", ""), "tags": ("", "#a ", ""), "code-python": ("```python\n", "'''", "\n```"), "code-perl": ("```perl\n", "s{{", "\n```"), "code-html": ("```html\n", "<a ", "\n```"),
    "code-c": ("```c\n", "/*", "\n```"), "code-js": ("```js\n", "`${", "\n```"), "code-php": ("```php\n", "<?php <<<A", "\n```"), "code-ruby": ("```ruby\n", "%q{", "\n```"),
}  # fmt: skip
SIZES = {"20kB": 20_000, "100kB": 100_000, "1MB": 1_000_000}


def _filled(before: str, unit: str, after: str, size: int) -> str:
    return before + unit * (size // len(unit.encode())) + after


PAGES: dict[str, Maker] = {
    f"T53-{size}-of-{name}": body(_filled(*html, bytes_), "text/html; charset=utf-8") for name, html in HTML.items() for size, bytes_ in SIZES.items()
} | {
    f"T53-{size}-of-text-{name}": body(_filled(*text, bytes_)) for name, text in TEXT.items() for size, bytes_ in SIZES.items()
}  # fmt: skip
