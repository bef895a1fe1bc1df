// Package faultnet simulates network faults for tests. A [Proxy] between a
// client and a server freezes, resets and redirects connections. [Names] is a
// DNS server whose answers change. [Answer] and [Redirect] return handlers that
// respond like proxies, captive portals and login pages. [Serve] serves a
// handler over HTTP/1.1 and HTTP/2.
//
// It uses only the loopback interface, and does not modify the program under
// test. It is independent of OTLP.
package faultnet
