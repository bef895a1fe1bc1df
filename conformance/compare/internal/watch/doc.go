// Package watch runs a subject's service as a process that reports its Stats, goroutines
// and memory. Tests of faults and the soak need such reports, since a receiver cannot see
// which spans a service counts as lost. The suite does not use this package: it uses only
// HTTP and OTLP.
//
// The service runs [Serve], with the command serve --watched; the test calls [Start]. The
// service writes a [Report], a line of JSON, to its standard output when it accepts
// connections, for each line on its standard input, and when it has ended. The service
// stops when its standard input is closed, so that it does not outlive a test program
// that was killed.
package watch
