"""The page, as `python app.py [--archive DIR] [--host HOST] [--port PORT]`: `onrecord serve`."""

import sys

from qa.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
