// Package backendtest is the common part of the tests with real backends: a TestMain, the
// command of conformance/compare, services as processes, and waiting. The tests are in
// modules outside the workspace, so that the dependencies of a backend do not raise the
// versions of all modules. It imports the suite and its packages poll and service.
package backendtest
