// Package prometheus has tests with the real Prometheus, which runs in the test process:
// its OTLP receiver, its storage, its query engine and its rule engine.
//
// The services of conformance/compare, and a program of this package, export to it under
// load, with and without faults. They use classic and native histograms, with and without
// service.namespace. Then the tests run every query of core/dashboards. A query must
// return the result that follows from the requests and faults, and an alert must fire only
// if the fault that it reports has occurred.
//
// Rules and dashboards cover minutes. To keep the tests short, exported timestamps are
// converted before Prometheus receives them: a second of the services becomes a minute of
// Prometheus. Values are not changed.
//
// Run the tests with `make dashboards` at the repository's root, or here:
//
//	GOWORK=off go test -race ./...
//
// The module is not part of the workspace, because Prometheus would raise the versions that
// all modules use. The module is never tagged.
package prometheus
