"""Accounts, onboarding sessions, calls: one schema for SQLite and PostgreSQL."""
