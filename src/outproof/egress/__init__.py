"""Between levels 10 and 11: guarded HTTP out. Channels and probes reach the world through here and no other way."""
