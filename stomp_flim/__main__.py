"""``python -m stomp_flim`` is the command ``stomp-flim``."""

from stomp_flim.cli.app import main

main()
