// Package network has end-to-end tests of exports over faulty networks:
// connections that freeze, collectors that are down, move or renew their
// certificates, and proxies and login pages in a collector's place. The faults
// are those of package faultnet. Every test runs over gRPC and over HTTP, with
// and without TLS where it matters, for all three signals.
package network
