#!/usr/bin/env bash
# Sets everything up and runs the main job on a real tree, telling each step and its time: a session, a WASI
# module that edits files in it, status, diff, commit, discard.
#
#   scripts/demo.sh                      on a scratch clone of this checkout
#   scripts/demo.sh PROJECT              on a project of yours; the commit is a dry run
#   scripts/demo.sh PROJECT --commit     and commits for real
#
# Leaves nothing behind, whenever it stops: no session, no mount, no scratch clone.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

project=
commit=
for argument in "$@"; do
  case $argument in
  --commit) commit=yes ;;
  -*) die "expected [PROJECT] [--commit], got $argument" ;;
  *)
    [[ -z $project ]] || die "expected one project, got $project and $argument"
    [[ -d $argument ]] || die "expected a directory, but $argument is none"
    project=$(cd "$argument" && pwd -P)
    ;;
  esac
done
[[ -n $project || -z $commit ]] || die '--commit needs a PROJECT; the scratch clone is committed to anyway'

session=demo-$$
mounted=
scratch=
had_store=

overlay() { node "$root/dist/cli/main.cjs" -C "$project" "$@"; }

step() {
  printf '\n\033[1m%s\033[0m\n' "$1"
  printf '  $ %s\n' "$2"
}

# timed COMMAND...: its output, cut to a screenful, what it remarks, and its time.
timed() {
  local started=${EPOCHREALTIME/[.,]/} status=0 ended lines
  "$@" >"$output" 2>"$remarks" || status=$?
  ended=${EPOCHREALTIME/[.,]/}
  lines=$(wc -l <"$output")
  sed 's/^/  /;12q' "$output"
  if ((lines > 12)); then printf '  ... %d more lines\n' $((lines - 12)); fi
  sed 's/^/  /' "$remarks"
  printf '  [%d ms]\n' $(((ended - started) / 1000))
  return "$status"
}

# How many signed files DIRECTORY shows; the session's own store does not count.
signed_in() {
  { grep -rlF --include='*.md' --exclude-dir=.openagentic 'signed in a session' "$1/" || true; } | wc -l
}

finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  if [[ $mounted ]]; then overlay discard "$session" --yes >/dev/null || warn "the session $session is left in $project"; fi
  # The store is the demo's own unless it was there before, or another session lives in it now.
  if [[ -n $project && ! $had_store && -d $project/.openagentic ]] && ! compgen -G "$project/.openagentic/sessions/*" >/dev/null; then
    rm -rf --one-file-system "$project/.openagentic"
  fi
  if [[ $scratch ]]; then rm -rf --one-file-system "$scratch"; fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$root/scripts/setup.sh"
cd "$root"
if [[ ! -f dist/cli/main.cjs || -n $(find src package-lock.json scripts/build.mjs -newer dist/cli/main.cjs -print -quit) ]]; then
  say 'building dist'
  npm run --silent build >&2
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/openagentic-demo.XXXXXX")
output=$scratch/output
remarks=$scratch/remarks
if [[ -z $project ]]; then
  commit=yes
  project=$scratch/project
  mkdir "$project"
  # Not every checkout can be cloned: it may be an unpacked archive, or belong to another user.
  git clone --quiet --no-hardlinks "$root" "$project" 2>/dev/null ||
    tar -C "$root" -c --exclude='./node_modules' --exclude='./.*' --exclude='target' . | tar -C "$project" -x
  printf '\nThe project: a scratch clone of this checkout, %d files\n' "$(find "$project" -type f | wc -l)"
else
  printf '\nThe project: %s\n' "$project"
fi
if [[ -e $project/.openagentic ]]; then had_store=yes; fi

mounted=yes
step 'A session: a copy-on-write view of the whole project' "openagentic-overlay mount $session"
timed overlay mount "$session"
merged=$(<"$output")

step 'A WASI module signs every Markdown file, in the session' "openagentic-overlay exec $session -- sign-markdown.wat"
timed overlay exec "$session" -- "$root/scripts/demo/sign-markdown.wat"

step 'What it changed; the project itself has not' "openagentic-overlay status $session"
timed overlay status "$session"
printf '  signed files in the session: %d, in the project: %d\n' "$(signed_in "$merged")" "$(signed_in "$project")"

step 'The changes as a patch' "openagentic-overlay diff $session --stat"
timed overlay diff "$session" --stat

if [[ $commit ]]; then
  step 'Back to the project, after the check that nobody changed it meanwhile' "openagentic-overlay commit $session --yes"
  timed overlay commit "$session" --yes
  printf '  signed files in the project: %d\n' "$(signed_in "$project")"
else
  step 'What a commit would do (--commit does it)' "openagentic-overlay commit $session --dry-run"
  timed overlay commit "$session" --dry-run
fi

step 'The session is dropped' "openagentic-overlay discard $session --yes"
timed overlay discard "$session" --yes
mounted=
printf '\nDone.\n'
