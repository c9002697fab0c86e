"""The world in memory: what implements the ports without an account, a program or a wait."""
