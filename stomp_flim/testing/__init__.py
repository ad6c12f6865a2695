"""The conformance kit: whether a policy, also a third party's, keeps the contract.

>>> from stomp_flim.testing import check_policy
>>> print(check_policy("hlfet"))  # or an object, or "mine.py:shortest_first"
hlfet: keeps contract 1 in 12 worlds
"""

from stomp_flim.testing.conformance import check_policy
from stomp_flim.testing.report import CONTRACT, RULES, ConformanceError, Finding, Report
from stomp_flim.testing.worlds import World, reference_worlds

__all__ = [
    "CONTRACT",
    "RULES",
    "ConformanceError",
    "Finding",
    "Report",
    "World",
    "check_policy",
    "reference_worlds",
]
