// Package certificate issues certificates as files, for tests of what speaks TLS,
// and renews them. It imports nothing of this module.
package certificate
