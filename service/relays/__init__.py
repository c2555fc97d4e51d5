"""Operators' own relays: chats, phones and networks, and which news goes to which."""
