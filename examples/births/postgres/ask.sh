#!/bin/sh
# sh ask.sh PARTY facts|statuses|credentials QUESTION
#
# Asks the registry as PARTY, whose token is in office/PARTY.token, and
# writes the answer alone: a signed statement, or a credential. QUESTION is
# JSON. Refused, it writes why to standard error, and exits with 1.

# Standard input, so that the token is in no list of processes.
answer=$(printf 'Authorization: Bearer %s' "$(cat "office/$1.token")" |
	curl --silent --show-error --fail-with-body --cacert office/registry.pem \
		--header @- --header 'Content-Type: application/json' \
		--data-raw "$3" "https://localhost:8445/v1/$2") || {
	printf '%s\n' "$answer" >&2
	exit 1
}
printf '%s\n' "$answer" | sed -E -e 's/^\{"answer":"([^"]*)".*$/\1/' -e 's/^\{"answer":(.*),"receipt":"[^"]*"\}$/\1/'
