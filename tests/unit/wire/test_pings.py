import pytest
from hypothesis import given
from hypothesis import strategies as st

from outproof.wire.pings import Act, Address, BadPing, Ping, PingRefusal, full_path, read, slug

UUID = "31365bce-8da9-4729-8ff3-aaa71d56b712"
RID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
BY_UUID = Address(uuid=UUID)
BY_SLUG = Address(key="op_key", slug="nightly")


@pytest.mark.parametrize(
    ("path", "address", "act", "exit_status"),
    [
        (f"/ping/{UUID}", BY_UUID, Act.SUCCESS, None),
        (f"/ping/{UUID}/", BY_UUID, Act.SUCCESS, None),
        (f"/ping/{UUID.upper()}", BY_UUID, Act.SUCCESS, None),
        (f"/ping/{UUID}/start", BY_UUID, Act.START, None),
        (f"/ping/{UUID}/fail", BY_UUID, Act.FAIL, None),
        (f"/ping/{UUID}/log", BY_UUID, Act.LOG, None),
        (f"/ping/{UUID}/0", BY_UUID, Act.SUCCESS, 0),
        (f"/ping/{UUID}/1", BY_UUID, Act.FAIL, 1),
        (f"/ping/{UUID}/255", BY_UUID, Act.FAIL, 255),
        ("/ping/op_key/nightly", BY_SLUG, Act.SUCCESS, None),
        ("/ping/op_key/nightly/start", BY_SLUG, Act.START, None),
        ("/ping/op_key/nightly/3", BY_SLUG, Act.FAIL, 3),
        ("/ping/op_key/start", Address(key="op_key", slug="start"), Act.SUCCESS, None),
    ],
)
def test_a_healthchecks_address_says_who_is_meant_and_what_happened(
    path: str, address: Address, act: Act, exit_status: int | None
) -> None:
    assert read(path, "") == (address, Ping(act=act, exit_status=exit_status))


@pytest.mark.parametrize(
    ("path", "query", "refusal"),
    [
        (f"/ping/{UUID}/256", "", PingRefusal.BAD_ADDRESS),
        (f"/ping/{UUID}/-1", "", PingRefusal.BAD_ADDRESS),
        (f"/ping/{UUID}/²", "", PingRefusal.BAD_ADDRESS),
        (f"/ping/{UUID}/stop", "", PingRefusal.BAD_ADDRESS),
        (f"/ping/{UUID}/start/now", "", PingRefusal.UNKNOWN),
        (f"/ping/{UUID}", "rid=17", PingRefusal.BAD_RUN_ID),
        (f"/ping/{UUID}", "rid=", PingRefusal.BAD_RUN_ID),
        (f"/ping/{UUID}", "&".join(["a=1"] * 51), PingRefusal.BAD_VALUE),
        ("/ping/op_key", "", PingRefusal.UNKNOWN),
        ("/ping/op_key/nightly/stop", "", PingRefusal.UNKNOWN),
        ("/p/op_key", "", PingRefusal.UNKNOWN),
        ("/p/op_key/nightly/stop", "", PingRefusal.UNKNOWN),
        ("/p/op_key/nightly", "state=done", PingRefusal.BAD_VALUE),
        ("/p/op_key/nightly", "state=run&series=" + "x" * 513, PingRefusal.BAD_RUN_ID),
        ("/p/op_key/nightly", "state=run&series=a%00b", PingRefusal.BAD_RUN_ID),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(path: str, query: str, refusal: PingRefusal) -> None:
    with pytest.raises(BadPing) as refused:
        read(path, query)
    assert refused.value.refusal is refusal


def test_a_run_id_is_one_however_it_is_written() -> None:
    assert read(f"/ping/{UUID}/start", f"rid={RID.upper()}")[1].run == RID
    assert read(f"/ping/{UUID}", f"rid={RID}&create=1")[1] == Ping(act=Act.SUCCESS, run=RID, create=True)


@pytest.mark.parametrize(
    ("query", "ping"),
    [
        ("", Ping(act=Act.SUCCESS)),
        ("state=run&series=b-17", Ping(act=Act.START, run="b-17")),
        ("state=complete&metric=count:4500", Ping(act=Act.SUCCESS, valid=4500)),
        (
            "state=complete&metric=error_count:10&metric=duration:12.5",
            Ping(act=Act.SUCCESS, invalid=10, duration_s=12.5),
        ),
        ("state=fail&status_code=3&msg=out+of+disk", Ping(act=Act.FAIL, exit_status=3, message="out of disk")),
        (
            "state=ok&message=by%20hand&host=web-1&env=eu",
            Ping(act=Act.LOG, message="by hand", details="host web-1, env eu"),
        ),
        ("state=complete&status_code=503", Ping(act=Act.SUCCESS)),
    ],
)
def test_a_cronitor_query_says_the_same_in_its_own_words(query: str, ping: Ping) -> None:
    assert read("/p/op_key/nightly", query) == (BY_SLUG, ping)


def test_a_cronitor_state_may_stand_in_the_path() -> None:
    assert read("/p/op_key/nightly/fail", "")[1].act is Act.FAIL


@pytest.mark.parametrize(
    "metric", ["count:", "count:-1", "count:1.5", "count:1e9", "duration:nan", "duration:1e9", "cpu:4", "x"]
)
def test_a_number_that_is_none_is_counted_and_costs_nobody_the_ping(metric: str) -> None:
    ping = read("/p/op_key/nightly", f"state=complete&metric=count:7&metric={metric}")[1]
    assert (ping.act, ping.unread) == (Act.SUCCESS, 1)


def test_a_bare_uuid_is_routed_as_the_hosted_service_has_it() -> None:
    assert full_path(f"/{UUID}/start") == f"/ping/{UUID}/start"
    assert full_path(f"/{UUID}") == f"/ping/{UUID}"
    assert full_path("/p/key/nightly") == "/p/key/nightly"
    assert [full_path(path) for path in ("/", "/incidents", "/v1/runs", f"/x/{UUID}", f"/{UUID}/a/b")] == [None] * 5


def test_a_name_has_one_form_in_an_address() -> None:
    assert [slug(name) for name in ("Nightly.Digests", "a_b-c", "--x--", "EU/1 daily")] == [
        "nightly-digests",
        "a_b-c",
        "x",
        "eu-1-daily",
    ]


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_path_and_no_query_do_more_than_be_refused(path: str, query: str) -> None:
    for prefix in ("/ping/", "/p/", f"/ping/{UUID}/", "/p/op_key/nightly?"):
        try:
            address, ping = read(prefix + path, query)
        except BadPing:
            continue
        assert address.uuid is None or not (address.key or address.slug)
        assert ping.exit_status is None or 0 <= ping.exit_status <= 255


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["state", "series", "message", "metric", "status_code", "host", "env"]),
            st.sampled_from(["run", "fail", "count:9", "duration:" + "9" * 400, "count:" + "9" * 13, "%ff", "255", ""]),
        )
    )
)
def test_no_cronitor_parameter_does_more_than_be_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        _, ping = read("/p/op_key/nightly", "&".join(f"{key}={value}" for key, value in pairs))
    except BadPing:
        return
    assert ping.valid is None or 0 <= ping.valid <= 10**12
