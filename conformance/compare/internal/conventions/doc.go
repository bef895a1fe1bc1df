// Package conventions compares the telemetry of the adapters with its documentation,
// core/httpserver/TELEMETRY.md. The tests send requests of every kind through all six
// adapters, and check every attribute of every span and metric series. Other tests check
// that clients cannot prevent recording with paths that resemble an excluded path.
package conventions
