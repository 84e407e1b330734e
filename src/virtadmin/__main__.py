"""`python -m virtadmin` is the `virtadmin` command."""

import sys

from virtadmin.cli import main

sys.exit(main())
