"""The command ``stomp-flim``."""
