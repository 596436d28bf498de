"""`python -m portfolio` is `portfolio`."""

from portfolio.cli import main

main()
