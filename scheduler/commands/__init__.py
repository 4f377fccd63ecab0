"""The `loaban` command by topic: reads arguments, opens a transaction, calls a service, prints. No rules."""
