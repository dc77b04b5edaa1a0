#!/bin/sh
# Runs suites against a conformance-server, by the manifest that it printed.
#
#   sh run.sh manifest.json SUITE...
set -eu

if [ $# -lt 2 ]; then
  echo "usage: sh run.sh manifest.json SUITE..." >&2
  exit 2
fi
here=$(dirname "$0")
manifest=$1
shift
node "$here/local-config.mjs" "$manifest" "$@"

failed=0
for suite in "$@"; do
  echo "== $suite"
  # The server made its own certificate.
  (cd "$suite" && NODE_TLS_REJECT_UNAUTHORIZED=0 NODE_NO_WARNINGS=1 npx mocha tests/ --reporter dot --timeout 15000 --preserve-symlinks) || failed=1
done
exit $failed
