"""Policies at the other end of a socket, by openpi's protocol: a server for ours, a client for anybody's."""
