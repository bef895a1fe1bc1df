// Package ending holds the tests of how a service ends under
// (*core.Telemetry).Serve in every framework.
package ending
