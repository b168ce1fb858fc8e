#!/usr/bin/env bash
# Makes the virtual environments of the peers that the comparisons run.
#
#   bench/setup.sh                      into bench/.env
#   RADIOME_BENCH_ENV=DIR bench/setup.sh   into DIR
#   PYTHON312=/path/to/python3.12 bench/setup.sh
#
# Four environments, because the peers ask for different versions of the same libraries:
#   pyradiomics   PyRadiomics' C code with the CUDA build's packaging; on the CPU its values are
#                 those of PyRadiomics 3.1; with SimpleITK, SciPy, PyWavelets, trimesh, scikit-image
#   flash         flash-radiomics
#   pictologics   pictologics (Python 3.12 or later)
#   mirp          MIRP (Python 3.12 here)
#
# An environment that is already complete is kept. A peer that cannot be installed is named and
# left out; the exit status is 1 only when the first, which most comparisons need, is missing.
set -u

here=$(cd "$(dirname "$0")" && pwd)
target=${RADIOME_BENCH_ENV:-$here/.env}
mkdir -p "$target" || exit 1
target=$(cd "$target" && pwd)
left_out=()

# Is $1 a Python of at least version $2.$3?
python_is() {
    "$1" -c "import sys; sys.exit(sys.version_info < ($2, $3))" >/dev/null 2>&1
}

# Prints a Python 3.12: the variable PYTHON312, the path, then pyenv's versions.
find_python312() {
    local candidate
    for candidate in "${PYTHON312:-}" "$(command -v python3.12 || true)"; do
        if [ -n "$candidate" ] && python_is "$candidate" 3 12; then
            echo "$candidate"
            return 0
        fi
    done
    # The shim on the path refuses a version that is not active, so look at the folders.
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python3.12; do
        if [ -x "$candidate" ] && python_is "$candidate" 3 12; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

# make NAME PYTHON MODULE PACKAGE...: the environment NAME, complete when MODULE can be imported.
make() {
    local name=$1 python=$2 module=$3
    shift 3
    local folder=$target/$name
    if [ -x "$folder/bin/python" ] && "$folder/bin/python" -c "import $module" >/dev/null 2>&1; then
        echo "$name: already there"
        return 0
    fi
    echo "$name: installing $* with $("$python" --version 2>&1)"
    rm -rf "$folder"
    if "$python" -m venv "$folder" \
        && "$folder/bin/python" -m pip install --quiet "$@" >"$target/$name.log" 2>&1 \
        && "$folder/bin/python" -c "import $module" >>"$target/$name.log" 2>&1; then
        "$folder/bin/python" -m pip freeze >"$target/$name.versions.txt" 2>/dev/null
        echo "$name: ready in $folder"
    else
        echo "$name: LEFT OUT, see $target/$name.log:" >&2
        tail -n 3 "$target/$name.log" >&2 2>/dev/null
        left_out+=("$name")
        return 1
    fi
}

python=${PYTHON:-python3}
if ! python_is "$python" 3 9; then
    echo "error: $python is no Python 3.9 or later; name one with PYTHON=" >&2
    exit 1
fi

make pyradiomics "$python" "radiomics, SimpleITK, scipy, pywt, trimesh, skimage" \
    pyradiomics-cuda SimpleITK "scipy<1.17" PyWavelets trimesh scikit-image
# Its wheel names no dependencies; these are the ones its page lists.
make flash "$python" flash_radiomics flash-radiomics==1.0.0 \
    numpy h5py SimpleITK pykwalify PyWavelets scipy scikit-image scikit-learn trimesh

if python312=$(find_python312); then
    make pictologics "$python312" pictologics pictologics==0.9.0
    make mirp "$python312" mirp mirp==2.7.0
else
    echo "pictologics, mirp: LEFT OUT, they need Python 3.12: put python3.12 on the path or set PYTHON312=" >&2
    left_out+=(pictologics mirp)
fi

if [ ${#left_out[@]} -gt 0 ]; then
    echo "left out: ${left_out[*]}"
fi
[ -x "$target/pyradiomics/bin/python" ] && "$target/pyradiomics/bin/python" -c "import radiomics" >/dev/null 2>&1
