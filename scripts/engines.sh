#!/usr/bin/env bash
# Real engines for the contract suites: PostgreSQL, Redis or Valkey, two AWS emulators, Chromium,
# and a Python with the OpenTelemetry SDK.
#
#   scripts/engines.sh install [MORE...]   install what is missing (Debian packages as root, the rest in the cache)
#   scripts/engines.sh start [MORE...]     start them on free loopback ports; does nothing when they run already
#   scripts/engines.sh env                 print the exports: eval "$(scripts/engines.sh env)"
#   scripts/engines.sh status              say what runs
#   scripts/engines.sh stop [MORE...]      stop them and remove their data; only the named ones, if any are
#
# MORE: telemetry (opensearch, zipkin, prometheus), peers (jaeger, collector, victorialogs), pipelines, or some by name;
# $MORNING_ENGINES where none is named. What they need and cost stands in scripts/engines/more.sh.
# The state is in $MORNING_ENGINES_HOME (default: the cache folder), so that several commands share one set.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/morning-ci"
home="${MORNING_ENGINES_HOME:-$cache/engines}"
venv="$cache/venv"
pins=(moto[server]==5.2.5 ministack==1.5.33 opentelemetry-sdk==1.45.2
  opentelemetry-exporter-otlp-proto-http==1.45.2 opentelemetry-exporter-otlp-proto-grpc==1.45.2)
# The services that the contracts need; ministack leaves the rest unloaded.
services=sqs,sns,events,scheduler,s3,secretsmanager,sts,iam,states
mkdir -p "$home"

say() { echo "engines: $*" >&2; }

die() {
  say "$*"
  exit 1
}

postgres_bin() {
  local found
  found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
  if [[ -z "$found" ]] && command -v initdb >/dev/null; then
    found=$(dirname "$(command -v initdb)")
  fi
  echo "$found"
}

first_of() {
  local name
  for name in "$@"; do
    if command -v "$name"; then return 0; fi
  done
  return 0
}

redis_bin() { first_of valkey-server redis-server; }
chromium_bin() { first_of chromium chromium-browser google-chrome; }

install_debian() {
  local missing=()
  [[ -n "$(postgres_bin)" ]] || missing+=(postgresql)
  [[ -n "$(redis_bin)" ]] || missing+=(redis-server)
  [[ -n "$(chromium_bin)" ]] || missing+=(chromium)
  # Chinese text without it is boxes, of other widths.
  [[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ]] || missing+=(fonts-noto-cjk)
  command -v python3 >/dev/null || missing+=(python3)
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
  apt_install "${missing[@]}"
}

# apt_install PACKAGE...: Debian packages, none of whose services starts.
apt_install() {
  [[ $# -gt 0 ]] || return 0
  [[ $(id -u) -eq 0 ]] || die "not root: install these by hand: $*"
  say "apt-get install $*"
  export DEBIAN_FRONTEND=noninteractive
  # A policy that refuses service starts: a package must not start a server of its own.
  local policy=/usr/sbin/policy-rc.d wrote=
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && wrote=yes
  fi
  apt-get update -qq >&2 || true
  local status=0
  apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends \
    "$@" >"$home/apt.log" 2>&1 || status=$?
  [[ -z $wrote ]] || rm -f $policy
  if [[ $status -ne 0 ]]; then
    tail -n 20 "$home/apt.log" >&2
    die "apt-get failed"
  fi
}

install_python() {
  local stamp="$venv/pins"
  if [[ -x "$venv/bin/moto_server" && "$(cat "$stamp" 2>/dev/null)" == "${pins[*]}" ]]; then
    return 0
  fi
  say "pip install ${pins[*]}"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check "${pins[@]}" >&2
  echo "${pins[*]}" >"$stamp"
}

install() {
  install_debian
  install_python
  install_more "$@"
}

# free_ports N: N different ports that nothing listens on.
free_ports() {
  python3 - "$1" <<'PYTHON'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*[one.getsockname()[1] for one in held])
PYTHON
}

# await_port NAME PORT: until it accepts connections, 30 s at most.
await_port() {
  local try
  for try in $(seq 1 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  tail -n 20 "$home/$1.log" >&2 || true
  die "$1 did not come up on port $2"
}

# launch NAME COMMAND...: in the background, in a session of its own, its pid on record.
launch() {
  local name=$1
  shift
  # 9 is the lock of `start`: a server that inherited it would hold it for ever.
  setsid nohup "$@" </dev/null >"$home/$name.log" 2>&1 9>&- &
  echo "$!" >"$home/$name.pid"
}

# runs NAME: whether the recorded process lives and is still what was started (pids are reused).
runs() {
  local pid
  pid=$(cat "$home/$1.pid" 2>/dev/null) || return 1
  kill -0 "$pid" 2>/dev/null && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qE "$2"
}

all_run() {
  [[ -f "$home/env" ]] && runs postgres postgres && runs redis 'redis-server|valkey-server' &&
    runs moto moto_server && runs ministack ministack
}

# as_postgres COMMAND...: PostgreSQL refuses to run as root.
as_postgres() {
  if [[ $(id -u) -eq 0 ]]; then
    runuser -u postgres -- "$@"
  else
    "$@"
  fi
}

start_postgres() {
  local port=$1 data=$2/postgres bin
  bin=$(postgres_bin)
  mkdir -p "$data"
  if [[ $(id -u) -eq 0 ]]; then chown postgres "$data"; fi
  (cd / && as_postgres "$bin/initdb" -D "$data" -U morning --auth=trust -E UTF8 --locale=C.UTF-8 \
    --no-sync >"$home/initdb.log" 2>&1) || {
    cat "$home/initdb.log" >&2
    die "initdb failed"
  }
  cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 200
wal_level = logical
shared_preload_libraries = 'pg_stat_statements,auto_explain'
CONF
  if [[ $(id -u) -eq 0 ]]; then
    # setpriv replaces itself: the recorded pid is the server's own.
    (cd / && launch postgres setpriv --reuid=postgres --regid=postgres --init-groups \
      "$bin/postgres" -D "$data")
  else
    launch postgres "$bin/postgres" -D "$data"
  fi
  await_port postgres "$port"
  local try
  for try in $(seq 1 100); do
    if "$bin/psql" -qXh 127.0.0.1 -p "$port" -U morning -d postgres \
      -c 'create database morning' >"$home/createdb.log" 2>&1; then return 0; fi
    sleep 0.1
  done
  cat "$home/createdb.log" >&2
  die "postgres does not answer"
}

start() {
  exec 9>"$home/lock"
  flock 9
  launch_more "$@"
  start_base
  await_more "$@"
}

start_base() {
  if all_run; then return 0; fi
  stop_base
  install_debian
  install_python
  local data ports began=$SECONDS
  data=$(mktemp -d "${TMPDIR:-/tmp}/morning-engines.XXXXXX")
  chmod 755 "$data"
  echo "$data" >"$home/data"
  read -r -a ports < <(free_ports 4)
  launch redis "$(redis_bin)" --bind 127.0.0.1 --port "${ports[1]}" --save "" --appendonly no \
    --dir "$data"
  launch moto "$venv/bin/moto_server" -H 127.0.0.1 -p "${ports[2]}"
  launch ministack env BIND_HOST=127.0.0.1 GATEWAY_PORT="${ports[3]}" MINISTACK_HOST=127.0.0.1 \
    SERVICES="$services" TMPDIR="$data" S3_DATA_DIR="$data/ministack-s3" LOG_LEVEL=WARNING \
    DOCKER_HOST="unix://$data/no-docker.sock" "$venv/bin/python" -m ministack
  start_postgres "${ports[0]}" "$data"
  await_port redis "${ports[1]}"
  await_port moto "${ports[2]}"
  await_port ministack "${ports[3]}"
  {
    echo "export MORNING_TEST_POSTGRES_URL=postgres://morning@127.0.0.1:${ports[0]}/morning"
    echo "export MORNING_TEST_REDIS_URL=redis://127.0.0.1:${ports[1]}"
    echo "export MORNING_TEST_AWS_URL=http://127.0.0.1:${ports[2]}"
    echo "export MORNING_TEST_MINISTACK_URL=http://127.0.0.1:${ports[3]}"
    echo "export MORNING_TEST_PYTHON=$venv/bin/python"
    if [[ -n "$(chromium_bin)" ]]; then
      echo "export MORNING_TEST_CHROMIUM=$(chromium_bin)"
    fi
  } >"$home/env.new"
  mv "$home/env.new" "$home/env"
  say "ready in $((SECONDS - began)) s"
}

# end NAME PATTERN SIGNAL: ends the recorded process, by force after five seconds.
end() {
  local pid try
  runs "$1" "$2" || { rm -f "$home/$1.pid" && return 0; }
  pid=$(cat "$home/$1.pid")
  kill "-$3" "$pid" 2>/dev/null || true
  for try in $(seq 1 50); do
    runs "$1" "$2" || break
    sleep 0.1
  done
  if runs "$1" "$2"; then kill -KILL "$pid" 2>/dev/null || true; fi
  rm -f "$home/$1.pid"
}

stop_base() {
  end ministack ministack TERM
  end moto moto_server TERM
  end redis 'redis-server|valkey-server' TERM
  end postgres postgres INT
  local data
  data=$(cat "$home/data" 2>/dev/null || true)
  if [[ "$data" == */morning-engines.* ]]; then rm -rf "$data"; fi
  rm -f "$home/data" "$home/env"
}

status() {
  local name
  for name in postgres redis moto ministack; do
    if runs "$name" .; then
      echo "$name runs, pid $(cat "$home/$name.pid")"
    else
      echo "$name does not run"
    fi
  done
  status_more
  cat "$home/env" 2>/dev/null || true
  env_more
}

# shellcheck source=engines/more.sh
source "$here/engines/more.sh"

verb=${1:-}
shift || true
if [[ $# -gt 0 ]]; then
  named=$*
else
  named=${MORNING_ENGINES:-}
fi
read -r -a more < <(expand_more $named)
case "$verb" in
install) install "${more[@]}" ;;
start) start "${more[@]}" ;;
env)
  all_run || die "not running: scripts/engines.sh start"
  cat "$home/env"
  env_more
  ;;
status) status ;;
stop)
  exec 9>"$home/lock"
  flock 9
  if [[ $# -gt 0 ]]; then
    stop_more "${more[@]}"
  else
    stop_more "${more_all[@]}"
    stop_base
  fi
  ;;
*) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
