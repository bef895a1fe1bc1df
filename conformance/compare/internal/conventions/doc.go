// Package conventions holds what the adapters emit against the table of it,
// core/httpserver/TELEMETRY.md: its tests send requests of every kind through
// all six adapters and look at each attribute of each span and each series. Others
// send what may hide a request, and believe what was answered.
package conventions
