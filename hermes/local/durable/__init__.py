"""The durable half of the embedded default: every change of the emulator is on the disk before its answer leaves."""
