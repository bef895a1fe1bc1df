// Package handlers implements the reference service of CONTRACT.md: the work of each route
// independently of frameworks, and the routes as net/http handlers. It does not import
// OpenTelemetry: the functions that call OpenTelemetry's API are passed to [New]. The
// package reference makes this package public. The services in other frameworks are in
// conformance/compare.
package handlers
