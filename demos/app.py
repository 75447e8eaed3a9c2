"""The page in the browser, as ``gen-avatar demo`` serves it.

python demos/app.py --port 7860
"""

from __future__ import annotations

import sys

from gen_avatar.cli import main

if __name__ == "__main__":
    sys.exit(main(["demo", *sys.argv[1:]]))
