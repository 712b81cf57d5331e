#!/usr/bin/env bash
# Sets everything up, builds, and runs every check and test. The last line on stdout is
# "N passed, N failed" (", N skipped"), summed over vitest and cargo; a failed check counts as one failure.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
cd "$root"

passed=0 failed=0 skipped=0
broken=()
scratch=$(mktemp -d "${TMPDIR:-/tmp}/openagentic-test.XXXXXX")
chmod 755 "$scratch" # users other than root write their report
mkdir -m 1777 "$scratch/reports"

# The fault tests add a line each: crash points, injected errors.
export OVERLAY_FAULT_COUNTS=$scratch/faults
tried_faults() {
  if [[ ! -s $OVERLAY_FAULT_COUNTS ]]; then return; fi
  awk '{ c += $1; e += $2 } END { print c " crash points, " e " injected errors tried" }' "$OVERLAY_FAULT_COUNTS"
}

finish() {
  local status=$? line tried
  trap - EXIT
  tried=$(tried_faults)
  rm -rf "$scratch"
  if ((status != 0 && failed == 0)); then failed=1; fi
  for line in "${broken[@]}"; do say "failed: $line"; done
  if [[ -n $tried ]]; then say "$tried"; fi
  line="$passed passed, $failed failed"
  if ((skipped > 0)); then line+=", $skipped skipped"; fi
  printf '%s\n' "$line"
  exit $((failed > 0))
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

title() { say '' "== $1 (${SECONDS}s)"; }

# check NAME COMMAND...: nothing to count unless it fails.
check() {
  title "$1"
  "${@:2}" >&2 || { broken+=("$1") && failed=$((failed + 1)); }
}

# count PASSED FAILED SKIPPED NAME STATUS: a runner that fails without a failed test counts as one failure.
count() {
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
  if (($2 > 0 || $5 != 0)); then broken+=("$4"); fi
  if (($2 == 0 && $5 != 0)); then failed=$((failed + 1)); fi
}

# vitest_tests NAME ARGUMENT...: vitest with the node that is first on PATH, by the command in $runner.
runner=()
vitest_tests() {
  local name=$1 status=0 report=$scratch/reports/vitest.json
  local -a sums=(0 0 0)
  shift
  title "$name"
  rm -f "$report"
  "${runner[@]}" node node_modules/vitest/vitest.mjs run --reporter=default --reporter=json --outputFile.json="$report" "$@" >&2 || status=$?
  if [[ -s $report ]]; then
    read -r -a sums < <(node -e '
      const r = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))
      console.log(r.numPassedTests, r.numFailedTests, r.numPendingTests + r.numTodoTests)' "$report")
  elif ((status == 0)); then
    status=1
  fi
  count "${sums[@]}" "$name" "$status"
}

# in_crates COMMAND...: in what is published, and in the tracer, which is for tests alone.
in_crates() {
  local status=0 folder
  for folder in native-helpers native-helpers/call-tracer; do (cd "$folder" && "$@") || status=$?; done
  return "$status"
}

# cargo prints one "test result: ok. 3 passed; 0 failed; 1 ignored; ..." a crate.
cargo_tests() {
  local status=0 log=$scratch/cargo.log
  local -a sums
  title 'cargo test'
  in_crates cargo test --locked --quiet >"$log" 2>&1 || status=$?
  cat "$log" >&2
  read -r -a sums < <(awk '/^test result:/ { p += $4; f += $6; i += $8 } END { print p + 0, f + 0, i + 0 }' "$log")
  count "${sums[@]}" 'cargo test' "$status"
}

title 'set up'
scripts/setup.sh --dev
use_own_rustup
check 'build' npm run --silent build
check 'types' npm run --silent check:types
check 'style' npm run --silent check:style
check 'unused code' npm run --silent check:unused
check 'package' npx --no-install publint --strict
check 'rust format' in_crates cargo fmt --all --check
check 'rust lint' in_crates cargo clippy --locked --quiet --all-targets -- -D warnings
cargo_tests
vitest_tests "tests on node $(node --version)"

# Nobody but its user may enter a plain user's FUSE mount, so the suites of all backends run as such a user, too. Fewer runs will do:
# the operations are those that root's FUSE mount had.
plain_user=(setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups)
if ((EUID != 0)); then
  : # they did
elif [[ ${CI:-} ]] || "${plain_user[@]}" node -e 'require("fs").readFileSync("package.json")' 2>/dev/null; then
  runner=("${plain_user[@]}" env -u OVERLAY_FAULT_COUNTS HOME=/nonexistent PROPERTY_RUNS="${PROPERTY_RUNS:-30}")
  vitest_tests 'tests of all backends as a plain user' --configLoader runner --project system \
    test/system/changeset/applied-equals-merged.property.test.ts \
    test/system/commit/{all-or-nothing,commit-equals-merged.property,directory-moves,merge,partial-commits.property,undo}.test.ts
  runner=()
else
  warn 'nobody may not read this checkout, or node; the tests as a plain user are skipped'
fi

# The newest supported node: the pure tests, and those of what a node version can break: the addon, mounts and their servers, programs that are run.
if scripts/fetch-node.sh 24.21.0 "$tools/node24"; then
  PATH=$tools/node24/bin:$PATH vitest_tests 'tests on node 24' --project unit --project system \
    test/unit test/system/os test/system/mount test/system/fuse test/system/run test/system/tools test/system/workspace
else
  warn 'no node 24 for this platform; its tests are skipped'
fi
