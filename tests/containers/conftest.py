"""These tests build images and take minutes: they run by `make test-containers`, not with all others."""

import os

collect_ignore_glob = [] if os.environ.get("TEST_CONTAINERS") else ["test_*.py"]
