// Package wire sends HTTP/1.1 requests as they are given, also what a well-behaved
// client would not send, and reads the answers. It knows nothing of checks and
// services, and imports nothing of this module.
package wire
