"""``python -m stomp_flim`` is the command ``stomp-flim``."""

from stomp_flim.cli import main

main()
