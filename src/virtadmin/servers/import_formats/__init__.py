"""One format a file; `servers.import_registry` lists them."""
