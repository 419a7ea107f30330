#!/usr/bin/env bash
# Requests per second at a protected path, by kind of credential, in turn and in one run: what counts are the ratios.
#   bench/load/credentials.sh [SECONDS per turn, default 5] [ROUNDS, default 3]
# Needs wrk, curl and jq (Debian packages). Loopback only.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-5}
rounds=${2:-3}
http=http://127.0.0.1:18081
data=$(mktemp -d)

dotnet build -c Release src/Gatehouse.Server -v quiet > /dev/null
Gatehouse__Dialects__ArSystem__AllowHttp=true Gatehouse__Passwords__CacheSeconds=300 \
  dotnet src/Gatehouse.Server/bin/Release/net10.0/gatehouse.dll serve --data "$data/d" --urls "$http" > "$data/out" 2> "$data/err" &
server=$!
trap 'kill $server; wait $server 2> /dev/null || true; rm -rf "$data"' EXIT
until curl -sf -o /dev/null "$http/health/ready"; do sleep 0.1; done

password=$(sed -n 's/^ *password *//p' "$data/out")
basic="Basic $(printf 'admin:%s' "$password" | base64 -w0)"
session=$(curl -s "$http/mmws/api/micetro/sessions" --data "{\"loginName\":\"admin\",\"password\":\"$password\"}" | jq -r .result.session)
jwt=$(curl -s "$http/api/jwt/login" --data-urlencode username=admin --data-urlencode "password=$password")
token=$(curl -s "$http/bppmws/api/authenticate/login" --data-urlencode username=admin --data-urlencode "password=$password" | jq -r .response.authToken)

# name | path | Authorization
cases=(
  "health, no credential|/health/live|"
  "micetro bearer|/mmws/api/v2/Users|Bearer $session"
  "micetro basic|/mmws/api/v2/Users|$basic"
  "ar-system ar-jwt|/api/arsys/v1/entry/x|AR-JWT $jwt"
  "proactivenet token|/bppmws/api/x|authtoken $token"
  "ar-system refused|/api/arsys/v1/entry/x|AR-JWT x$jwt"
)

# Round 0 only warms up.
for ((round = 0; round <= rounds; round++)); do
  for case in "${cases[@]}"; do
    IFS='|' read -r name path authorization <<< "$case"
    rate=$(wrk -t1 -c32 -d"${seconds}s" ${authorization:+-H "Authorization: $authorization"} "$http$path" | sed -n 's/^Requests\/sec: *//p')
    [ "$round" -eq 0 ] || printf '%s|%s\n' "$name" "$rate" >> "$data/rates"
  done
done

awk -F'|' '
  { if (!($1 in n)) order[++cases] = $1; n[$1]++; all[$1, n[$1]] = $2 }
  function median(name,   i, j, t, v) {
    for (i = 1; i <= n[name]; i++) v[i] = all[name, i]
    for (i = 1; i <= n[name]; i++) for (j = i + 1; j <= n[name]; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
    return v[int((n[name] + 1) / 2)]
  }
  END {
    base = median("micetro bearer")
    printf "%-24s %12s %10s\n", "median of rounds", "requests/s", "of bearer"
    for (i = 1; i <= cases; i++) printf "%-24s %12.0f %9.0f%%\n", order[i], median(order[i]), 100 * median(order[i]) / base
  }' "$data/rates"
