"""`python -m mdm.cli`: the same command where no script was installed."""

from mdm.cli.main import main

main()
