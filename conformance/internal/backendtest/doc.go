// Package backendtest is what the tests against real backends share: a TestMain,
// the command of conformance/compare, services as processes, and waiting. Their
// modules are outside the workspace, where a backend would decide the versions of
// all modules. It imports the suite and its
// packages poll and service.
package backendtest
