"""Servers for the tests, from the registries' packages."""
