#!/bin/sh
# sh verify.sh FILE [FLAG...]
#
# Has a statement or a credential of the registry judged, offline.

exec chancery-verifier verify "$@" --issuer "$(cat office/registry.did)" \
	--bundle office/registry.bundle --bundle-key "$(cat office/registry.key)"
