"""History stores, one a file; the contract is `virtadmin.metrics.store`."""
