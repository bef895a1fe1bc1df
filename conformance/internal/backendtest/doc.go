// Package backendtest has helpers for tests with real backends. They build commands, start
// services as processes, and wait for conditions. The tests are in modules outside the
// workspace, so that the requirements of a backend do not raise the versions of
// dependencies in the modules of the workspace. Package backendtest imports the suite and
// its packages poll and service.
package backendtest
