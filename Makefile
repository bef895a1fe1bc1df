# `make help` lists what there is. Needs Go, git, GNU make, a C compiler (for
# the race detector), and for the subject in Express Node.js with npm; everything else is fetched by the go command.

.DEFAULT_GOAL := help
.SHELLFLAGS   := -ec
MODULE        := github.com/samespan/samespan
INTERNAL      := $(MODULE)/conformance/compare/internal
MUTANT        := $(INTERNAL)/mutant
# Packages that start programs, or read documents: what runs in parallel there
# is tested by other packages.
PLAIN         := $(MODULE)/conformance/compare $(addprefix $(INTERNAL)/,browser comparison guide guide/snippet matrix repository)
# What test-quick leaves out.
SLOW          := $(MODULE)/core $(MODULE)/conformance/compare $(addprefix $(INTERNAL)/,bench ending mutant network soak subject transparency)
empty         :=
space         := $(empty) $(empty)
# All steps have the same flags, so that a package is compiled once with the race
# detector and once without. Gin's MessagePack takes longest of all to compile,
# and nothing here uses it. What go vet would find, make lint finds.
TAGS          := -tags=nomsgpack
# Without the directory in what is compiled, so that every clone shares the build cache.
export GOFLAGS := -trimpath $(filter-out -trimpath,$(shell go env GOFLAGS))
TEST          := go test -vet=off
FUZZTIME      ?= 60s
SOAKTIME      ?= 10m
LINT          := bin/golangci-lint
RELEASE       := cd .ci/release && GOWORK=off go run .

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## send requests through net/http, Gin, Echo and Fiber, and print their traces
	go run $(TAGS) ./conformance/compare demo

# Three at a time, in this order. One that fails does not stop the others. What
# is built without the race detector is compiled first, once for all.
.PHONY: test
test: ## run the tests of all modules, with the race detector for code that runs in parallel
	$(MAKE) --no-print-directory --keep-going --jobs 3 AFTER=compiled test-race test-plain newest collector

test-plain newest collector: | $(AFTER)

.PHONY: compiled
compiled:
	go build $(TAGS) $$(go list $(TAGS) -f '{{join .Imports " "}}' ./conformance/compare)

# The packages that take longest begin first. Most tests wait for exports and
# time-outs, so more packages and tests run at a time than there are processors.
.PHONY: test-race
test-race: ## part of test: run the packages that test-plain does not run, with the race detector
	$(TEST) $(TAGS) -race -p 3 -parallel 3 -timeout 30m $(INTERNAL)/subject $(INTERNAL)/soak $(MODULE)/core $$(go list $(MODULE)/... | grep -vxE '$(subst $(space),|,$(MUTANT) $(PLAIN))')

# The mutants begin first, which take longest. See test-race for -parallel.
.PHONY: test-plain
test-plain: ## part of test: test the mutants, the command compare and the documents
	$(TEST) $(TAGS) -parallel 6 -timeout 30m $(MUTANT) $(PLAIN)

# From the test cache where nothing has changed. The packages left out start
# services, or wait for time-outs, for more than some seconds.
.PHONY: test-quick
test-quick: ## run the fast tests without the race detector, in about a minute
	$(TEST) $(TAGS) $$(go list $(MODULE)/... | grep -vxE '$(subst $(space),|,$(SLOW))')

# Outside the workspace: see its package comment. Never from the test cache,
# which does not know the services that are built for it.
.PHONY: collector
collector: ## part of test: test exports to the real OpenTelemetry Collector
	cd conformance/collector && GOWORK=off $(TEST) $(TAGS) -race -count=1 ./...

# Without inlining in the adapters, Fiber and fasthttp, on which nothing may depend.
.PHONY: newest
newest: ## part of test: test the Fiber adapters with the newest versions of their dependencies
	GOWORK=$(CURDIR)/conformance/newest/go.work $(TEST) $(TAGS) $(addsuffix /...=-l,$(addprefix -gcflags=github.com/,samespan gofiber valyala)) \
		$(MODULE)/fiberotel/... $(MODULE)/fiberotel/fiber3/...

# Outside the workspace: see its package comment.
.PHONY: recipes
recipes: ## test the code of core/SURROUNDINGS.md with the real libraries
	cd conformance/recipes && GOWORK=off $(TEST) $(TAGS) -race -count=1 ./...

# Outside the workspace: see its package comment.
.PHONY: dashboards
dashboards: ## test every query of the dashboards and alerts with real services and Prometheus
	cd conformance/prometheus && GOWORK=off $(TEST) $(TAGS) -count=1 ./...

.PHONY: pictures
pictures: ## draw the pictures of the dashboards again, with the same test
	cd conformance/prometheus && GOWORK=off $(TEST) $(TAGS) -count=1 -run Services . -update-pictures

# Outside the workspace: see its package comment.
.PHONY: backends
backends: ## test traces of four services in the real Jaeger, which takes long to build
	cd conformance/jaeger && GOWORK=off $(TEST) $(TAGS) -count=1 ./...

.PHONY: nginx
nginx: ## test exports to the Collector through nginx, which terminates TLS and adds a path prefix
	cd conformance/collector && GOWORK=off $(TEST) -race -count=1 $(TAGS),nginx -run Nginx ./...

# Needs root and the command ip.
.PHONY: namespace
namespace: ## test a service in a separate network namespace, as in a container
	go test -vet=off -tags=nomsgpack,namespace -count=1 -run InAContainer ./conformance/compare

.PHONY: mutants
mutants: ## test every mutant with all checks: exactly the intended checks must fail
	$(TEST) $(TAGS) -timeout 60m ./conformance/compare/internal/mutant -run Mutants -everywhere

.PHONY: conformance
conformance: ## run the suite on every subject, and compare the matrix with matrix.golden
	go run $(TAGS) ./conformance/compare matrix

.PHONY: repeat
repeat: ## run the suite 20 times (RUNS) on Express and the adapters: all results must be the same
	bash .ci/repeat $(RUNS)

.PHONY: report
report: ## run the suite on every subject, and write the HTML report bin/report.html
	mkdir -p bin
	go run $(TAGS) ./conformance/compare matrix --format html -o bin/report.html

.PHONY: test-report
test-report: ## test the HTML report in headless Chromium, with screenshots in bin/screenshots
	$(TEST) $(TAGS),browser -count=1 -run Browser ./conformance/compare/internal/browser

.PHONY: lint
lint: $(LINT) ## run golangci-lint on all modules
	$(LINT) run $$(go list -m -f '{{.Dir}}/...')
	cd conformance/collector && GOWORK=off ../../$(LINT) run ./...
	cd conformance/prometheus && GOWORK=off ../../$(LINT) run ./...
	cd conformance/jaeger && GOWORK=off ../../$(LINT) run ./...
	cd conformance/recipes && GOWORK=off ../../$(LINT) run ./...
	cd .ci/release && GOWORK=off ../../$(LINT) run ./...

$(LINT): .ci/lint/go.mod .ci/lint/go.sum
	cd .ci/lint && GOWORK=off go build -o ../../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	touch $@

.PHONY: bench
bench: ## measure requests and whole services, with profiles, and write bin/bench.json
	mkdir -p bin
	go run ./conformance/compare bench -o bin/bench.json

.PHONY: bench-readme
bench-readme: ## write the results in bin/bench.json into the documents
	cp bin/bench.json conformance/compare/testdata/bench.json
	$(MAKE) --no-print-directory comparison

.PHONY: comparison
comparison: ## write conformance/README.md from the stored matrix and benchmark
	go run $(TAGS) ./conformance/compare comparison

.PHONY: allocations
allocations: ## check the bounds on allocations, without the race detector, which allocates memory itself
	$(TEST) $(TAGS) -count=1 -run Allocations ./conformance/compare/internal/bench

.PHONY: benchstat
benchstat: ## compare the Go benchmarks with those of BASE (default: the last tag)
	bash .ci/benchstat

.PHONY: goget
goget: ## follow the quick starts with go get, on a release in a copy of the repository
	$(RELEASE) goget -newest -size

.PHONY: goget-readme
goget-readme: ## write the tables of build sizes and upgraded modules into the documents
	$(RELEASE) goget -size -write

.PHONY: judge
judge: ## install the suite with go install, from a release in a copy, and run it on Express and Gin
	$(RELEASE) judge

.PHONY: moved
moved: ## add the modules to applications with older dependencies, with Go 1.25
	$(RELEASE) moved

.PHONY: release
release: ## commit and tag VERSION; DRYRUN=1 makes the release in a copy and shows it
	$(RELEASE) tag $(if $(DRYRUN),-n) "$(VERSION)"

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (60s)
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | \
	while IFS=: read -r file target; do \
		echo "$${file%/*} $${target#func }"; \
		go test -run '^$$' -fuzz "^$${target#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x "$${file%/*}"; \
	done

.PHONY: defaults
defaults: ## export with the default settings for a minute: connections freeze, collectors are down for 12 s
	$(TEST) -race -count=1 -v $(TAGS),defaults -run Defaults ./conformance/compare/internal/network

.PHONY: soak
soak: ## run load, faults and restarts for SOAKTIME (10m): every span must be accounted for
	go run $(TAGS) ./conformance/compare soak --time $(SOAKTIME) $(SOAKFLAGS)
