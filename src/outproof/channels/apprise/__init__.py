"""The long tail of receivers, by the library Apprise. Needs the extra `outproof[apprise]`."""
