"""The commands that run a process until it is told to stop, one file per kind, loaded only when they are started."""
