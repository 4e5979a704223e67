"""For `make up`: everything secret that docker-compose.yml wants, made once, one file each in secrets/.

The folder is for its owner only; the files in it can be read by the containers' users, who get just their own.
"""

import base64
import secrets
import sys
from pathlib import Path

SERVICES = ("ingest", "classify", "notify", "respond")
FOLDER = Path(__file__).resolve().parents[1] / "secrets"


def make(folder: Path) -> list[str]:
    """Write what is missing; what is there stays. Returns the names that are new."""
    folder.mkdir(mode=0o700, exist_ok=True)
    passwords = {name: _kept(folder / f"{name}_password", secrets.token_urlsafe(24)) for name in (*SERVICES, "owner")}
    redis = _kept(folder / "redis_password", secrets.token_urlsafe(24))
    wanted = {
        "webhook_secrets": _webhook_secret(),
        "author_key_secret": secrets.token_urlsafe(32),
        "action_link_secret": secrets.token_urlsafe(32),
        "respond_api_token": secrets.token_urlsafe(32),
        "channel_webhook_secret": _webhook_secret(),
        "work_order_webhook_secret": _webhook_secret(),
        "work_order_answers_secret": _webhook_secret(),
        # What others give out: empty, and so not in use, until somebody writes them.
        "smtp_password": "",
        "imap_password": "",
        "apprise_urls": "{}",
        "grafana_password": secrets.token_urlsafe(24),
        "redis_url": f"redis://:{redis}@redis:6379/0",
        "redis.conf": f"requirepass {redis}\n",
        "database_admin_url": f"postgresql://postgres:{passwords['owner']}@postgres:5432/amends",
    }
    for service in SERVICES:
        wanted[f"database_url_{service}"] = f"postgresql://amends_{service}:{passwords[service]}@postgres:5432/amends"
    new = [name for name in wanted if not (folder / name).exists()]
    for name in new:
        _kept(folder / name, wanted[name])
    return new


def _kept(path: Path, fresh: str) -> str:
    if not path.exists():
        path.write_text(fresh, "utf-8")
        path.chmod(0o644)
    return path.read_text("utf-8")


def _webhook_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


if __name__ == "__main__":
    made = make(FOLDER)
    sys.stdout.write(f"secrets/: {len(made)} new files\n")
