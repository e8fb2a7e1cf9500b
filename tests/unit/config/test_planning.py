from outproof.config.planning import ChangeKind, changes
from outproof.ports import Version

KEPT = Version("policy", "kept", "pol_1", '{"name": "kept"}')
NEWER = Version("policy", "slow", "pol_3", '{"name": "slow", "window": "10m"}')
CAME = Version("channel", "ops", "ver_1", '{"name": "ops"}')


def test_what_would_come_change_and_go_is_told_with_its_diff() -> None:
    in_force = {("policy", "kept"): "pol_1", ("policy", "slow"): "pol_2", ("promise", "old"): "pro_1"}
    bodies = {"slow": '{"name": "slow", "window": "5m"}', "old": '{"name": "old"}'}
    found = changes(in_force, [KEPT, NEWER, CAME], lambda _, name: bodies[name])
    assert [(each.kind, each.name, each.change, each.before, each.version) for each in found] == [
        ("channel", "ops", ChangeKind.ADDED, None, "ver_1"),
        ("policy", "slow", ChangeKind.CHANGED, "pol_2", "pol_3"),
        ("promise", "old", ChangeKind.REMOVED, "pro_1", None),
    ]
    came, changed, went = (each.diff.splitlines()[2:] for each in found)
    assert came[1:] == ["+name: ops"]
    assert changed[1:] == [" name: slow", "-window: 5m", "+window: 10m"]
    assert went[1:] == ["-name: old"]


def test_files_that_say_what_is_in_force_change_nothing() -> None:
    assert changes({("policy", "kept"): "pol_1"}, [KEPT], lambda *_: None) == ()
