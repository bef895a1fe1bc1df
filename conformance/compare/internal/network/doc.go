// Package network holds end-to-end tests of what the telemetry's exports do on
// bad networks: connections that freeze, collectors that are away, move or
// renew their certificates, and proxies, logins and pages in a collector's
// place. The faults are those of package faultnet. Every test is over gRPC and
// over HTTP, with and without TLS where that can matter, for all three signals.
package network
