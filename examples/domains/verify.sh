#!/bin/sh
# sh verify.sh FILE [FLAG...]
#
# Has a statement or a credential of the registrar judged, offline.

exec chancery-verifier verify "$@" --issuer "$(cat partners/registrar.did)" \
	--bundle partners/registrar.bundle --bundle-key "$(cat partners/registrar.key)"
