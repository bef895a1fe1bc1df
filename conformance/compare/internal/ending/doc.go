// Package ending tests how (*core.Telemetry).Serve shuts down a service, in every
// framework.
package ending
