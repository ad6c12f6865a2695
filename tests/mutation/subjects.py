"""Which modules get faults, and which tests are to notice them."""

from __future__ import annotations

BOUNDS, SCHEDULE = "tests/stomp_flim/bounds", "tests/stomp_flim/schedule"
LIFETIMES = "tests/workloads/flim/lifetimes"
POSTERIOR = "workloads/flim/lifetimes/posterior"
CLASSICAL = "workloads/flim/lifetimes/classical"
OPTIMAL = "tests/policies/planners/test_optimal.py"
SUBJECTS: dict[str, list[str]] = {
    "stomp_flim/bounds/bounded.py": [f"{BOUNDS}/test_bounded.py"],
    "stomp_flim/bounds/graham.py": [f"{BOUNDS}/test_guarantee.py"],
    "stomp_flim/bounds/head_tail.py": [f"{BOUNDS}/test_head_tail.py"],
    "stomp_flim/bounds/quick_bounds.py": [f"{BOUNDS}/test_lower_bounds.py"],
    "stomp_flim/bounds/start_count_model.py": [
        f"{BOUNDS}/test_start_counts.py",
        f"{BOUNDS}/test_exact.py",
        f"{OPTIMAL}::test_a_second_opinion_is_right",
    ],
    "stomp_flim/bounds/start_counts.py": [f"{BOUNDS}/test_start_counts.py"],
    "stomp_flim/bounds/unavoidable.py": [f"{BOUNDS}/test_lower_bounds.py"],
    "stomp_flim/frame/__init__.py:frame_bound": ["tests/stomp_flim/frame/test_frame.py"],
    "policies/planners/optimal/confirmation.py": [
        "tests/policies/planners/test_confirmation.py",
        f"{OPTIMAL}::test_a_second_opinion_is_right",
        f"{OPTIMAL}::test_two_formulations_agree",
        f"{OPTIMAL}::test_a_false_claim_is_not_repeated",
        f"{OPTIMAL}::test_a_memory_that_is_full_makes_tasks_wait",
    ],
    "stomp_flim/schedule/__init__.py": [
        f"{SCHEDULE}/test_schedule.py",
        f"{SCHEDULE}/test_storage.py",
    ],
    "stomp_flim/schedule/storage.py": [f"{SCHEDULE}/test_storage.py"],
    "hwmodels/costs/accelerator.py": ["tests/hwmodels/costs"],
    "hwmodels/costs/blocks.py": ["tests/hwmodels/costs"],
    "hwmodels/costs/network.py": ["tests/hwmodels/costs"],
    "hwmodels/costs/operation.py": ["tests/hwmodels/costs"],
    "hwmodels/costs/ram.py": ["tests/hwmodels/costs"],
    "hwmodels/costs/recurrent_layer.py": ["tests/hwmodels/costs"],
    "hwmodels/costs/stored.py": ["tests/hwmodels/costs"],
    "hwmodels/costs/servers.py": ["tests/hwmodels/costs"],
    "workloads/flim/lifetimes/comparison.py": [f"{LIFETIMES}/test_comparison.py"],
    "workloads/flim/lifetimes/decay_metrics.py": [f"{LIFETIMES}/test_decay_metrics.py"],
    "workloads/flim/lifetimes/inference.py": [f"{LIFETIMES}/test_inference.py"],
    "workloads/flim/lifetimes/lifetimes.py": [f"{LIFETIMES}/test_lifetimes.py"],
    # Not what is compiled: every mutant would be compiled anew.
    f"{POSTERIOR}/prior.py": [f"{LIFETIMES}/posterior/test_prior.py"],
    f"{POSTERIOR}/annealing.py": [f"{LIFETIMES}/posterior/test_annealing.py"],
    f"{CLASSICAL}/components.py": [f"{LIFETIMES}/classical/test_poisson.py"],
    f"{CLASSICAL}/each_pixel.py": [
        f"{LIFETIMES}/classical/test_poisson.py",
        f"{LIFETIMES}/classical/test_global_fit.py",
    ],
    f"{CLASSICAL}/phasor.py": [f"{LIFETIMES}/classical/test_phasor.py"],
    f"{CLASSICAL}/rapid.py": [f"{LIFETIMES}/classical/test_rapid.py"],
}
"""Tests by module, or by those of its functions that stand after a colon."""
