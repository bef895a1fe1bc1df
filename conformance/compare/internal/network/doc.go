// Package network has end-to-end tests of exports over faulty networks: connections that
// freeze, collectors that are down, that move or renew their certificates, and proxies
// and login pages at a collector's address. The faults are injected with package
// faultnet. Every test runs over gRPC and over HTTP, with and without TLS if that
// matters, for all three signals.
package network
