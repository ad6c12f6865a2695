"""Platforms by name or file, for a network: what servers stand for, and what a device has."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stomp_flim as sf
from hwmodels import devices
from hwmodels.costs import servers
from hwmodels.costs.blocks import lane_dsp
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE, Network
from hwmodels.platforms import Changes, Provision, fpga_names, load_fpga, provide
from hwmodels.recurrent import RecurrentLayer, RecurrentNetwork, Stage
from stomp_flim import plugins
from stomp_flim.errors import InputError
from stomp_flim.interchange.platform_file import read_platform, write_platform
from workloads.tiles.graph import decompose_tiles

NETWORKS = (SEQ2SEQ, SEQ2SEQLITE)
TOO_SMALL = {
    "lfe5u-45f": "72 MULT18X18D, expected at least the 256 of one server of 128 lanes",
    "lfe5u-85f": "156 MULT18X18D, expected at least the 256 of one server of 128 lanes",
    "xc7a35t": "90 DSP48E1, expected at least the 128 of one server of 128 lanes",
    "xc7a100t": "two ports of each memory take .* RAMB18, expected at most 270 together",
    "xczu3eg": "two ports of each memory take .* RAMB18, expected at most 432 together",
}
"""FPGAs that have not one server for Seq2Seq, or no memory for its ports, and the reason."""


def test_the_servers_of_an_fpga_are_those_of_the_network_that_runs_there() -> None:
    """Units of 128 lanes are a quarter as many as those of 32, not as many."""
    k410t = load_fpga("xc7k410t")
    for network, expected in ((SEQ2SEQ, (12, 4, 4, 8)), (SEQ2SEQLITE, (48, 32, 32, 64))):
        found = provide("xc7k410t", network)
        assert expected == tuple(found.platform.servers.values())
        assert servers.platform(k410t, network).servers == found.platform.servers
    assert (128, 1536) == (provide("xc7k410t", SEQ2SEQ).lanes, provide("xc7k410t", SEQ2SEQ).slices)


@pytest.mark.parametrize(
    ("device", "network"), list(product(plugins.registered("devices"), NETWORKS))
)
def test_no_device_lends_more_multipliers_than_it_has(device: str, network: Network) -> None:
    """Whatever the device and the network: derived servers fit, and others are warned of."""
    lanes = network.hidden_units
    if network == SEQ2SEQ and device in TOO_SMALL:
        with pytest.raises(InputError, match=TOO_SMALL[device]):
            provide(device, network)
        return
    found = provide(device, network)
    assert found.multipliers == lanes * found.platform.servers["DSP"]
    fpga = load_fpga("xc7k410t" if device == "published" else device)
    exceeds = found.multipliers * lane_dsp(fpga.dsp, 8) > fpga.dsp.count
    assert exceeds == (found.warning is not None) == (device == "published")


def test_more_servers_than_a_device_has_are_warned_of() -> None:
    """Changed by hand, or multiplied."""
    assert None is provide("xc7k410t", SEQ2SEQ, changes=Changes((("DSP", 12),))).warning
    for found in (
        provide("xc7k410t", SEQ2SEQ, changes=Changes((("DSP", 13),))),
        provide("xc7k410t", SEQ2SEQ).scaled(2),
    ):
        assert re.search(r"multipliers, which take [\d,]+ DSP48E1: more than", found.warning or "")


@pytest.mark.parametrize("memory", ["Const mem", "Shared mem", "data mem"])
def test_more_memory_ports_than_a_device_has_blocks_for_are_warned_of(memory: str) -> None:
    """Ports of any kind; counts that a data sheet's own servers have are never too many."""
    own = provide("xc7a35t", SEQ2SEQLITE)
    assert "; memory ports of 96 RAMB18, of which it has 100" in str(own)
    assert own.warning is None
    found = provide("xc7a35t", SEQ2SEQLITE, changes=Changes(((memory, 1000),)))
    assert found.ram_blocks is not None
    assert own.ram_blocks is not None
    assert found.ram_blocks > max(own.ram_blocks, 100)
    expected = rf"1,000 {memory}.* that take {found.ram_blocks:,} RAMB18: more than the 100 of"
    assert re.search(expected, found.warning or "")


def test_multiplied_servers_lack_multipliers_and_blocks() -> None:
    """Both are said."""
    warning = provide("xc7k410t", SEQ2SEQLITE).scaled(100).warning or ""
    assert "153,600 DSP48E1: more than the 1,540 of xc7k410t; device" in warning
    assert "take 153,600 RAMB18: more than the 1,590 of xc7k410t" in warning


def test_published_ports_are_no_blocks() -> None:
    """They are counts of a paper, derived from no device."""
    found = provide("published", SEQ2SEQLITE, changes=Changes((("Const mem", 100_000),)))
    assert found.ram_blocks is None
    assert provide("published", SEQ2SEQLITE).warning == found.warning
    assert "RAMB18" not in f"{found} {found.warning}"


def test_the_published_servers_are_compared_with_the_published_device() -> None:
    """128 vector units are 16,384 multipliers for one network and 4,096 for the other."""
    found = provide("published", SEQ2SEQ)
    assert "lanes per server 128, 16,384 multipliers: 16,384 DSP48E1, of which xc7k410t" in str(
        found
    )
    assert "more than the 1,540 of xc7k410t, for which" in (found.warning or "")
    assert 4096 == provide("published", SEQ2SEQLITE).multipliers


@given(st.integers(1, 60), st.sampled_from(["row", "scalar", "gate"]), st.sampled_from([4, 8, 16]))
def test_derived_servers_never_exceed_their_device(units, granularity, bits) -> None:  # type: ignore[no-untyped-def]
    """Nor where weights are so wide that a lane takes two slices."""
    for name in ("lfe5u-85f", "xc7k410t"):
        found = provide(name, Network("any", 1, units), granularity, bits)
        assert found.slices is not None
        assert 1 <= found.slices <= load_fpga(name).dsp.count
        assert found.ram_blocks is not None
        assert 1 <= found.ram_blocks <= load_fpga(name).block_ram.count
        assert found.warning is None


def test_an_fpga_has_no_servers_for_a_graph_that_is_no_network() -> None:
    """The error says what to do."""
    with pytest.raises(InputError, match=r"'xc7k410t' is an FPGA.* servers that are given"):
        provide("xc7k410t", None)
    found = provide("published", None)
    assert (None, None, None) == (found.lanes, found.multipliers, found.warning)
    assert "no lanes to count" in str(found)


def test_servers_of_one_network_are_not_those_of_another() -> None:
    """A graph of wider rows would run on lanes that are not there."""
    found = provide("xc7k410t", SEQ2SEQLITE)
    found.require(SEQ2SEQLITE)
    found.require(replace(SEQ2SEQLITE, name="again", steps=7))
    with pytest.raises(InputError, match=r"for network 'seq2seqlite' \(32 units\), and the graph"):
        found.require(SEQ2SEQ)


def test_a_run_of_one_network_on_the_servers_of_another_is_refused(tmp_path: Path) -> None:
    """Also in Python, where a name of an FPGA alone means Seq2SeqLite, and from a file."""
    lite, full = (sf.workload_graph(n.name, stage="postprocess") for n in (SEQ2SEQLITE, SEQ2SEQ))
    platform = sf.device("xc7k410t")
    assert sf.simulate([sf.Job(lite)], platform).makespan > 0
    assert sf.simulate([sf.Job(full)], provide("xc7k410t", SEQ2SEQ).platform).makespan > 0
    write_platform(platform, tmp_path / "p.toml")
    for other in (platform, read_platform(tmp_path / "p.toml"), platform.changed({"DSP": 3})):
        with pytest.raises(InputError, match="rows of 128 values, and platform 'xc7k410t' vector"):
            sf.simulate([sf.Job(full)], other)
    derived = decompose_tiles(SEQ2SEQ, load_fpga("xc7k410t"))
    with pytest.raises(InputError, match="rows of 128 values"):
        sf.simulate([sf.Job(derived)], platform)


def test_files_are_data_sheets_or_platforms(tmp_path: Path) -> None:
    """By what they say; a platform has lanes where a network runs on it, and no device."""
    sheet, board = tmp_path / "sheet.toml", tmp_path / "board.toml"
    text = (devices.FOLDER / "xc7k410t.toml").read_text(encoding="utf-8")
    sheet.write_text(text.replace("count = 1_540", "count = 770"))
    board.write_text("clock_ns = 5.0\n[servers]\nDSP = 3\n[memories]\nBRAM = 100\n")
    assert 6 == provide(str(sheet), SEQ2SEQ).platform.servers["DSP"]
    found = provide(str(board), SEQ2SEQ, changes=Changes((("DSP", 5),), (("BRAM", 7),), 2.0))
    assert (5, 7, 2.0) == (
        found.platform.servers["DSP"],
        found.platform.memories["BRAM"],
        found.platform.clock_ns,
    )
    assert "640 multipliers, and no device to compare with" in str(found)
    assert found.warning is None
    with pytest.raises(InputError, match="number of servers without DSP slices"):
        load_fpga(str(board))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clock_ns = 5\n[server]\nDSP = 3", "board.toml: unknown key 'server'; did you mean 'serv"),
        ("clock_ns = 0\n[servers]\nDSP = 3", "board.toml: clock_ns is 0, expected greater than 0"),
        ("[servers]\nDSP = -3\n", "board.toml: servers.DSP is -3, expected greater than or equal"),
        ("[dps]\ncount = 3\n", "board.toml: unknown key 'dps'; did you mean 'dsp'?"),
    ],
)
def test_a_wrong_file_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    """As a platform where it says anything of one, else as a data sheet."""
    path = tmp_path / "board.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(message)):
        provide(str(path), SEQ2SEQLITE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (Changes((("DPS", 3),)), "no servers of type 'DPS'; did you mean 'DSP'?"),
        (Changes((("DSP", 0),)), "0 servers of type 'DSP', expected an integer from 1"),
        (Changes(memories=(("BRAM", -1),)), "memory 'BRAM' has -1 bits, expected an integer"),
        (Changes(clock_ns=0.0), "clock period 0.0 ns, expected a finite number > 0"),
    ],
)
def test_a_change_that_cannot_be_is_an_error(changes: Changes, message: str) -> None:
    """It names what was changed."""
    with pytest.raises(InputError, match=re.escape(message)):
        provide("published", SEQ2SEQLITE, changes=changes)


def test_all_fpgas_have_names() -> None:
    """Every data sheet that is shipped, and no mere numbers of servers."""
    assert "published" not in fpga_names()
    shipped = {path.stem.replace("_", "-") for path in devices.FOLDER.glob("*.toml")}
    assert shipped <= set(fpga_names())


def test_a_provision_without_such_servers_counts_no_lanes() -> None:
    """A platform may have no "DSP" at all."""
    platform = plugins.device("published").changed(clock_ns=1.0)
    bare = Provision(type(platform)({"core": 2}), SEQ2SEQ)
    assert (None, None) == (bare.lanes, bare.multipliers)


def test_servers_follow_from_any_recurrent_network() -> None:
    """As many lanes as its widest layer has units; those of another network are refused."""
    layers = (RecurrentLayer("lstm", 1, 32), RecurrentLayer("gru-reset-after", 32, 64))
    network = RecurrentNetwork("mixed", (Stage("s", 10, layers),))
    provision = provide("xc7k410t", network)
    assert (64, 64 * (1540 // 64)) == (provision.lanes, provision.multipliers)
    provision.require(network)
    with pytest.raises(InputError, match=r"network 'mixed' \(64 units\), and the graph is of"):
        provision.require(SEQ2SEQ)
