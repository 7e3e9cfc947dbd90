"""The attack on a release: what can be inferred of each hidden cell."""

from services.indicator_api.disclosure.auditing.audit import audit

__all__ = ["audit"]
