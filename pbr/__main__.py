"""``python -m pbr``."""

from pbr.cli import main

if __name__ == "__main__":
    main()
