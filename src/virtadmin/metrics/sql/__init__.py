"""How the history store `sql` speaks to its tables; the store itself is `virtadmin.metrics.stores.sql`."""
