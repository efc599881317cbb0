#!/usr/bin/env bash
# Runs a command with real engines: scripts/with-engines.sh npx vitest run src/state
# The engines stay up for the next command; scripts/engines.sh stop ends them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/engines.sh" start
eval "$("$here/engines.sh" env)"
if [[ -z "${MORNING_DATA:-}" && -d "$here/../../shared/data" ]]; then
  MORNING_DATA=$(cd "$here/../../shared/data" && pwd)
  export MORNING_DATA
fi
exec "$@"
