// Package routing finds the route that responded to a request, for the adapters of all
// major versions of Fiber. It uses Fiber's public API: App.Stack returns routes in the
// order in which Fiber tries them, and App.GetRoutes distinguishes endpoints from
// middlewares.
package routing
