#!/bin/sh
# Run the suites named, in order, on one stack that starts once and stops at
# the end; print how long each took.
# usage: scripts/test.sh SUITE… [FILES for acceptance]
#   suites: pure integration journeys contracts acceptance bench screenshots
set -u
bin=.venv/bin
export ODLOCALE_TEST_HOME="${ODLOCALE_TEST_HOME:-$PWD/.portal-test}"
export ODLOCALE_TEST_KEEP=1
# A whole CKAN is compiled again by each process that may not keep the result: 4 s each.
unset PYTHONDONTWRITEBYTECODE
failed=""
times=""

# Do something to the portal of each process that walks.
each_portal() {
    for home in "$ODLOCALE_TEST_HOME" "$ODLOCALE_TEST_HOME-2"; do
        [ ! -d "$home" ] || ODLOCALE_HOME="$home" "$bin/odlocale" "$@" >/dev/null 2>&1
    done
}
finish() {
    each_portal down
}
trap finish EXIT
# Each run starts from an empty portal: what an earlier one published is gone.
each_portal reset --yes
trap 'exit 130' INT TERM

run() {
    name=$1
    shift
    began=$(date +%s)
    printf '\n== %s\n' "$name"
    "$@" || failed="$failed $name"
    times="$times$(printf '\n  %-14s%4s s' "$name" "$(($(date +%s) - began))")"
}

pytest="$bin/pytest -q"
# Tests without a browser are spread over the processors, whole files at a time and
# in their order.
workers=$(nproc 2>/dev/null || echo 1)
[ "$workers" -le 4 ] || workers=4
spread="-n $workers --dist loadfile --no-loadscope-reorder"
# A process that walks has a portal of its own: two at most.
two="-n 2 --dist loadfile --no-loadscope-reorder"
[ "$workers" -gt 1 ] || two=""
while [ $# -gt 0 ]; do
    suite=$1
    shift
    case $suite in
    pure)
        run pure $pytest $spread -p no:ckan tests --ignore=tests/integration \
            --ignore=tests/journeys --ignore=tests/contracts --ignore=tests/acceptance
        ;;
    integration)
        run integration $pytest $spread -p ckanext.odlocale.portal.testing \
            --ckan-ini=test.ini tests/integration
        ;;
    journeys)
        run journeys $pytest $two -p no:ckan tests/journeys
        ;;
    contracts)
        # Installed before two processes would both do it.
        for name in udata validata shacl; do
            "$bin/python" -m tests.contracts.environment "$name" >/dev/null || exit 1
        done
        run contracts $pytest $two -p no:ckan tests/contracts
        ;;
    acceptance)
        ODLOCALE_FILES="$*" run acceptance $pytest -p no:ckan tests/acceptance
        break
        ;;
    bench)
        for figure in benchmarks/*.py; do
            run "$figure" "$bin/python" "$figure"
        done
        ;;
    screenshots)
        run screenshots "$bin/python" -m scripts.screenshots
        ;;
    *)
        echo "unknown suite: $suite" >&2
        exit 2
        ;;
    esac
done
printf '\nDurations:%s\n' "$times"
if [ -n "$failed" ]; then
    printf 'Failed:%s\n' "$failed"
    exit 1
fi
