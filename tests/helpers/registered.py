"""Every registered policy; those that search have little time for it."""

from stomp_flim import plugins

LITTLE_SEARCH = {
    "forward-backward": "forward-backward:search=10000",
    "optimal": "optimal:time_limit=600,work_limit=0.01",
    "phase": "phase:search=10000",
    "start-counts": "start-counts:time_limit=600,search=10000,counts=1000",
}
POLICIES = [LITTLE_SEARCH.get(name, name) for name in plugins.registered("policies")]
