"""How the watchers that hear our beats are written: what a file says in; whom to tell, and how, out."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from outproof.config.reading import Maker
from outproof.core.errors import Permanent
from outproof.decide.monitoring import BEAT_EVERY_S, BeatStyle, BeatTarget
from outproof.egress.http import checked_url
from outproof.egress.signing import signing_key

# What stands for a variable that is not set: the reader has said so by then, and only a check goes on.
_ANY_URL = "https://not-set.invalid/"
_ANY_SECRET = "whsec_" + "A" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class _BeatText:
    """A URL that is pinged as cron-ping services are, or an `outproof watchdog` with the secret it knows."""

    name: str
    healthchecks: str | None = field(default=None, metadata={"secret": True})
    healthchecks_env: str | None = None
    watchdog: str | None = None
    secret_env: str | None = None
    every_s: float = BEAT_EVERY_S


def _beat(text: _BeatText) -> BeatTarget:
    if not 1 <= text.every_s <= 3_600:
        raise ValueError(f"heartbeat {text.name}: expected every of 1s to 1h, got {text.every_s:g} s")
    if text.watchdog is not None and text.secret_env is not None:
        secret = os.environ.get(text.secret_env) or _ANY_SECRET
        signing_key(secret)
        target = BeatTarget(
            name=text.name, style=BeatStyle.WATCHDOG, url=text.watchdog, secrets=(secret,), every_s=text.every_s
        )
    elif (text.healthchecks is None) != (text.healthchecks_env is None) and text.watchdog is None:
        url = text.healthchecks or os.environ.get(text.healthchecks_env or "") or _ANY_URL
        target = BeatTarget(name=text.name, style=BeatStyle.HEALTHCHECKS, url=url, every_s=text.every_s)
    else:
        raise ValueError(
            f"heartbeat {text.name}: expected `healthchecks` or `healthchecks_env`, or `watchdog` with `secret_env`"
        )
    try:
        checked_url(target.url)
    except Permanent as error:
        raise ValueError(f"heartbeat {text.name}: {error}") from None
    return target


BEAT_MAKER = Maker(_BeatText, _beat)
