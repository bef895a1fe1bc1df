// Package prometheus has tests with the real Prometheus, which runs in the test process:
// its OTLP receiver, its storage, its query engine and its rule engine.
//
// The services of conformance/compare, and a program of this package, export to it under
// load and under faults, with classic and with native histograms, with and without
// service.namespace. Then every query of core/dashboards is run: none may be empty, each
// must return the result that follows from the requests and faults, and an alert must
// fire only for its fault.
//
// Rules and dashboards cover minutes. To keep the tests short, exported timestamps are
// stretched before Prometheus sees them, so that a second of the services is a minute of
// Prometheus. Values are not changed.
//
// Run it with `make dashboards` at the repository's root, or here:
//
//	GOWORK=off go test -race ./...
//
// The module is not part of the workspace, in which Prometheus would raise the versions
// of all modules. It is never tagged.
package prometheus
