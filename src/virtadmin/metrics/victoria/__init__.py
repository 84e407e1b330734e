"""How the history store `victoriametrics` speaks to its server; the store is `virtadmin.metrics.stores`'s."""
