// Package conventions compares the telemetry of the adapters with its table,
// core/httpserver/TELEMETRY.md: its tests send requests of every kind through
// all six adapters and check every attribute of every span and series. Other
// tests try to hide requests from exclusion rules.
package conventions
