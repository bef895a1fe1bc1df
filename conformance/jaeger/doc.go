// Package jaeger holds tests against the real Jaeger v2, which is built from its
// module and runs as a process: its OTLP receiver, its storage in memory and its
// query API, the one that its own pages use.
//
// The four services of conformance/compare call each other in a chain, and
// export their traces to it. Then the traces are looked for as a person would:
// by service, by operation and by attribute, in the graph of services, and by
// their ids.
//
// Run it with `make backends` at the repository's root, or here:
//
//	GOWORK=off go test ./...
//
// Building Jaeger takes minutes, the first time. The module is not part of the
// workspace, where Jaeger would decide the versions of all modules, and it
// imports nothing of which Jaeger would get another version than its own. It is
// never tagged.
package jaeger
