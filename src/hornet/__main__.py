"""`python -m hornet` is the command `hornet`, which stands beside this package."""

from hornet_cli.__main__ import main

if __name__ == "__main__":
    main()
