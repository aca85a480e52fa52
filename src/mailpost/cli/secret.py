"""secret: what a secret address is made of."""

from base64 import b32encode
from secrets import token_bytes

from rich.markup import escape

from mailpost.cli.shared import app, config, out


@app.command()
def secret() -> None:
    """Make a secret for a secret address, and say where it goes; nothing is changed."""
    made = b32encode(token_bytes(15)).decode().lower()  # 120 bits
    blogs = config().blogs
    out.print(f"[bold]{made}[/]")
    out.print("Add it to `secrets` of an \\[\\[author]] whose `require` is secret, both or either.", soft_wrap=True)
    out.print("That author then writes to", soft_wrap=True)
    for blog in blogs:
        out.print("  " + escape(min(blog.addresses).replace("@", f"+{made}@")), soft_wrap=True)
    out.print("Only its owner may read a file with a secret in it: chmod 600.", soft_wrap=True)
    out.print("Old and new secrets work side by side until you take the old one out.", soft_wrap=True)
