import pytest

from outproof.egress.http import Refused, checked_url

TWO_READINGS = [
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://127.0.0.1./",
    "http://0x/",
    "http://1.2.3.4.5/",
    "https://user:secret@example.com/",
    "https://@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com\\@127.0.0.1/",
    "https:\\\\127.0.0.1/",
    "https://exa mple.com/",
    "https://example.com/\r\nHost: evil",
    "https://example.com/\t",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://ex\u00e4mple.com/",
    "https://example\u3002com/",
    "https://\u2460\u2461\u2466.0.0.1/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[::1/",
    "https://[nonsense]/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:port/",
    "https://-example.com/",
    "https://exam%70le.com/",
    "https:///path",
    "https://",
    "//example.com/",
    "example.com",
    "",
    "file:///etc/passwd",
    "gopher://example.com/",
    "ftp://example.com/",
    "dict://127.0.0.1:11211/",
    "jar:http://example.com!/",
    "javascript:alert(1)",
    "data:text/plain,x",
    "unix:/var/run/docker.sock",
    "https://example.com/" + "a" * 3_000,
]


@pytest.mark.parametrize("url", TWO_READINGS)
def test_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        checked_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/services/T0/B0/x",
        "https://xn--exmple-cua.com/",
        "http://10.0.0.1:8080/a?b=c%20d#e",
        "https://[2606:4700::1111]:8443/",
        "https://a_b.example.com./",
        "HTTPS://EXAMPLE.COM/",
    ],
)
def test_a_plain_url_is_accepted(url: str) -> None:
    assert checked_url(url).hostname


def test_a_refusal_does_not_repeat_the_url_because_it_may_be_the_secret() -> None:
    with pytest.raises(Refused) as refused:
        checked_url("https://hooks.example.com/T0/B0/very secret")
    assert "very" not in str(refused.value)
