"""What may be asked for: the manifest language, its checks and the envelopes. Pure: no I/O, no clock, no cloud."""
