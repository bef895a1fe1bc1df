// Package faultnet is a network on its bad days, for tests of what sends over
// one. A [Proxy] between a client and a server freezes, swallows, resets and
// moves connections. [Names] is a DNS server whose answers change. [Answer] and
// [Redirect] answer as proxies, portals and logins do, and [Serve] serves
// them, or any handler, over HTTP/1.1 and HTTP/2.
//
// All of it is on the loopback interface, and nothing reaches inside the
// program under test. The package knows nothing of OTLP.
package faultnet
