#!/usr/bin/env bash
# Installs what the tests need (Debian packages, when run by root), builds, checks the format, and runs every suite.
#   ./test.sh           everything but the soak
#   ./test.sh --soak    the soak, too
# The last line says what came of it: "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export GATEHOUSE_SOAK=0
[ "${1:-}" = --soak ] && export GATEHOUSE_SOAK=1
passed=0
failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

step() { printf '\n== %s\n' "$*"; }

finish() {
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}

install_packages() {
  local missing=() package command
  while read -r package command; do
    [ -n "$command" ] && command -v "$command" > /dev/null && continue
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
  done < <(sed 's/#.*//; /^[[:space:]]*$/d' tests/packages.txt)
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ]; then
    echo "Not root: these packages are missing, and the tests that need them are skipped: ${missing[*]}"
    return
  fi
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > "$logs/apt" 2>&1 ||
    { cat "$logs/apt"; failed=$((failed + 1)); }
}

# One line of a suite's own summary: Total: 12, Errors: 0, Failed: 0, Skipped: 0, ...
count() {
  local name=$1 log=$2 status=$3 line total errors bad skipped
  line=$(grep -o 'Total: [0-9]*, Errors: [0-9]*, Failed: [0-9]*, Skipped: [0-9]*' "$log" | tail -n 1)
  if [ -z "$line" ]; then
    echo "$name ended without a summary (exit code $status):"
    tail -n 50 "$log"
    failed=$((failed + 1))
    return
  fi
  read -r total errors bad skipped < <(echo "$line" | sed 's/[^0-9 ]//g')
  # A skipped test has proved nothing; where everything can be installed it is a failure.
  [ "${CI:-}" = true ] && bad=$((bad + skipped)) skipped=0
  passed=$((passed + total - bad - skipped))
  failed=$((failed + errors + bad))
  echo "$name: $line"
  [ $((errors + bad)) -eq 0 ] && [ "$status" -eq 0 ] && return
  [ $((errors + bad)) -eq 0 ] && failed=$((failed + 1))
  grep -v -E '^(\x1b\[[0-9;]*m)* *(Discover|Start|Finish)' "$log" | head -n 200
}

step "Packages"
install_packages

step "Build"
if ! dotnet build Gatehouse.slnx -v quiet -nodeReuse:false > "$logs/build" 2>&1; then
  grep -E 'error|warning' "$logs/build" | sort -u | head -n 50
  failed=$((failed + 1))
  finish
fi

step "Suites"
suites=()
for project in tests/*.Tests/*.csproj; do
  suites+=("$(basename "$project" .csproj)")
done
run_suite() { "tests/$1/bin/Debug/net10.0/$1" -noColor > "$2/$1" 2>&1; echo $? > "$2/$1.status"; }
export -f run_suite
printf '%s\n' "${suites[@]}" | sort -r | xargs -P 2 -I{} bash -c 'run_suite "$1" "$2"' _ {} "$logs"
for suite in "${suites[@]}"; do
  count "$suite" "$logs/$suite" "$(cat "$logs/$suite.status" 2>/dev/null || echo 1)"
done

step "Format"
if dotnet format Gatehouse.slnx --verify-no-changes --no-restore > "$logs/format" 2>&1; then
  passed=$((passed + 1))
else
  head -n 30 "$logs/format"
  failed=$((failed + 1))
fi

finish
