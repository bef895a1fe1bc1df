// Package guide tests the documentation. The Go code in documents must compile. The
// migration guides must agree with the exported names of the official packages, with the
// exported telemetry of both sides, and with the golden matrix. The messages that the
// troubleshooting page quotes must exist. Package snippet has code that is shown in
// documents and used nowhere else.
package guide
