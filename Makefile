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
demo: ## real requests through net/http, Gin, Echo and Fiber; prints their traces
	go run $(TAGS) ./conformance/compare demo

# Three at a time, in this order. One that fails does not stop the others. What
# is built without the race detector is compiled first, once for all.
.PHONY: test
test: ## the tests of all modules, under the race detector where they run anything in parallel
	$(MAKE) --no-print-directory --keep-going --jobs 3 AFTER=compiled test-race test-plain newest collector

test-plain newest collector: | $(AFTER)

.PHONY: compiled
compiled:
	go build $(TAGS) $$(go list $(TAGS) -f '{{join .Imports " "}}' ./conformance/compare)

# The packages that take longest begin first. Most tests wait for exports and
# time-outs, so more packages and tests run at a time than there are processors.
.PHONY: test-race
test-race: ## part of test: all packages but those of test-plain, under the race detector
	$(TEST) $(TAGS) -race -p 3 -parallel 3 -timeout 30m $(INTERNAL)/subject $(INTERNAL)/soak $(MODULE)/core $$(go list $(MODULE)/... | grep -vxE '$(subst $(space),|,$(MUTANT) $(PLAIN))')

# The mutants begin first, which take longest. See test-race for -parallel.
.PHONY: test-plain
test-plain: ## part of test: every broken subject by the checks of its areas, the command compare and the documents
	$(TEST) $(TAGS) -parallel 6 -timeout 30m $(MUTANT) $(PLAIN)

# From the test cache where nothing has changed. The packages left out start
# services, or wait for time-outs, for more than some seconds.
.PHONY: test-quick
test-quick: ## a minute, without the race detector: without what starts services or waits long
	$(TEST) $(TAGS) $$(go list $(MODULE)/... | grep -vxE '$(subst $(space),|,$(SLOW))')

# Outside the workspace: see its package comment. Never from the test cache,
# which does not know the services that are built for it.
.PHONY: collector
collector: ## part of test: services export to the real OpenTelemetry Collector
	cd conformance/collector && GOWORK=off $(TEST) $(TAGS) -race -count=1 ./...

# Without inlining in the adapters, Fiber and fasthttp, on which nothing may depend.
.PHONY: newest
newest: ## part of test: adapters with the newest versions of what they stand on
	GOWORK=$(CURDIR)/conformance/newest/go.work $(TEST) $(TAGS) $(addsuffix /...=-l,$(addprefix -gcflags=github.com/,samespan gofiber valyala)) \
		$(MODULE)/fiberotel/... $(MODULE)/fiberotel/fiber3/...

# Outside the workspace: see its package comment.
.PHONY: recipes
recipes: ## the code of core/SURROUNDINGS.md, with the libraries that it is about
	cd conformance/recipes && GOWORK=off $(TEST) $(TAGS) -race -count=1 ./...

# Outside the workspace: see its package comment.
.PHONY: dashboards
dashboards: ## every query of the dashboards and alerts, on real services and Prometheus
	cd conformance/prometheus && GOWORK=off $(TEST) $(TAGS) -count=1 ./...

.PHONY: pictures
pictures: ## draw the pictures of the dashboards anew, from the same test
	cd conformance/prometheus && GOWORK=off $(TEST) $(TAGS) -count=1 -run Services . -update-pictures

# Outside the workspace: see its package comment.
.PHONY: backends
backends: ## the traces of the four services in the real Jaeger, which takes long to build
	cd conformance/jaeger && GOWORK=off $(TEST) $(TAGS) -count=1 ./...

.PHONY: nginx
nginx: ## the Collector behind nginx, which ends TLS and adds a path prefix
	cd conformance/collector && GOWORK=off $(TEST) -race -count=1 $(TAGS),nginx -run Nginx ./...

# Needs root and the command ip.
.PHONY: namespace
namespace: ## a service on a network of its own, as in a container
	go test -vet=off -tags=nomsgpack,namespace -count=1 -run InAContainer ./conformance/compare

.PHONY: mutants
mutants: ## every broken subject by the checks of all areas: exactly those meant fail
	$(TEST) $(TAGS) -timeout 60m ./conformance/compare/internal/mutant -run Mutants -everywhere

.PHONY: conformance
conformance: ## the suite on every subject: the matrix, held against the golden one
	go run $(TAGS) ./conformance/compare matrix

.PHONY: repeat
repeat: ## Express and this project's six 20 times over: every run has to end the same
	bash .ci/repeat $(RUNS)

.PHONY: report
report: ## the matrix as a page to look at: bin/report.html
	mkdir -p bin
	go run $(TAGS) ./conformance/compare matrix --format html -o bin/report.html

.PHONY: test-report
test-report: ## that page in headless Chromium; pictures in bin/screenshots
	$(TEST) $(TAGS),browser -count=1 -run Browser ./conformance/compare/internal/browser

.PHONY: lint
lint: $(LINT) ## golangci-lint over all modules
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
bench: ## what a request and a whole service cost, with profiles; bin/bench.json
	mkdir -p bin
	go run ./conformance/compare bench -o bin/bench.json

.PHONY: bench-readme
bench-readme: ## the figures in the README, the costs and the comparison, from bin/bench.json
	cp bin/bench.json conformance/compare/testdata/bench.json
	$(MAKE) --no-print-directory comparison

.PHONY: comparison
comparison: ## conformance/README.md, from the matrix and the figures that are kept
	go run $(TAGS) ./conformance/compare comparison

.PHONY: allocations
allocations: ## the bounds on allocations, which the race detector would blur
	$(TEST) $(TAGS) -count=1 -run Allocations ./conformance/compare/internal/bench

.PHONY: benchstat
benchstat: ## the engine and the adapters against BASE, the last tag, by benchstat
	bash .ci/benchstat

.PHONY: goget
goget: ## the README's quick starts by go get, of a release rehearsed in a copy
	$(RELEASE) goget -newest -size

.PHONY: goget-readme
goget-readme: ## the documents' tables of what an adapter adds to a build, and moves
	$(RELEASE) goget -size -write

.PHONY: judge
judge: ## the suite's command by go install, of a rehearsed release, on Express and Gin
	$(RELEASE) judge

.PHONY: moved
moved: ## add the adapters to applications with older versions, on Go 1.25
	$(RELEASE) moved

.PHONY: release
release: ## commit and tag VERSION; DRYRUN=1 shows it and changes nothing
	$(RELEASE) tag $(if $(DRYRUN),-n) "$(VERSION)"

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (60s)
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | \
	while IFS=: read -r file target; do \
		echo "$${file%/*} $${target#func }"; \
		go test -run '^$$' -fuzz "^$${target#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x "$${file%/*}"; \
	done

.PHONY: defaults
defaults: ## a minute of exports with the defaults: connections freeze, collectors are away for 12 s
	$(TEST) -race -count=1 -v $(TAGS),defaults -run Defaults ./conformance/compare/internal/network

.PHONY: soak
soak: ## load, faults and restarts for SOAKTIME (10m); accounts for every span
	go run $(TAGS) ./conformance/compare soak --time $(SOAKTIME) $(SOAKFLAGS)
