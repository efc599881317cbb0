# shellcheck shell=bash
# More engines than the contracts of state and messaging need; sourced by scripts/engines.sh.
#
#   name          what it is                                     from            first install   start
#   opensearch    a real node, 512 MB heap, no security          Maven Central   20 s            8 s
#   zipkin        Zipkin server, storage in memory               Maven Central   5 s             6 s
#   prometheus    the binary, and promtool; tests start it       Debian          10 s
#   jaeger        Jaeger 2, all in one; benchmarks start it      Go modules      minutes
#   collector     OpenTelemetry Collector: OTLP in, OTLP or      Go modules      minutes
#                 files out; benchmarks start it
#   victorialogs  VictoriaLogs; benchmarks start it              Go modules      minutes
#   pipelines     a Python with Airflow and Kubeflow Pipelines,  PyPI            70 s
#                 which read and run what is exported to them
#
# An engine is a function install_NAME, and, if it is a server that is shared, launch_NAME PORT DATA, its answer
# at health_NAME PORT, its process known by pattern_NAME; env_NAME PORT prints the exports.

more_telemetry=(opensearch zipkin prometheus)
more_peers=(jaeger collector victorialogs)
more_all=("${more_telemetry[@]}" "${more_peers[@]}" pipelines)
more_servers=(opensearch zipkin)

opensearch_version=2.19.6
log4j_version=2.25.4
zipkin_version=3.5.1
jaeger_version=v1.76.0
victorialogs_version=v1.52.1
maven_copy=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
opensearch_home="$cache/opensearch-$opensearch_version"
zipkin_jar="$cache/zipkin-server-$zipkin_version-exec.jar"
go_home="$cache/go"
pipelines_home="$cache/pipelines"
pipelines_kubeflow=(kfp==2.17.3)
pipelines_airflow=(apache-airflow-core==3.3.2 apache-airflow-providers-standard==1.21.0)

# expand_more NAME...: names of engines and of sets, as names of engines.
expand_more() {
  local name out=()
  for name in "$@"; do
    case "$name" in
    telemetry) out+=("${more_telemetry[@]}") ;;
    peers) out+=("${more_peers[@]}") ;;
    all) out+=("${more_all[@]}") ;;
    *)
      [[ " ${more_all[*]} " == *" $name "* ]] || die "no engine $name; there are ${more_all[*]}"
      out+=("$name")
      ;;
    esac
  done
  echo "${out[*]:-}"
}

# keep_log NAME COMMAND...: quiet unless it fails.
keep_log() {
  local name=$1
  shift
  "$@" >"$home/$name.log" 2>&1 || {
    tail -n 20 "$home/$name.log" >&2
    die "$name: $1 failed"
  }
}

install_jdk() {
  local missing=()
  command -v javac >/dev/null || missing+=(openjdk-17-jdk-headless)
  command -v mvn >/dev/null || missing+=(maven)
  apt_install "${missing[@]}"
}

# What the distribution of OpenSearch holds is not in Maven Central, but all of its parts are.
install_opensearch() {
  local source="$here/engines/OpenSearchNode.java" pom="$here/engines/opensearch-pom.xml" stamp
  stamp=$(cat "$source" "$pom" | cksum)
  [[ "$(cat "$opensearch_home/stamp" 2>/dev/null)" != "$stamp" ]] || return 0
  install_jdk
  say "mvn dependency:copy-dependencies (OpenSearch $opensearch_version)"
  rm -rf "$opensearch_home"
  mkdir -p "$opensearch_home"
  keep_log opensearch-install mvn -q -B -f "$pom" \
    "-Dopensearch.version=$opensearch_version" "-Dlog4j.version=$log4j_version" \
    "$maven_copy:copy-dependencies" "-DoutputDirectory=$opensearch_home/lib" -DincludeScope=runtime
  keep_log opensearch-install javac -d "$opensearch_home/classes" -cp "$opensearch_home/lib/*" "$source"
  echo "$stamp" >"$opensearch_home/stamp"
}

launch_opensearch() {
  launch opensearch java -Xms512m -Xmx1g -XX:+UseSerialGC -Dlog4j2.level=warn \
    -cp "$opensearch_home/classes:$opensearch_home/lib/*" OpenSearchNode "$1" "$2"
}

health_opensearch() { echo "http://127.0.0.1:$1/_cluster/health?wait_for_status=yellow&timeout=5s"; }
pattern_opensearch() { echo OpenSearchNode; }
env_opensearch() { echo "export MORNING_TEST_OPENSEARCH_URL=http://127.0.0.1:$1"; }

install_zipkin() {
  [[ ! -f "$zipkin_jar" ]] || return 0
  install_jdk
  say "mvn dependency:copy (Zipkin $zipkin_version)"
  keep_log zipkin-install mvn -q -B "$maven_copy:copy" \
    "-Dartifact=io.zipkin:zipkin-server:$zipkin_version:jar:exec" "-DoutputDirectory=$cache"
}

launch_zipkin() {
  launch zipkin java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -jar "$zipkin_jar" \
    '--armeria.ports[0].ip=127.0.0.1' "--armeria.ports[0].port=$1" \
    '--armeria.ports[0].protocols[0]=http'
}

health_zipkin() { echo "http://127.0.0.1:$1/health"; }
pattern_zipkin() { echo zipkin-server; }
env_zipkin() { echo "export MORNING_TEST_ZIPKIN_URL=http://127.0.0.1:$1"; }

install_prometheus() {
  [[ -n "$(first_of prometheus)" && -n "$(first_of promtool)" ]] || apt_install prometheus
}

env_prometheus() {
  echo "export MORNING_TEST_PROMETHEUS=$(first_of prometheus)"
  echo "export MORNING_TEST_PROMTOOL=$(first_of promtool)"
}

# One after the other: together, pip looks for versions that fit for twice as long.
install_pipelines() {
  local stamp="${pipelines_kubeflow[*]} ${pipelines_airflow[*]}"
  [[ "$(cat "$pipelines_home/pins" 2>/dev/null)" != "$stamp" ]] || return 0
  say "pip install $stamp"
  rm -rf "$pipelines_home"
  python3 -m venv "$pipelines_home"
  local pip=("$pipelines_home/bin/pip" install -q --disable-pip-version-check)
  keep_log pipelines-install "${pip[@]}" "${pipelines_kubeflow[@]}"
  keep_log pipelines-install "${pip[@]}" "${pipelines_airflow[@]}"
  echo "$stamp" >"$pipelines_home/pins"
}
env_pipelines() { echo "export MORNING_TEST_PIPELINES_PYTHON=$pipelines_home/bin/python"; }

# go_build NAME VERSION PACKAGE [FLAG...]: a program of a Go module, built in a module of its own.
go_build() {
  local name=$1 version=$2 package=$3 folder="$go_home/$1" stamp="$2 ${*:4}"
  [[ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ]] || return 0
  command -v go >/dev/null || die "$name is built with Go 1.26 or newer: install it by hand"
  say "go build $package@$version"
  rm -rf "$folder"
  mkdir -p "$folder"
  (
    cd "$folder"
    keep_log "$name-install" go mod init "morning/$name"
    keep_log "$name-install" go get -tool "$package@$version"
    keep_log "$name-install" go build -ldflags '-s -w' "${@:4}" -o "$name" "$package"
  )
  echo "$stamp" >"$folder/stamp"
}

install_jaeger() { go_build jaeger "$jaeger_version" github.com/jaegertracing/jaeger/cmd/jaeger; }
env_jaeger() { echo "export MORNING_TEST_JAEGER=$go_home/jaeger/jaeger"; }

install_victorialogs() {
  go_build victorialogs "$victorialogs_version" \
    github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs
}
env_victorialogs() { echo "export MORNING_TEST_VICTORIALOGS=$go_home/victorialogs/victorialogs"; }

# The collector is a choice of components: its main.go and its go.mod are ours.
install_collector() {
  local folder="$go_home/collector" stamp
  stamp=$(cat "$here/engines/collector/"* | cksum)
  [[ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ]] || return 0
  command -v go >/dev/null || die "collector is built with Go 1.26 or newer: install it by hand"
  say "go build (OpenTelemetry Collector)"
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$here/engines/collector/go.mod.txt" "$folder/go.mod"
  cp "$here/engines/collector/main.go.txt" "$folder/main.go"
  (
    cd "$folder"
    keep_log collector-install go mod tidy
    keep_log collector-install go build -ldflags '-s -w' -o collector .
  )
  echo "$stamp" >"$folder/stamp"
}
env_collector() { echo "export MORNING_TEST_COLLECTOR=$go_home/collector/collector"; }

is_server() { [[ " ${more_servers[*]} " == *" $1 "* ]]; }

more_runs() {
  if is_server "$1"; then
    [[ -f "$home/env.$1" ]] && runs "$1" "$("pattern_$1")"
  else
    [[ -f "$home/env.$1" ]]
  fi
}

install_more() {
  local name
  for name in "$@"; do "install_$name"; done
}

# launch_more NAME...: those that do not run yet; they come up while others start.
launch_more() {
  local name port data
  for name in "$@"; do
    if ! is_server "$name"; then
      "install_$name"
      "env_$name" >"$home/env.$name"
      continue
    fi
    if more_runs "$name"; then continue; fi
    stop_more "$name"
    "install_$name"
    data=$(mktemp -d "${TMPDIR:-/tmp}/morning-engines.XXXXXX")
    port=$(free_ports 1)
    echo "$data" >"$home/data.$name"
    echo "$port" >"$home/port.$name"
    "launch_$name" "$port" "$data"
  done
}

# await_more NAME...: until each answers, 60 s at most.
await_more() {
  local name port try
  for name in "$@"; do
    if [[ -f "$home/env.$name" ]]; then continue; fi
    port=$(cat "$home/port.$name")
    for try in $(seq 1 300); do
      if curl -sfo /dev/null --max-time 6 "$("health_$name" "$port")"; then break; fi
      runs "$name" . && [[ $try -lt 300 ]] || {
        tail -n 20 "$home/$name.log" >&2
        die "$name did not come up on port $port"
      }
      sleep 0.2
    done
    "env_$name" "$port" >"$home/env.$name"
    say "$name is ready"
  done
}

stop_more() {
  local name data
  for name in "$@"; do
    rm -f "$home/env.$name"
    is_server "$name" || continue
    end "$name" "$("pattern_$name")" TERM
    data=$(cat "$home/data.$name" 2>/dev/null || true)
    if [[ "$data" == */morning-engines.* ]]; then rm -rf "$data"; fi
    rm -f "$home/data.$name" "$home/port.$name"
  done
}

status_more() {
  local name
  for name in "${more_all[@]}"; do
    if ! more_runs "$name"; then
      echo "$name is not there"
    elif is_server "$name"; then
      echo "$name runs, pid $(cat "$home/$name.pid")"
    else
      echo "$name is installed"
    fi
  done
}

env_more() {
  local name
  for name in "${more_all[@]}"; do
    if more_runs "$name"; then cat "$home/env.$name"; fi
  done
}
