// Package certificate issues and renews certificates in files, for tests with
// TLS. It imports no package of this module.
package certificate
