// Package watch runs a subject's service as a process that tells about itself:
// what became of its telemetry, its goroutines and its memory. The suite does
// not need that, since it judges by HTTP and OTLP alone; tests of faults and
// the soak do, since what a service counts as lost never arrives anywhere.
//
// [Serve] is the service's side, the command serve --watched; [Start] the other
// one. The service writes a line of JSON, a [Report], to its standard output
// when it accepts connections, for each line on its standard input, and when
// it has ended. When its standard input ends, so does the service: none is left
// behind by a program that was killed.
package watch
