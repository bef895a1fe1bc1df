// Package backendtest has helpers for tests with real backends. They build commands, start
// services as processes, and wait for conditions. The tests are in modules outside the
// workspace. Otherwise the requirements of a backend could raise the versions of
// dependencies in all modules of the workspace. Package backendtest imports the suite and
// its packages poll and service.
package backendtest
