"""What keeps people from being told, or not told, as was meant: declared values in, remarks about them out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from outproof.channels.alertmanager.config import AlertmanagerConfig
from outproof.channels.apprise.config import AppriseConfig
from outproof.channels.declared import ChannelConfig
from outproof.channels.email.config import EmailConfig
from outproof.channels.pagerduty.config import PagerDutyConfig
from outproof.config.declared import Declared
from outproof.core.nearest import hint
from outproof.decide.matcher import Matcher, all_match
from outproof.decide.policy import Policy
from outproof.egress.address import AllowList, allow_list, refusal
from outproof.respond.inhibition import Inhibitor

_INNER_ENDINGS = (".internal", ".local", ".localhost", ".lan", ".home.arpa", ".intranet", ".corp")


def of_channels(declared: Declared) -> Iterator[tuple[ChannelConfig, str]]:
    """Channels whose requests our own guard will refuse."""
    allowed = allow_list(declared.egress.allow)
    for channel in declared.channels:
        for url in _targets(channel):
            why_not = refused(url, allowed)
            if why_not is not None:
                host, meaning = why_not
                said = f"channel {channel.name}: nothing will be sent to {host}, because it is {meaning}"
                yield channel, f"{said}: add it under `egress: {{allow: […]}}`"


def of_inhibitors(declared: Declared) -> Iterator[tuple[Inhibitor, str]]:
    """Inhibitors whose source is the name of nothing that is declared."""
    for inhibitor in declared.inhibit:
        if not _may_match(inhibitor.source, declared):
            source = ", ".join(map(str, inhibitor.source))
            meant = "".join(_meant(matcher, declared) for matcher in inhibitor.source)
            yield inhibitor, f"inhibit {inhibitor.name}: no policy and no promise fulfils its source {source}{meant}"


def refused(url: str, allowed: AllowList) -> tuple[str, str] | None:
    """The host, and why a request would be refused, as far as the URL alone tells; nothing is resolved."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if allowed.names(host):
        return None
    try:
        meaning = refusal(ip_address(host), host, allowed)
    except ValueError:
        meaning = "internal, by its name" if "." not in host or host.endswith(_INNER_ENDINGS) else None
    if meaning is None and parts.scheme == "http":
        meaning = "reached over plain http"
    return None if meaning is None else (host, meaning)


def _targets(channel: ChannelConfig) -> Sequence[str]:
    """Where a channel's requests go. What Apprise sends goes out past our guard."""
    match channel:
        case AlertmanagerConfig():
            return channel.urls
        case AppriseConfig():
            return ()
        case EmailConfig():
            return (f"smtp://{channel.relay.host}",)
        case PagerDutyConfig():
            return (channel.events_url,)
        case _:
            return (channel.url,)


def _may_match(source: Sequence[Matcher], declared: Declared) -> bool:
    """Whether anything that is declared may become an incident with these labels; or what names neither."""
    others: Mapping[str, str] = {"policy": "", "promise": ""}
    known = [others, *map(_labels, declared.policies)]
    known += [{"policy": "", "promise": promise.name} for promise in declared.promises]
    return any(all_match([each for each in source if each.label in labels], labels) for labels in known)


def _labels(policy: Policy) -> Mapping[str, str]:
    """What every incident of a policy is known by, whatever its segment and its kind."""
    subject = policy.subject
    said = {**dict(policy.labels), "policy": policy.name, "promise": policy.promise or "", "owner": policy.owner}
    said |= {"severity": policy.severity.value, subject.type.value: subject.name}
    return {name: value or "" for name, value in said.items() if name != policy.by}


def _meant(matcher: Matcher, declared: Declared) -> str:
    if matcher.label == "policy":
        return hint(matcher.value, [policy.name for policy in declared.policies])
    if matcher.label == "promise":
        return hint(matcher.value, [promise.name for promise in declared.promises])
    return ""
