"""Lying here, this file lets every test below import from tests/support: `from support.server import Server`."""
