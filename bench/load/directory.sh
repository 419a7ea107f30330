#!/usr/bin/env bash
# Two hundred people of a directory sign in at once. The directory (slapd, LDAPS) stands behind a proxy that holds back every
# answer by 50 ms; then the proxy becomes a black hole. Beside it, token checks go on.
#   bench/load/directory.sh [PEOPLE, default 200] [DELAY in ms, default 50]
# Needs slapd, ldap-utils, openssl, python3, wrk, curl and jq (Debian packages). Loopback only.
set -euo pipefail
cd "$(dirname "$0")/../.."
people=${1:-200}
delay=${2:-50}
work=$(mktemp -d)
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
slapd_port=$(port)
proxy_port=$(port)
http=http://127.0.0.1:$(port)
password=Correct-Horse-7-Staple
started=()
trap 'for one in "${started[@]}"; do kill "$one" 2> /dev/null || true; done; wait 2> /dev/null || true; rm -rf "$work"' EXIT

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2> /dev/null
mkdir "$work/db"
cat > "$work/slapd.conf" << END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $work/slapd.pid
argsfile $work/slapd.args
TLSCertificateFile $work/cert.pem
TLSCertificateKeyFile $work/key.pem
database mdb
suffix "dc=example,dc=org"
directory $work/db
index uid,member eq
END
{
  printf 'dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n'
  for ((i = 0; i < 4 * people; i++)); do
    printf '\ndn: uid=user%d,dc=example,dc=org\nobjectClass: inetOrgPerson\ncn: x\nsn: x\nuid: user%d\nuserPassword: %s\n' "$i" "$i" "$password"
  done
  printf '\ndn: cn=ops,dc=example,dc=org\nobjectClass: groupOfNames\ncn: ops\nmember: uid=user0,dc=example,dc=org\n'
} > "$work/content.ldif"
slapadd -q -f "$work/slapd.conf" -l "$work/content.ldif"
slapd -f "$work/slapd.conf" -h "ldaps://127.0.0.1:$slapd_port/" -d 0 2> /dev/null &
started+=($!)
python3 bench/load/delay.py "$proxy_port" "$slapd_port" "$delay" 2> "$work/proxy" &
proxy=$!
started+=("$proxy")

dotnet build -c Release src/Gatehouse.Server -v quiet > /dev/null
export Gatehouse__Authorities__Ldap__corp__Servers=ldaps://127.0.0.1:$proxy_port Gatehouse__Authorities__Ldap__corp__CaFile=$work/cert.pem
export Gatehouse__Authorities__Ldap__corp__BaseDn=dc=example,dc=org Gatehouse__Throttle__SourceLimit=1000000 Gatehouse__Throttle__FreeAttempts=1000
export Gatehouse__Authorities__Ldap__corp__Groups__0='cn=ops,dc=example,dc=org => role:client' Gatehouse__Authorities__Ldap__corp__Groups__1='* => tenant:DEFAULTORG'
export Gatehouse__Authorities__Ldap__corp__RetrySeconds=3600 Gatehouse__Passwords__CacheSeconds=0
dotnet src/Gatehouse.Server/bin/Release/net10.0/gatehouse.dll serve --data "$work/d" --urls "$http" > "$work/out" 2> "$work/err" &
server=$!
started+=("$server")
until curl -sf -o /dev/null "$http/health/ready"; do sleep 0.1; done
admin=$(sed -n 's/^ *password *//p' "$work/out")
token=$(curl -s "$http/bppmws/api/authenticate/login" --data-urlencode username=admin --data-urlencode "password=$admin" | jq -r .response.authToken)

threads() { ls "/proc/$server/task" | wc -l; }
sign_in() { python3 bench/load/signins.py "$http" "$people" "$1" "$password"; }
checks() { wrk -t1 -c8 -d"${1}s" --latency -H "Authorization: authtoken $token" "$http/bppmws/api/x" | awk '/50%|99%|Requests\/sec/ { printf "%s %s  ", $1, $2 } END { print "" }'; }

printf 'threads at rest:                    %s\n' "$(threads)"
printf 'first sign-ins, cold:               %s\n' "$(sign_in 0)"
printf 'first sign-ins, connections open:   %s\n' "$(sign_in "$people")"
printf 'known accounts:                     %s\n' "$(sign_in "$people")"
printf 'threads afterwards:                 %s\n' "$(threads)"
kill -USR2 "$proxy"; sleep 0.2
printf 'to the directory:                   %s\n' "$(tail -n 1 "$work/proxy")"
printf 'token checks alone:                 %s\n' "$(checks 4)"
kill -USR1 "$proxy"
sleep 0.2
checks 4 > "$work/beside" &
beside=$!
printf 'black hole, first wave:             %s\n' "$(sign_in $((2 * people)))"
printf 'threads meanwhile:                  %s\n' "$(threads)"
printf 'black hole, then:                   %s\n' "$(sign_in $((3 * people)))"
wait "$beside"
printf 'token checks beside the black hole: %s\n' "$(cat "$work/beside")"
