"""`python -m cli`, which the script `amends` at the root calls."""

import sys

from cli.main import main

sys.exit(main())
