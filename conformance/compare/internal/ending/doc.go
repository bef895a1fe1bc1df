// Package ending tests how a service ends with (*core.Telemetry).Serve in every
// framework.
package ending
