// Package guide tests the documentation. Its tests check that the Go code in
// documents compiles, compare the migration guides with the exported names of
// the official packages, with what both sides export and with the golden
// matrix, and look up the messages that the troubleshooting page quotes.
// Package snippet has code that only documents show.
package guide
