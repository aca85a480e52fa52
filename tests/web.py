"""Real web servers for one test: own folder, own port, with the files of contrib/web; gone afterwards."""

import contextlib
import grp
import http.client
import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailpost import serve
from tests.dovecot import free_ports, listens

CONTRIB = Path(__file__).parents[1] / "contrib" / "web"
PATIENCE = 20.0  # seconds
MODULES = ("mpm_event", "authz_core", "unixd", "mime", "dir", "headers", "alias", "autoindex", "negotiation")


@dataclass(frozen=True, slots=True)
class Answer:
    """Names of headers are in lower case; one that came twice is joined by a comma."""

    status: int
    headers: dict[str, str]
    body: bytes


@contextlib.contextmanager
def serving(name: str, site: Path) -> Iterator[int]:
    """The port on which a server of this name shows a folder; readable by everybody, since it may run as nobody."""
    if name == "serve":
        with serve.server(site, 0) as pages:
            threading.Thread(target=pages.serve_forever, args=[0.05], daemon=True).start()
            yield pages.server_address[1]
            pages.shutdown()
        return
    base = Path(tempfile.mkdtemp(prefix="web-", dir="/tmp"))
    base.chmod(0o755)
    (port,) = free_ports(1)
    try:
        with _running(name, STARTS[name](base, site, port), base, port):
            yield port
    finally:
        shutil.rmtree(base, ignore_errors=True)


def ask(port: int, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        found: dict[str, str] = {}
        for key, value in answer.getheaders():
            found[key.lower()] = f"{found[key.lower()]}, {value}" if key.lower() in found else value
        return Answer(answer.status, found, answer.read())


@contextlib.contextmanager
def _running(name: str, command: list[str], base: Path, port: int) -> Iterator[None]:
    said = base / "said"
    environment = os.environ | {"HOME": str(base), "XDG_DATA_HOME": str(base), "XDG_CONFIG_HOME": str(base)}
    with said.open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE
        while not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start:\n{said.read_text()}")
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _nginx(base: Path, site: Path, port: int) -> list[str]:
    ours = _edited("nginx.conf", {"listen 80;": f"listen 127.0.0.1:{port};", "/srv/mailpost/site": str(site)})
    nobody = pwd.getpwnam("nobody")
    user = f"user nobody {grp.getgrgid(nobody.pw_gid).gr_name};\n" if os.geteuid() == 0 else ""
    paths = "".join(
        f"{part}_temp_path {base}/{part};\n" for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = f"daemon off;\n{user}pid {base}/pid;\nerror_log stderr;\nevents {{ }}\nhttp {{\naccess_log off;\n{paths}{ours}\n}}\n"
    (base / "nginx.conf").write_text(text)
    return [program("nginx"), "-c", str(base / "nginx.conf"), "-e", "stderr"]


def _caddy(base: Path, site: Path, port: int) -> list[str]:
    ours = _edited("Caddyfile", {"blog.example.org {": f"http://127.0.0.1:{port} {{", "/srv/mailpost/site": str(site)})
    (base / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + ours)
    return [program("caddy"), "run", "--config", str(base / "Caddyfile"), "--adapter", "caddyfile"]


def _apache(base: Path, site: Path, port: int, *, beside: bool = False) -> list[str]:
    """With our file in its configuration or, `beside` the pages, as .htaccess."""
    modules = next((f for f in map(Path, ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules")) if f.is_dir()), None)
    if modules is None:
        pytest.skip("the modules of Apache are not installed (apt-get install apache2-bin)")
    files = {name: modules / f"mod_{name}.so" for name in MODULES}
    loaded = [
        f"LoadModule {name}_module {file}" for name, file in files.items() if file.exists()
    ]  # others are built in
    ours = CONTRIB / "apache.conf"
    user = ["User nobody", f"Group #{pwd.getpwnam('nobody').pw_gid}"] if os.geteuid() == 0 else []
    if beside:
        shutil.copy(ours, site / ".htaccess")
    (base / "types").touch()
    lines = [
        *(f"ServerRoot {base}", f"Listen 127.0.0.1:{port}", "ServerName blog.example", f"PidFile {base}/pid"),
        *(*loaded, *user, f"DefaultRuntimeDir {base}", "ErrorLog /dev/stderr", f"TypesConfig {base}/types"),
        *(f"DocumentRoot {site}", f"<Directory {site}>", "Require all granted", "Options Indexes FollowSymLinks"),
        *("AllowOverride All" if beside else f"AllowOverride None\nInclude {ours}", "</Directory>"),
    ]
    (base / "httpd.conf").write_text("\n".join(lines) + "\n")
    return [program("apache2", "httpd"), "-f", str(base / "httpd.conf"), "-D", "FOREGROUND"]


def _htaccess(base: Path, site: Path, port: int) -> list[str]:
    return _apache(base, site, port, beside=True)


STARTS: dict[str, Callable[[Path, Path, int], list[str]]] = {
    "nginx": _nginx,
    "caddy": _caddy,
    "apache": _apache,
    "htaccess": _htaccess,
}
PACKAGES = {"nginx": "nginx-light", "caddy": "caddy", "apache2": "apache2-bin"}


def program(*names: str) -> str:
    """Where a program is; a person's PATH often leaves /usr/sbin out. Skips the test that needs it."""
    places = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
    found = next((path for name in names if (path := shutil.which(name, path=places))), None)
    if found is None:
        pytest.skip(f"{names[0]} is not installed (apt-get install {PACKAGES[names[0]]})")
    return found


def _edited(name: str, changes: dict[str, str]) -> str:
    """A file of contrib/web as an operator would change it."""
    text = (CONTRIB / name).read_text()
    for old, new in changes.items():
        assert text.count(old) == 1, f"{name} says “{old}” {text.count(old)} times"
        text = text.replace(old, new)
    return text
