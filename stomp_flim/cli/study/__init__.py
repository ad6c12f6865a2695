"""Studies: files that say all that a command takes, so that a run can be repeated."""

from stomp_flim.cli.study.command import StudiedCommand
from stomp_flim.cli.study.running import current_study, resolved, study_file

__all__ = ["StudiedCommand", "current_study", "resolved", "study_file"]
