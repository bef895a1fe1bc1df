// Package prometheus holds tests against the real Prometheus, which runs in the
// test's own process: its OTLP receiver, its storage, its query engine and its
// rule engine.
//
// The services of conformance/compare, and a program of this package, export to
// it under load and under faults, with classic and with native histograms, with
// and without service.namespace. Then every query of core/dashboards is run:
// none may be empty, each must return what the requests and the faults make of
// it, and an alert must fire on the fault that it is for and on nothing else.
//
// Rules and dashboards look at minutes. The tests do not: the timestamps of what
// is exported are stretched before Prometheus sees them, so that a second of the
// services is a minute of Prometheus. Values are left as they are.
//
// Run it with `make dashboards` at the repository's root, or here:
//
//	GOWORK=off go test -race ./...
//
// The module is not part of the workspace, where Prometheus would decide the
// versions of all modules. It is never tagged.
package prometheus
