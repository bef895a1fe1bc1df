// Package guide tests the documentation. The Go code in documents must compile. The
// migration guides must agree with the exported names of the official packages, with the
// telemetry that services export before and after the migration, and with the golden
// matrix. The messages that the troubleshooting page quotes must exist. Package snippet has
// the code in documents that is used nowhere else.
package guide
