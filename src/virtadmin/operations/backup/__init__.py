"""Everything the hub holds in one file, and back again, into whatever database (docs/decisions/0013-backups.md)."""
