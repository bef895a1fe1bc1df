// Package handlers is the reference service of CONTRACT.md: what it does, for
// whatever framework, and its routes as handlers of net/http. It knows nothing of
// OpenTelemetry: what a service does by its API, it is given. The package reference
// is its face; the services in other frameworks are in conformance/compare.
package handlers
