// Package watch runs a subject's service as a process that reports its Stats,
// goroutines and memory. The suite does not need this, since it uses only HTTP
// and OTLP; tests of faults and the soak do, since what a service counts as
// lost is never received.
//
// [Serve] is the service's side, the command serve --watched; [Start] is the
// other side. The service writes a line of JSON, a [Report], to its standard
// output when it accepts connections, for each line on its standard input, and
// when it has ended. When its standard input ends, so does the service: none is
// left behind by a program that was killed.
package watch
