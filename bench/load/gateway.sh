#!/usr/bin/env bash
# The gateway beside its peers, in turn and in one run; only ratios within a run mean anything.
#   bench/load/gateway.sh [SECONDS per turn, default 5] [ROUNDS, default 5]
#   WITH_INTROSPECTION=1 also measures introspection against npm's oidc-provider (npm must be able to install it).
# Needs wrk, curl, jq, openssl, nginx, haproxy (Debian packages). Loopback only.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-5}
rounds=${2:-5}
dir=$(mktemp -d)
running=()
trap 'for id in "${running[@]}"; do kill "$id" 2> /dev/null || true; done; wait 2> /dev/null || true; rm -rf "$dir"' EXIT

free_ports() { python3 -c 'import socket,sys
s=[socket.socket() for _ in range(int(sys.argv[1]))]
for x in s: x.bind(("127.0.0.1",0))
print(*[x.getsockname()[1] for x in s])' "$1"; }
read -r gate bare jwt haproxy ask_gate ask_bare plain upstream oidc <<< "$(free_ports 9)"
PATH=$PATH:/usr/sbin

dotnet build -c Release src/Gatehouse.Server -v quiet > /dev/null
dotnet build -c Release bench/load/peers/Gatehouse.Peers -v quiet > /dev/null
key=$(openssl rand -hex 32)

Gatehouse__TrustedProxies=127.0.0.1 Gatehouse__Dialects__ArSystem__AllowHttp=true Gatehouse__Passwords__CacheSeconds=300 \
  Gatehouse__Dialects__Repositories__AllowHttp=true Gatehouse__Dialects__ArSystem__Upstream="http://127.0.0.1:$upstream" Gatehouse__Gateway__UpstreamHttp=1.1 \
  dotnet src/Gatehouse.Server/bin/Release/net10.0/gatehouse.dll serve --data "$dir/data" --urls "http://127.0.0.1:$gate" > "$dir/out" 2> "$dir/err" &
running+=($!)
for peer in "bare $bare" "jwt $jwt"; do
  PEERS_KEY=$key dotnet bench/load/peers/Gatehouse.Peers/bin/Release/net10.0/peers.dll ${peer% *} "http://127.0.0.1:${peer#* }" > "$dir/peer-${peer% *}" 2>&1 &
  running+=($!)
done
sed "s#DIR#$dir#g; s/ASK_GATEHOUSE/$ask_gate/; s/ASK_BARE/$ask_bare/; s/GATEHOUSE/$gate/; s/BARE/$bare/; s/PLAIN/$plain/; s/UPSTREAM/$upstream/" bench/load/peers/nginx.conf > "$dir/nginx.conf"
nginx -c "$dir/nginx.conf" -e "$dir/nginx-error.log" &
running+=($!)
sed "s/PORT/$haproxy/; s/KEY/$key/" bench/load/peers/haproxy.cfg > "$dir/haproxy.cfg"
haproxy -db -f "$dir/haproxy.cfg" > "$dir/haproxy.log" 2>&1 &
running+=($!)
for port in "$gate/health/ready" "$bare/" "$plain/"; do
  until curl -sf -o /dev/null "http://127.0.0.1:$port"; do sleep 0.1; done
done

http=http://127.0.0.1:$gate
password=$(sed -n 's/^ *password *//p' "$dir/out")
basic="Basic $(printf 'admin:%s' "$password" | base64 -w0)"
session=$(curl -s "$http/mmws/api/micetro/sessions" --data "{\"loginName\":\"admin\",\"password\":\"$password\"}" | jq -r .result.session)
ar=$(curl -s "$http/api/jwt/login" --data-urlencode username=admin --data-urlencode "password=$password")
token=$(curl -s "$http/bppmws/api/authenticate/login" --data-urlencode username=admin --data-urlencode "password=$password" | jq -r .response.authToken)

# A token of the same claims and length for those who know only the key.
encode() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
unsigned="$(printf '{"alg":"HS256","typ":"JWT"}' | encode).$(cut -d. -f2 <<< "$ar" | tr -- '-_' '+/' | { base64 -d 2> /dev/null || true; } | encode)"
peer_jwt="$unsigned.$(printf '%s' "$unsigned" | openssl dgst -sha256 -hmac "$key" -binary | encode)"

# name | url | header line ... ; x=y for the question of a proxy
ask() { printf '%s|X-Forwarded-Method: GET|X-Forwarded-Uri: %s' "$http/auth/check" "$1"; }
cases=(
  "bare Kestrel|http://127.0.0.1:$bare/auth/check"
  "bare Kestrel, same request|http://127.0.0.1:$bare/auth/check|X-Forwarded-Method: GET|X-Forwarded-Uri: /api/arsys/v1/entry/x|Authorization: AR-JWT $ar"
  "check AR-JWT|$(ask /api/arsys/v1/entry/x)|Authorization: AR-JWT $ar"
  "check bearer|$(ask /mmws/api/v2/Users)|Authorization: Bearer $session"
  "check authtoken|$(ask /bppmws/api/x)|Authorization: authtoken $token"
  "check Basic|$(ask /api/repositories/DEFAULTORG/x)|Authorization: $basic"
  "HAProxy jwt_verify|http://127.0.0.1:$haproxy/|Authorization: Bearer $peer_jwt"
  "general JWT library|http://127.0.0.1:$jwt/|Authorization: AR-JWT $peer_jwt"
  "nginx asks Gatehouse|http://127.0.0.1:$ask_gate/api/arsys/v1/entry/x|Authorization: AR-JWT $ar"
  "nginx asks bare Kestrel|http://127.0.0.1:$ask_bare/api/arsys/v1/entry/x|Authorization: AR-JWT $ar"
  "forwarder, AR-JWT|$http/api/arsys/v1/entry/x|Authorization: AR-JWT $ar"
  "nginx proxies, no check|http://127.0.0.1:$plain/api/arsys/v1/entry/x|Authorization: AR-JWT $ar"
)

if [ "${WITH_INTROSPECTION:-0}" = 1 ]; then
  cp bench/load/peers/introspection.mjs "$dir/"
  npm install oidc-provider --prefix "$dir" --no-audit --no-fund > "$dir/npm" 2>&1
  node "$dir/introspection.mjs" "$oidc" > "$dir/oidc" 2> "$dir/oidc-err" &
  running+=($!)
  until [ -s "$dir/oidc" ]; do sleep 0.1; done
  printf 'load tests of today' | dotnet src/Gatehouse.Server/bin/Release/net10.0/gatehouse.dll account add bench --password-stdin --role client --data "$dir/data"
  post() { # file, token, header
    printf 'wrk.method="POST"\nwrk.headers["Content-Type"]="application/x-www-form-urlencoded"\nwrk.headers["Authorization"]="%s"\nwrk.body="token=%s"\n' "$3" "$2" > "$dir/$1.lua"
  }
  post ours "$session" "Basic $(printf 'bench:load tests of today' | base64 -w0)"
  post theirs "$(cat "$dir/oidc")" "Basic $(printf 'bench:bench-secret-of-the-load-test' | base64 -w0)"
  cases+=("introspection|$http/oauth/introspect|@ours" "oidc-provider|http://127.0.0.1:$oidc/token/introspection|@theirs")
fi

# One request of each must be answered 200, or its number would be one of refusals.
for case in "${cases[@]}"; do
  IFS='|' read -r -a parts <<< "$case"
  headers=()
  for header in "${parts[@]:2}"; do
    if [[ $header == @* ]]; then
      headers+=(-H "Authorization: $(sed -n 's/.*"Authorization"\]="\(.*\)"/\1/p' "$dir/${header#@}.lua")" --data "$(sed -n 's/wrk.body="\(.*\)"/\1/p' "$dir/${header#@}.lua")")
    else
      headers+=(-H "$header")
    fi
  done
  status=$(curl -s -o "$dir/answer" -w '%{http_code}' "${headers[@]}" "${parts[1]}")
  [ "$status" = 200 ] || { echo "${parts[0]}: $status $(cat "$dir/answer")" >&2; exit 1; }
done

# Round 0 only warms up.
for ((round = 0; round <= rounds; round++)); do
  for case in "${cases[@]}"; do
    IFS='|' read -r -a parts <<< "$case"
    options=()
    for header in "${parts[@]:2}"; do
      if [[ $header == @* ]]; then options+=(-s "$dir/${header#@}.lua"); else options+=(-H "$header"); fi
    done
    answer=$(wrk -t1 -c32 -d"${seconds}s" "${options[@]}" "${parts[1]}")
    if grep -q 'Non-2xx' <<< "$answer"; then echo "${parts[0]}: refused under load" >&2; exit 1; fi
    [ "$round" -eq 0 ] || printf '%s|%s\n' "${parts[0]}" "$(sed -n 's/^Requests\/sec: *//p' <<< "$answer")" >> "$dir/rates"
  done
done

awk -F'|' '
  { if (!($1 in n)) order[++cases] = $1; n[$1]++; all[$1, n[$1]] = $2 }
  function median(name,   i, j, t, v) {
    for (i = 1; i <= n[name]; i++) v[i] = all[name, i]
    for (i = 1; i <= n[name]; i++) for (j = i + 1; j <= n[name]; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
    return v[int((n[name] + 1) / 2)]
  }
  function ratio(ours, theirs, aim) { if (ours in n && theirs in n) printf "%-52s %6.2f   aim %s\n", ours " : " theirs, median(ours) / median(theirs), aim }
  END {
    printf "%-28s %12s\n", "median of rounds", "requests/s"
    for (i = 1; i <= cases; i++) printf "%-28s %12.0f\n", order[i], median(order[i])
    print ""
    split("check AR-JWT|check bearer|check authtoken|check Basic", check, "|")
    for (i = 1; i <= 4; i++) ratio(check[i], "bare Kestrel", "0.90")
    for (i = 1; i <= 4; i++) ratio(check[i], "bare Kestrel, same request", "-")
    for (i = 1; i <= 4; i++) ratio(check[i], "HAProxy jwt_verify", "1.00")
    for (i = 1; i <= 4; i++) ratio(check[i], "general JWT library", "1.00")
    ratio("nginx asks Gatehouse", "nginx asks bare Kestrel", "0.95")
    ratio("forwarder, AR-JWT", "nginx proxies, no check", "0.65")
    ratio("introspection", "oidc-provider", "8.00")
  }' "$dir/rates"
