"""What needs a real database server is collected where `TEST_DATABASE` names one; `make test` does that for each."""

from tests.settings import SERVER

collect_ignore_glob = [] if SERVER else ["test_*.py"]
collect_ignore = [] if SERVER and SERVER.system == "postgresql" else ["test_pool.py"]
