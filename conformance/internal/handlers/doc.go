// Package handlers implements the reference service of CONTRACT.md independently of
// frameworks, and its routes as net/http handlers. It does not use OpenTelemetry:
// functions that call its API are passed to [New]. The package reference is the public
// API of this package; the services in other frameworks are in conformance/compare.
package handlers
