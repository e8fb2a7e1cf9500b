"""Texts with planted secrets of each class, ways to hide them, and texts that only look like secrets: all seeded."""

from __future__ import annotations

import base64
import json
import random
import string
import urllib.parse
import uuid
from collections.abc import Callable

from outproof.scrub import checksums

Draw = random.Random
LETTERS = string.ascii_letters + string.digits

_FRAMES = (
    "Please look into {} for me.",
    "The user wrote: {}",
    "{} came up twice today, and nobody answered.",
    "error while sending to {} (try 3)",
    "({}) was what the form said",
)


def digits(draw: Draw, count: int) -> str:
    return "".join(draw.choice(string.digits) for _ in range(count))


def taken(draw: Draw, count: int, alphabet: str = LETTERS) -> str:
    return "".join(draw.choice(alphabet) for _ in range(count))


def until(made: Callable[[], str], valid: Callable[[str], bool]) -> str:
    """The first one made that is valid."""
    while not valid(text := made()):
        pass
    return text


def email(draw: Draw) -> str:
    name = draw.choice(("maya.lopez", "j_smith", "ana+orders", "o'brien", "x", "kim-lee99"))
    return f"{name}@{draw.choice(('example.com', 'mail.example.co.uk', 'shop-1.example.org', 'firma.de'))}"


def card(draw: Draw) -> str:
    start, length = draw.choice((("4", 16), ("51", 16), ("37", 15), ("6011", 16), ("3530", 16), ("36", 14), ("4", 13)))
    number = until(lambda: start + digits(draw, length - len(start)), checksums.card)
    mark = draw.choice(("", " ", "-"))
    return mark.join(number[at : at + 4] for at in range(0, length, 4))


def iban(draw: Draw) -> str:
    country, length = draw.choice((("DE", 18), ("NL", 14), ("ES", 20), ("PL", 24), ("BE", 12), ("AT", 16)))
    bank = "ABNA" if country == "NL" else ""
    rest = digits(draw, length - len(bank))
    check = 98 - int("".join(str(int(each, 36)) for each in bank + rest + country + "00")) % 97
    whole = f"{country}{check:02d}{bank}{rest}"
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4)) if draw.random() < 0.5 else whole


def phone(draw: Draw) -> str:
    area, middle, last = draw.randrange(201, 990), draw.randrange(200, 999), digits(draw, 4)
    return draw.choice(
        (
            f"+1 {area} {middle} {last}",
            f"+1-{area}-{middle}-{last}",
            f"({area}) {middle}-{last}",
            f"{area}-{middle}-{last}",
            f"{area}.{middle}.{last}",
            f"+44 20 7{digits(draw, 3)} {last}",
            f"+49 171 {digits(draw, 7)}",
            f"+336{digits(draw, 8)}",
            f"call me on 0{digits(draw, 2)} {digits(draw, 3)} {last}",
            f"phone: {digits(draw, 10)}",
        )
    )


def ssn(draw: Draw) -> str:
    return f"{draw.randrange(1, 665):03d}-{draw.randrange(1, 99):02d}-{draw.randrange(1, 9999):04d}"


def ip_address(draw: Draw) -> str:
    public = (
        f"{draw.choice((58, 81, 93, 203, 212))}.{draw.randrange(40, 255)}.{draw.randrange(256)}.{draw.randrange(256)}"
    )
    six = ":".join(("2001", "db8", *(f"{draw.randrange(1, 65536):x}" for _ in range(6))))
    return draw.choice(
        (public, f"client_ip=10.0.{draw.randrange(256)}.7", six, f"2a02:8109:{draw.randrange(4096):x}::1")
    )


def national_id(draw: Draw) -> str:
    day, month = draw.randrange(1, 28), draw.randrange(1, 12)
    return draw.choice(
        (
            lambda: until(lambda: digits(draw, 8) + draw.choice("TRWAGMYFPDXBNJZSQVHLCKE"), checksums.spanish_id),
            lambda: until(
                lambda: f"{taken(draw, 6, 'BCDFGLMNPRST')}{digits(draw, 2)}A{day:02d}F205{taken(draw, 1, 'ABCDEFGH')}",
                checksums.italian_code,
            ),
            lambda: until(lambda: "{}{}{}.{}{}{}.{}{}{}-{}{}".format(*digits(draw, 11)), checksums.cpf),
            lambda: until(
                lambda: f"{draw.randrange(40, 99)}{month:02d}{day:02d}-{digits(draw, 4)}", checksums.swedish_id
            ),
            lambda: until(lambda: f"S{digits(draw, 7)}{taken(draw, 1, 'ABCDEFGHIZJ')}", checksums.singapore_id),
            lambda: until(
                lambda: f"{draw.randrange(2, 9)}{digits(draw, 3)} {digits(draw, 4)} {digits(draw, 4)}",
                checksums.verhoeff,
            ),
            lambda: f"AB {digits(draw, 2)} {digits(draw, 2)} {digits(draw, 2)} C",
            lambda: (
                f"{taken(draw, 3, string.ascii_uppercase)}P{taken(draw, 1, string.ascii_uppercase)}{digits(draw, 4)}Z"
            ),
            lambda: "PESEL " + until(lambda: digits(draw, 11), checksums.pesel),
            lambda: "NHS number " + until(lambda: digits(draw, 10), checksums.nhs),
        )
    )()


def api_key(draw: Draw) -> str:
    return draw.choice(
        (
            f"sk-proj-{taken(draw, 48)}",
            f"sk-ant-api03-{taken(draw, 93)}AA",
            f"sk-or-v1-{taken(draw, 64, '0123456789abcdef')}",
            f"gsk_{taken(draw, 52)}",
            f"hf_{taken(draw, 34, string.ascii_letters)}",
            f"AKIA{taken(draw, 16, string.ascii_uppercase + '234567')}",
            f"AIza{taken(draw, 35)}",
            f"ghp_{taken(draw, 36)}",
            f"glpat-{taken(draw, 20)}",
            f"xoxb-{digits(draw, 12)}-{digits(draw, 12)}-{taken(draw, 24)}",
            f"sk_live_{taken(draw, 24)}",
            f"npm_{taken(draw, 36)}",
            f"sk-lf-{uuid.UUID(int=draw.getrandbits(128))}",
            f"lsv2_pt_{taken(draw, 32, '0123456789abcdef')}_{taken(draw, 10, '0123456789abcdef')}",
        )
    )


def token(draw: Draw) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    said = base64.urlsafe_b64encode(json.dumps({"sub": digits(draw, 9), "n": taken(draw, 9)}).encode()).decode()
    return f"{head}.{said.rstrip('=')}.{taken(draw, 43)}"


def private_key(draw: Draw) -> str:
    kind = draw.choice(("RSA ", "EC ", "OPENSSH ", ""))
    return f"-----BEGIN {kind}PRIVATE KEY-----{taken(draw, 200)}-----END {kind}PRIVATE KEY-----"


def credentials(draw: Draw) -> str:
    return (
        f"{draw.choice(('postgres', 'https', 'redis'))}://{taken(draw, 5).lower()}:{taken(draw, 12)}@db.example.com/x"
    )


def password(draw: Draw) -> str:
    word = draw.choice(("password", "PASSWORD", "passwd", "db_password", "userPassword"))
    return draw.choice((f"{word}={taken(draw, 12)}", f'"{word}": "{taken(draw, 10)}"', f"{word}: {taken(draw, 9)}"))


def secret(draw: Draw) -> str:
    word = draw.choice(("api_key", "client_secret", "AWS_SECRET_ACCESS_KEY", "accessToken", "auth-token"))
    return f"{word}{draw.choice(('=', ': '))}{taken(draw, 8)}{digits(draw, 2)}{taken(draw, 14)}"


def order_id(draw: Draw) -> str:
    return draw.choice(
        (
            f"order #{draw.choice('ABC')}{digits(draw, 5)}",
            f"order {digits(draw, 8)}",
            f"order number: {digits(draw, 7)}",
            f"invoice no. INV-{digits(draw, 6)}",
            f"tracking number 1Z{digits(draw, 10)}",
            f"#{draw.choice('XYZ')}{digits(draw, 4)}",
        )
    )


STRUCTURED: dict[str, Callable[[Draw], str]] = {
    "EMAIL": email,
    "CARD": card,
    "IBAN": iban,
    "PHONE": phone,
    "US_SSN": ssn,
    "NATIONAL_ID": national_id,
    "IP_ADDRESS": ip_address,
    "API_KEY": api_key,
    "TOKEN": token,
    "PRIVATE_KEY": private_key,
    "CREDENTIALS": credentials,
    "PASSWORD": password,
    "SECRET": secret,
    "ORDER_ID": order_id,
}
"""A maker of secrets for each class that is told by its form."""


def framed(draw: Draw, planted: str) -> str:
    return draw.choice(_FRAMES).format(planted)


HIDDEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON escapes": lambda text: json.dumps(text).replace("@", "\\u0040").replace("-", "\\u002d"),
    "URL escapes": urllib.parse.quote,
    "HTML entities": lambda text: text.replace("@", "&#64;").replace("-", "&#x2d;").replace(" ", "&nbsp;"),
    "other dashes and spaces": lambda text: text.replace("-", "\u2011").replace(" ", "\u00a0"),
    "full width": lambda text: "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text),
    "invisible characters": lambda text: "\u200b".join(text),
    "base 64": lambda text: base64.b64encode(text.encode()).decode(),
}
"""The ways a secret may be written so that a pattern alone would miss it."""


def cores(planted: str) -> list[str]:
    """The parts of a planted text that must not be seen afterwards: its long runs of letters and digits."""
    runs = "".join(each if each.isalnum() else " " for each in planted).split()
    return [run for run in runs if len(run) >= 4 and any(map(str.isdecimal, run))]


HARMLESS: dict[str, Callable[[Draw], str]] = {
    "UUID": lambda draw: f"request {uuid.UUID(int=draw.getrandbits(128))} took 12 ms",
    "hash": lambda draw: f"commit {taken(draw, 40, '0123456789abcdef')} of main",
    "version": lambda draw: (
        f"upgraded to {draw.randrange(9)}.{draw.randrange(30)}.{draw.randrange(30)}.{draw.randrange(20)}"
    ),
    "time": lambda draw: f"at 2026-11-{draw.randrange(10, 29)}T03:{draw.randrange(10, 59)}:00.{digits(draw, 6)}Z",
    "epoch": lambda draw: f"started_at {draw.randrange(1_700_000_000_000, 1_800_000_000_000)} done",
    "date": lambda draw: f"delivered on {draw.randrange(1, 28):02d}/{draw.randrange(1, 12):02d}/2026, not before",
    "ISBN": lambda draw: f"see ISBN 978-{draw.randrange(10)}-{digits(draw, 4)}-{digits(draw, 4)}-{draw.randrange(10)}",
    "price": lambda draw: (
        f"costs {draw.randrange(1, 99)},{digits(draw, 3)}.{digits(draw, 2)} EUR for {digits(draw, 3)} units"
    ),
    "counts": lambda draw: (
        f"input_tokens={draw.randrange(10, 99999)} output_tokens={draw.randrange(10, 9999)} total={digits(draw, 6)}"
    ),
    "response id": lambda draw: f"response chatcmpl-{taken(draw, 29)} was empty",
    "model": lambda draw: f"model gpt-4o-mini-2024-{draw.randrange(1, 12):02d}-{draw.randrange(1, 28):02d} answered",
    "snowflake": lambda draw: f"event {draw.randrange(10**17, 2 * 10**17)} was dropped",
    "path": lambda draw: (
        f"wrote /var/data/run-{digits(draw, 6)}/part-{digits(draw, 5)}.parquet in {digits(draw, 3)} ms"
    ),
    "prose": lambda draw: (
        f"The key to the {draw.choice(('house', 'cipher'))} is the token of trust; call it a pass: {digits(draw, 2)}"
    ),
    "private network": lambda draw: (
        f"bound to 10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(256)} port 4318"
    ),
    "mentions": lambda draw: f"ping @{taken(draw, 8).lower()} about v{draw.randrange(9)}.{draw.randrange(9)} and a@b",
}
"""Texts that hold nothing of the kind and look as if they did."""
