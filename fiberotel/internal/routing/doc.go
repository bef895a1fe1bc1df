// Package routing finds the route that answered a request, for the adapters of
// every major version of Fiber. It uses Fiber's public API: App.Stack returns
// routes in the order in which they are tried, and App.GetRoutes tells
// endpoints from middlewares.
package routing
