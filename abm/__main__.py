"""`python -m abm` is the `abm` command."""

from abm.cli import main

if __name__ == "__main__":
    main()
