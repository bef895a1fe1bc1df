// Package handlers implements the reference service of CONTRACT.md
// independently of frameworks, and its routes as net/http handlers. It does not
// use OpenTelemetry; the functions that do are passed to it. The package
// reference is its public API; the services in other frameworks are in
// conformance/compare.
package handlers
