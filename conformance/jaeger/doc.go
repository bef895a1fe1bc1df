// Package jaeger has tests with the real Jaeger v2, which is built from its module and
// runs as a process: its OTLP receiver, its in-memory storage, and the query API that its
// user interface uses.
//
// The four services of conformance/compare call each other in a chain, and export their
// traces to Jaeger. The tests then search for the traces as a user would: by service, by
// operation, by attribute, in the graph of services, and by trace id.
//
// Run the tests with `make backends` at the repository's root, or here:
//
//	GOWORK=off go test ./...
//
// The first build of Jaeger takes minutes. The module is not part of the workspace, because
// Jaeger would raise the versions that all modules use. The module is never tagged. Do not
// import a package that changes the versions of Jaeger's own dependencies.
package jaeger
