"""Ways that are known to lead a server's own requests inside, each tried with our probe and with a webhook."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache

import pytest

from outproof.channels.webhook.config import WebhookConfig
from outproof.channels.webhook.send import Webhook
from outproof.contract.evidence import FactValue
from outproof.contract.surface import FileSurface, HttpSurface
from outproof.core.errors import OutproofError
from outproof.core.ids import NoticeId
from outproof.egress.http import GuardedClient
from outproof.probes.file import FileProbe
from outproof.probes.http import HttpProbe
from outproof.prove.file_sight import FileSight
from outproof.prove.http_sight import HttpSight
from outproof.prove.known_facts import Known
from outproof.prove.look import Look
from outproof.prove.surface_reading import sight
from tests.builders import TestClock as Clock
from tests.integration.connections import outside, recorded
from tests.integration.sink import Answer, Sink, running
from tests.unit.channels.wire import a_notification
from tests.unit.respond.findings import NOON

V4 = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.0.0.2
    127.255.255.255 168.63.129.16 169.254.0.1 169.254.42.42 169.254.169.253 169.254.169.254 169.254.170.2
    169.254.255.255 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
    192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1
    255.255.255.255
""".split()
V6 = """
    :: ::1 ::2 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
    64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1::1 2001:10::1
    2001:20::1 2001:db8::1 2002:7f00:1::1 2002:a9fe:a9fe::1 2002:c0a8:1::1 3fff::1 4000::1 5f00::1 fc00::1
    fd00:ec2::254 fd20:ce::254 fe80::1 fe80::a9fe:a9fe fec0::1 ff02::1 ff0e::1
""".split()
SPELLED = """
    2130706433 2852039166 0x7f000001 0x7F.0x0.0x0.0x1 0xa9fea9fe 0177.0.0.1 00000177.0.0.1 017700000001
    0251.0376.0251.0376
    127.1 127.0.1 10.1 0 0x0 0x 127.0.0.1. 169.254.169.254. 1.2.3.4.5 256.256.256.256 127.0.0.1.0x1 0x7f.1 0x7f.1. 1e3
""".split()
WRITTEN = [
    "http://user@127.0.0.1/",
    "http://user:secret@127.0.0.1/",
    "http://allowed.example@127.0.0.1/",
    "http://allowed.example:80@127.0.0.1/",
    "http://127.0.0.1@allowed.example/",
    "http://allowed.example\\@127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http:/\\127.0.0.1/",
    "http:///127.0.0.1/",
    "http:127.0.0.1/",
    "//127.0.0.1/",
    "http://127.0.0.1\t/",
    "http://127.0.0.1\r\nHost: allowed.example/",
    "http://allowed.example\n127.0.0.1/",
    "http:// 127.0.0.1/",
    "http://127.0.0.1 /",
    "http://allowed.example\0.127.0.0.1/",
    "http://127%2e0%2e0%2e1/",
    "http://%31%32%37.0.0.1/",
    "http://127\u30020\u30020\u30021/",
    "http://127\uff0e0\uff0e0\uff0e1/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/",
    "http://loc\u00adalhost/",
    "http://localhos\u200dt/",
    "http://b\u00fccher.internal/",
    "http://allowed.example\uff0f@127.0.0.1/",
    "http://allowed.example\uff1f.127.0.0.1/",
    "http://[::1%25lo]/",
    "http://[::1%lo]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1/",
    "http://::1/",
    "http://[[::1]]/",
    "http://[127.0.0.1]/",
    "http://[v1.127]/",
    "http://[::ffff:127.0.0.1%1]/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:-1/",
    "http://127.0.0.1:80:80/",
    "http://127.0.0.1:port/",
    "http://127.0.0.1:22/",
    "http://127.0.0.1:6379/",
    "http://127.0.0.1:/",
    "http://-/",
    "http://./",
    "http://../",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://localhost.localdomain/",
    "http://foo.localhost/",
    "http://metadata/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://instance-data/latest/meta-data/",
    "http://127.0.0.1.nip.io/",
    "http://kubernetes.default.svc/",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stats",
    "ldap://127.0.0.1/",
    "tftp://127.0.0.1/a",
    "sftp://127.0.0.1/a",
    "ssh://127.0.0.1/",
    "ws://127.0.0.1/",
    "unix:/var/run/docker.sock",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "http://unix:/var/run/docker.sock:/info",
    "jar:http://127.0.0.1!/",
    "netdoc:///etc/passwd",
    "data:text/plain,x",
    "javascript:alert(1)",
    "view-source:http://127.0.0.1/",
    "HTTP://127.0.0.1/",
    "hTtPs://127.0.0.1/",
]
ADDRESSES = [*V4, *(f"[{address}]" for address in V6)]
URLS = [
    *(f"{scheme}://{address}/" for address in ADDRESSES for scheme in ("http", "https")),
    *(f"http://{host}/" for host in SPELLED),
    *WRITTEN,
]
FILES = [
    "http://127.0.0.1/a",
    "https://169.254.169.254/latest/meta-data/",
    "ftp://127.0.0.1/a",
    "sftp://127.0.0.1/a",
    "ssh://127.0.0.1/a",
    "smb://127.0.0.1/share/a",
    "webhdfs://127.0.0.1:9870/a",
    "hdfs://127.0.0.1/a",
    "github://org:repo@/a",
    "gitlab://127.0.0.1/a",
    "git://127.0.0.1/a",
    "jupyter://127.0.0.1:8888/a",
    "hf://datasets/a",
    "dbfs://127.0.0.1/a",
    "zip://a::http://127.0.0.1/a.zip",
    "tar://a::ftp://127.0.0.1/a.tar",
    "simplecache::http://127.0.0.1/a",
    "filecache::ftp://127.0.0.1/a",
    "blockcache::https://169.254.169.254/",
    "reference://::http://127.0.0.1/a",
    "s3://bucket/a::http://127.0.0.1/a",
    "memory://a",
    "data:,a",
    "unix:///var/run/docker.sock",
    "//127.0.0.1/share/a",
    "\\\\127.0.0.1\\share\\a",
    "file://127.0.0.1/etc/passwd",
    "file:///etc/passwd",
    "/etc/passwd",
    "/proc/self/environ",
    "/var/run/docker.sock",
    "/out/../etc/passwd",
]
INTERNAL = "127.0.0.1"
EVIDENCE = [
    "@127.0.0.1/",
    "//127.0.0.1/",
    "\\\\127.0.0.1\\",
    "/../../admin",
    "%2e%2e%2fadmin",
    "..",
    ".",
    "#@127.0.0.1/",
    "?x=http://127.0.0.1/",
    "\r\nHost: 127.0.0.1\r\n\r\nGET / HTTP/1.1",
    "http://127.0.0.1/",
    ":80@127.0.0.1/",
]


class Dns:
    """A resolver that gives the addresses a test says, one answer after the other, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Sequence[str]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


DNS = Dns()


@cache
def probe(allow: tuple[str, ...]) -> HttpProbe:
    return HttpProbe(allow, resolver=DNS, timeout_s=60)


@cache
def client(allow: tuple[str, ...]) -> GuardedClient:
    return GuardedClient(allow, 60, 1_024, resolver=DNS)


def probed(url: str, *allow: str, facts: Mapping[str, FactValue] | None = None) -> Look | None:
    """What our probe saw; None: the surface was refused as it was declared, or could not be looked for."""
    try:
        found = sight(HttpSurface(url=url), Known(facts=facts or {}))
    except ValueError:
        return None
    return probe(allow).look(found) if isinstance(found, HttpSight) else None


def told(url: str, *allow: str) -> None:
    """Tell a webhook of an incident, unless its URL is refused as it is declared."""
    try:
        config = WebhookConfig("pager", url, ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",))
    except ValueError:
        return
    Webhook(config, client(allow), "https://outproof.example/").send(NoticeId("msg_1"), a_notification(), NOON)


def requested(url: str, *allow: str) -> None:
    """Use the guarded client itself, past what declarations refuse."""
    with suppress(OutproofError):
        client(allow).request("GET", url)


WAYS: list[Callable[..., object]] = [probed, told, requested]


@pytest.fixture(autouse=True)
def names_lead_inside() -> None:
    """The worst that DNS, or a libc that reads odd numbers, can do."""
    DNS.answers = [[INTERNAL]]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as sink:
        yield sink


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(set(URLS)) + len(FILES) + len(EVIDENCE) >= 250


def test_a_connection_that_is_made_is_recorded(sink: Sink) -> None:
    with recorded() as seen:
        look = probed(f"http://127.0.0.1:{sink.port}/", "127.0.0.0/8")
    assert look is not None
    assert look.passed
    assert outside(seen) == [("127.0.0.1", sink.port)]
    assert outside(seen, ("127.0.0.1", sink.port)) == []


@pytest.mark.parametrize("url", URLS, ids=ascii)
def test_no_spelling_of_an_inner_place_is_connected_to(url: str) -> None:
    with recorded() as seen:
        for way in WAYS:
            way(url)
    assert seen == []


@pytest.mark.parametrize("address", [*V4, *V6])
def test_no_name_that_leads_inside_is_connected_to(address: str) -> None:
    with recorded() as seen:
        for answers in ([address], ["93.184.216.34", address]):
            DNS.answers = [answers]
            for way in WAYS:
                way("http://app.example/")
                way("https://app.example/")
    assert seen == []


OWN = """10. 100. 127. 172. 192.168. fc fd ::ffff:127 ::ffff:7f00 ::ffff:10. 64:ff9b::127 64:ff9b::10.""".split()


@pytest.mark.parametrize("address", [each for each in (*V4, *V6) if each != "::1" and not each.startswith(tuple(OWN))])
def test_a_name_that_is_allowed_may_lead_to_own_networks_but_never_to_these(address: str) -> None:
    DNS.answers = [[address]]
    with recorded() as seen:
        for way in WAYS:
            way("http://app.internal/", "app.internal")
    assert seen == []


@pytest.mark.parametrize("way", WAYS)
def test_a_name_that_changes_its_mind_is_checked_each_time(sink: Sink, way: Callable[..., object]) -> None:
    DNS.answers = [["127.0.0.1"], ["169.254.169.254"]]
    with recorded() as seen:
        for _ in range(3):
            way(f"http://app.internal:{sink.port}/", "app.internal")
    assert seen == [("127.0.0.1", sink.port)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/",
        "//10.0.0.1/",
        "http://[::1]:1/",
        "http://localhost:1/",
        "/elsewhere",
        "unix:/a",
        "file:///etc/passwd",
    ],
)
def test_no_redirect_is_followed(sink: Sink, status: int, location: str) -> None:
    for way in WAYS:
        sink.script("/", Answer(status, {"Location": location}))
        with recorded() as seen:
            way(f"http://127.0.0.1:{sink.port}/", "127.0.0.1")
        assert outside(seen, ("127.0.0.1", sink.port)) == []
    assert {received.path for received in sink.received} == {"/"}


@pytest.mark.parametrize("value", EVIDENCE, ids=ascii)
def test_evidence_chooses_a_page_never_a_machine(sink: Sink, value: str) -> None:
    url = f"http://127.0.0.1:{sink.port}/digests/{{batch_id}}.json"
    with recorded() as seen:
        probed(url, "127.0.0.1", facts={"batch_id": value})
    assert outside(seen, ("127.0.0.1", sink.port)) == []
    for received in sink.received:
        assert received.path.startswith("/digests/")
        assert received.path.count("/") == 2
        assert received.headers["host"] == f"127.0.0.1:{sink.port}"


@pytest.mark.parametrize("url", FILES, ids=ascii)
def test_no_file_is_read_over_the_network_nor_where_nobody_allowed(url: str) -> None:
    with recorded() as seen:
        try:
            found = sight(FileSurface(url=url), Known())
        except ValueError:
            found = None
        look = FileProbe(["/out"], Clock()).look(found) if isinstance(found, FileSight) else None
    assert seen == []
    assert look is None or look.passed is None


def test_proxies_of_the_environment_are_not_used(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{sink.port}")
    with recorded() as seen:
        for way in WAYS:
            way("http://app.example/")
            way("https://app.example/")
    assert (seen, sink.connections) == ([], 0)


@pytest.mark.parametrize(
    ("host", "allow"),
    [
        ("127.0.0.1", ["127.0.0.0/8"]),
        ("127.0.0.1", ["127.0.0.1"]),
        ("app.internal", ["app.internal"]),
        ("APP.internal.", ["App.Internal"]),
        ("app.internal", ["127.0.0.0/8"]),
    ],
)
def test_an_inner_place_that_is_allowed_is_reached(sink: Sink, host: str, allow: list[str]) -> None:
    look = probed(f"http://{host}:{sink.port}/", *allow)
    assert look is not None
    assert look.passed, look
    told(f"http://{host}:{sink.port}/", *allow)
    assert sink.connections == 2
