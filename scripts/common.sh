# Shared by the scripts beside it; sourced, never run.
# shellcheck shell=bash

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # the scripts that source this use it
readonly root

# Prints the comment at the top of the calling script, which is its help.
help_of() {
    sed -n '2,/^$/ { s/^# \{0,1\}//; p }' "$1"
}

step() {
    printf '\n== %s\n' "$*" >&2
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# usage_error SCRIPT OPTION: what a mistyped option is answered with.
usage_error() {
    printf '%s: unknown option %s\n\n' "${1##*/}" "$2" >&2
    help_of "$1" >&2
    exit 64
}
