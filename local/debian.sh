#!/bin/sh
# Installs those of Debian's packages for the tests that are missing. Services in them do not start,
# neither now nor with the machine: the tests start their own.
set -eu

missing=""
need() { [ -e "$1" ] || missing="$missing $2"; }
need /usr/bin/chromium "chromium fonts-dejavu-core"
need /usr/bin/curl curl
need /usr/bin/redis-server redis-server
need /usr/sbin/pgbouncer pgbouncer
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests need Debian's packages$missing. As root: apt-get install$missing" >&2
  exit 2
fi

echo "Installing Debian's packages$missing for the tests"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
apt-get update -qq
# shellcheck disable=SC2086 # several words
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
for package in $missing; do
  [ ! -e "/etc/init.d/$package" ] || update-rc.d "$package" disable
done
