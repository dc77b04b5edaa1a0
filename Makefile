# make demo    the whole way of a credential, with the real programs
# make test    the whole test suite
# make lint    formatting, vet, staticcheck and who may import whom
# make build   the three programs, into bin/
# make build-pkcs11 the issuer's program with keys in PKCS #11 tokens, which needs a C compiler
# make build-otel the issuer's program with OpenTelemetry (docs/operations)
# make fuzz    each fuzz target for FUZZTIME
# make conformance other implementations against this one (with Node.js)
# make bench   how fast others are beside this one (with Node.js)
# make logbench how fast the issuance log is beside bbolt, a file and tessera
# make load    how many answers a second, and where the time goes (with PostgreSQL)
# make soak DURATION=1h all kinds of load while everything fails (with PostgreSQL)
# make timing  whether the time of a refusal tells its reason (with PostgreSQL)
# make picture the picture of the README
# make release KEY=FILE what a release has, into dist/ (docs/release.md)
# make conformance-report docs/conformance.md, from the tests of official vectors

GO       ?= go
FUZZTIME ?= 30s
DURATION ?= 1h
TESTFLAGS ?=

.PHONY: build demo test lint fuzz conformance bench picture clean

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ ./cmd/...

build-pkcs11:
	CGO_ENABLED=1 $(GO) build -tags pkcs11 -trimpath -o bin/chancery-pkcs11 ./cmd/chancery

build-otel:
	CGO_ENABLED=0 $(GO) build -tags otel -trimpath -o bin/chancery-otel ./cmd/chancery

.PHONY: build-pkcs11 build-otel

demo: build
	$(GO) run ./examples/births/demo bin

test:
	$(GO) test -timeout 20m $(TESTFLAGS) ./...

lint:
	@test -z "$$($(GO) tool gofumpt -l .)" || { echo "run: go tool gofumpt -w ."; $(GO) tool gofumpt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test ./internal/deptest

fuzz:
	@set -e; for file in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' $$file); do \
			echo "$$(dirname $$file) $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$(dirname $$file); \
		done; \
	done

conformance:
	cd conformance/peers/gopeers && $(GO) vet ./...
	cd conformance/logbench/tessera && $(GO) vet ./...
	$(GO) test -timeout 20m -count=1 ./conformance/...

bench:
	$(GO) run ./conformance/bench

logbench:
	$(GO) run ./conformance/logbench

.PHONY: logbench

load:
	$(GO) test -timeout 20m -run '^$$' -bench . ./conformance/load

timing:
	$(GO) test -timeout 20m -run '^$$' -bench . -benchtime 2000x ./conformance/timing

soak:
	CHANCERY_TEST_SOAK=$(DURATION) $(GO) test -timeout 0 -count=1 -v -run TestSoak ./conformance/soak

.PHONY: load timing soak

picture: build
	$(GO) run ./examples/births/demo bin | $(GO) run ./docs/picture > docs/demo.svg

release:
	$(GO) run ./docs/release make --key $(KEY) --out dist

.PHONY: release

conformance-report:
	$(GO) run ./conformance/report > docs/conformance.md

.PHONY: conformance-report

clean:
	rm -rf bin build
