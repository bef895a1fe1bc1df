// Package routing finds the route that answered a request, for the adapters of
// every Fiber major. It uses what Fiber's public API shows of an app's routes:
// App.Stack has them in the order in which they are tried, and App.GetRoutes
// tells endpoints from middlewares.
package routing
