// Package backendtest is the common part of the tests with real backends: a
// TestMain, the command of conformance/compare, services as processes, and
// waiting. Those tests are in modules outside the workspace, so that a backend
// does not decide the versions of all modules. It imports the suite and its
// packages poll and service.
package backendtest
