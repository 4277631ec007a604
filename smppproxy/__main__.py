"""``python -m smppproxy``: the command, where its script is not on the path."""

from smppproxy.cli import main

if __name__ == "__main__":
    main()
