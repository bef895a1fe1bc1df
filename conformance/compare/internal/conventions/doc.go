// Package conventions compares the telemetry of the adapters with its documentation,
// core/httpserver/TELEMETRY.md: the tests send requests of every kind through all six
// adapters and check every attribute of every span and series. Other tests try to hide
// requests from recording by matching exclusion rules.
package conventions
