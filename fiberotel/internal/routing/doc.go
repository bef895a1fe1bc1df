// Package routing finds the route that has responded to a request, for the adapters of all
// major versions of Fiber. It uses Fiber's public API: App.Stack returns all routes in the
// order in which Fiber tries them, and App.GetRoutes returns only the endpoints.
package routing
