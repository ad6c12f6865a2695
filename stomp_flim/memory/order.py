"""An order in which a graph can be finished with little memory, or the proof that there is none.

To find the least memory is NP-hard (register sufficiency: Sethi, SIAM J. Comput. 4(3), 1975). A few
orders are tried first that suit most graphs; where none fits, `stomp_flim.memory.search` looks at
all orders, as far as that is possible. No order that is tried depends on the capacities, so that
what is found for a memory is found for every larger one too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush

from stomp_flim.errors import DeadlockError
from stomp_flim.memory.footprint import Footprint
from stomp_flim.memory.search import SearchResult, search
from stomp_flim.model.graph import TaskGraph

Order = list[int]


def memory_order(graph: TaskGraph, capacity: Mapping[str, int], platform: str) -> Order:
    """Return an order of all tasks that fits into memories.

    Parameters
    ----------
    graph : TaskGraph
        What is to be finished; no buffer is larger than its memory.
    capacity : mapping of str to int
        Bits of each limited memory.
    platform : str
        For messages.

    Raises
    ------
    DeadlockError
        If there is no order, or none was found.
    """
    footprint = Footprint(graph, capacity)
    best: tuple[float, Order] | None = None
    for order in _candidates(footprint):
        need = footprint.requirement(order)[0]
        share = float((need / footprint.capacity).max())
        if best is None or share < best[0]:
            best = share, order
    assert best is not None
    if footprint.fits(best[1]):
        return best[1]
    found = search(footprint)
    if found.order is not None:
        return found.order
    raise _deadlock(footprint, list(capacity), platform, found, best[1])


def _candidates(footprint: Footprint) -> Iterator[Order]:
    yield footprint.graph.topological_order.tolist()
    yield _depth_first(footprint)
    yield _least_growth(footprint)


def _least_growth(footprint: Footprint) -> Order:
    """Of the ready tasks always take the one after which least is held, the latest ready first."""
    size, consumers = footprint.size, list(map(len, footprint.successors))
    missing = list(map(len, footprint.predecessors))

    def growth(task: int) -> float:
        grows = size[task] if footprint.successors[task] else 0.0
        return grows - sum(size[p] for p in footprint.predecessors[task] if consumers[p] == 1)

    done = [False] * len(missing)
    entered = [0] * len(missing)
    ready = [(growth(task), 0, task) for task, count in enumerate(missing) if count == 0]
    heapify(ready)
    order: Order = []
    while ready:
        known, _, task = heappop(ready)
        if done[task] or known != growth(task):
            continue  # a later entry knows better
        done[task] = True
        order.append(task)
        for successor in footprint.successors[task]:
            missing[successor] -= 1
            if missing[successor] == 0:
                entered[successor] = -len(order)
                heappush(ready, (growth(successor), -len(order), successor))
        for predecessor in footprint.predecessors[task]:
            consumers[predecessor] -= 1
            if consumers[predecessor] == 1:
                for last in footprint.successors[predecessor]:
                    if missing[last] == 0 and not done[last]:
                        heappush(ready, (growth(last), entered[last], last))
    return order


def _depth_first(footprint: Footprint) -> Order:
    """Finish what a task reads before anything else, what takes most on the way first.

    For trees with one memory this is the order of Sethi and Ullman (J. ACM 17(4), 1970).
    """
    size, label = footprint.size, [0.0] * len(footprint.graph)
    operands: list[list[int]] = [[]] * len(label)
    for task in footprint.graph.topological_order.tolist():
        operands[task] = sorted(footprint.predecessors[task], key=lambda p: (size[p] - label[p], p))
        held = 0.0
        for operand in operands[task]:
            label[task] = max(label[task], held + label[operand])
            held += size[operand]
        label[task] = max(label[task], held + size[task])
    sinks = [task for task, successors in enumerate(footprint.successors) if not successors]
    order: Order = []
    seen = [False] * len(label)
    stack = [(sink, False) for sink in sorted(sinks, key=lambda s: (label[s], -s))]
    while stack:
        task, finished = stack.pop()
        if finished:
            order.append(task)
        elif not seen[task]:
            seen[task] = True
            stack.append((task, True))
            stack += [(operand, False) for operand in reversed(operands[task])]
    return order


def _deadlock(
    footprint: Footprint, memories: list[str], platform: str, found: SearchResult, best: Order
) -> DeadlockError:
    graph, capacity = footprint.graph, footprint.capacity
    need = footprint.requirement(best)[0].tolist()
    if found.proved:
        short = sorted({footprint.memory[task] for task in found.stuck})
    else:
        short = [m for m, bits in enumerate(capacity) if need[m] > bits]

    def written(bits: list[int]) -> str:
        return " and ".join(f"{bits[m]:,} bits of {memories[m]!r}" for m in short)

    required = {memories[memory]: bits for memory, bits in found.required.items()}
    message = f"graph {graph.name!r} on platform {platform!r} with {written(capacity)}: "
    if found.proved:
        shown = [
            f"task {task} ({graph.task_names[task]!r}) {footprint.bits[task]:,} bits of "
            f"{memories[footprint.memory[task]]!r}"
            for task in found.stuck
        ]
        others = f" and {len(shown) - 4} others" if len(shown) > 4 else ""
        message += (
            f"no order of its tasks exists; with {found.done} of {len(graph)} tasks finished "
            f"{written(found.free)} are free, and nothing can start: what is ready would take "
            f"{', '.join(shown[:4])}{others}"
        )
        if required:
            enough = (f"{bits:,} bits of {memory!r}" for memory, bits in required.items())
            message += f"; expected at least {' or '.join(enough)}"
        elif found.exhausted:
            message += "; more of a single memory is not enough"
    else:
        message += (
            f"no order of its {len(graph)} tasks was found, and the search gave up, so that there "
            f"may be one; the best order known takes {written(need)}"
        )
    return DeadlockError(
        message,
        tasks=tuple(found.stuck),
        memories=tuple(memories[m] for m in short),
        required=required,
        proved=found.proved,
    )
