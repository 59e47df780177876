#!/usr/bin/env bash
# Installs the system libraries that voicecoach needs on Debian and Ubuntu; says first what it will install.
# With `tests`: also what the tests drive for real, a sound server, a browser and a database server; with `bench`: all that
# and the voices that the benchmarks speak with.
# Where all are there it does nothing. On macOS and Windows nothing is needed: the wheels bring PortAudio, the system speaks.
set -euo pipefail
[ "$(uname -s)" = Linux ] || exit 0

missing=()
has_library() { { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -q "$1"; }
has_library libportaudio.so.2 || missing+=(libportaudio2)
has_library libespeak-ng.so.1 || missing+=(espeak-ng)
"${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if [ -n "${1:-}" ]; then
  command -v pulseaudio >/dev/null || missing+=(pulseaudio)
  command -v paplay >/dev/null || missing+=(pulseaudio-utils)
  compgen -G '/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so' >/dev/null || missing+=(libasound2-plugins)
  command -v chromium >/dev/null || missing+=(chromium)
  compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
fi
[ "${1:-}" = bench ] && ! command -v flite >/dev/null && missing+=(flite)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "voicecoach needs: ${missing[*]} (Debian's names). Install what your system calls them, then run make again." >&2
  exit 3
fi
sudo=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Ask an administrator to run: apt-get install ${missing[*]}" >&2; exit 3; }
  sudo=sudo
fi
echo "voicecoach installs from your system's package source: ${missing[*]}"
$sudo apt-get update -qq || echo "The package lists could not be refreshed; trying with the ones that are here." >&2
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
