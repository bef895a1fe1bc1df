// Package wire sends raw HTTP/1.1 requests, including invalid ones, and reads
// the responses. It is independent of checks and services, and imports no
// package of this module.
package wire
