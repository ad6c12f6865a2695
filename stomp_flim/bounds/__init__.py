"""Lower bounds: what no schedule can beat. ``docs/background/bounds.md`` has the arguments.

`lower_bounds` are those that cost little, and are part of every result. `start_count_bound` is a
linear program, for when the last per cent counts. `graham.guarantee` says how far from the optimum
a policy that leaves nothing idle can be at most.
"""

from stomp_flim.bounds.bounded import Bounded, largest_bound
from stomp_flim.bounds.graham import guarantee
from stomp_flim.bounds.quick_bounds import lower_bound, lower_bounds
from stomp_flim.bounds.start_counts import start_count_bound

__all__ = [
    "Bounded",
    "guarantee",
    "largest_bound",
    "lower_bound",
    "lower_bounds",
    "start_count_bound",
]
