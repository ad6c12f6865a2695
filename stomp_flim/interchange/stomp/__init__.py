"""STOMP's files: configurations, arrival traces, task graphs and schedules."""

from stomp_flim.interchange.stomp.run import StompRun, load_run

__all__ = ["StompRun", "load_run"]
