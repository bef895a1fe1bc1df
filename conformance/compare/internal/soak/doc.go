// Package soak keeps the four services under load while their collectors fail and the
// services are restarted, and accounts for every span: make soak.
//
// # The run
//
// Each of this project's services is a separate process with its own collector. Clients
// send requests for the routes of the reference service at a steady rate, over keep-alive
// connections, each request in a new trace. A request without a response is not repeated.
// Meanwhile each collector fails in one way after the other, chosen by a random generator
// whose seed is printed: the collector is stopped, slow, or refuses exports; the network
// to it freezes, blocks or resets connections; its name resolves to another address; its
// certificates and their authority are renewed on disk; or a login page or a redirect is
// served at its address. The services export over gRPC and over HTTP, with and without
// TLS.
//
// In the first half of the time, services are repeatedly stopped by SIGTERM and restarted
// at the same address. In the second half each process keeps running, so that growth can
// be measured.
//
// # Accounting
//
// The client knows which spans a request must produce. If the response is complete, the
// spans are due. Otherwise the spans are possible: the service may have handled the request
// before the service ended. If a service calls another service and the call fails, the span
// of the called service is possible too.
//
// The service counts the spans that it has ended, exported, failed to export and dropped.
// It reports the counts when it has ended, and at the end of the soak.
//
// The collector counts the distinct spans that arrived. If a response is lost, the
// exporter sends a batch again; these duplicates are recognized by their ids and listed
// separately. A batch may also arrive although the service counts it as failed: the
// response was lost, or came after the service had stopped waiting, and there was no time to
// send the batch again. These spans are listed as doubtful. The service counts them correctly,
// since it cannot know that they arrived.
//
// Each of these faults adds to the number of spans that are unaccounted for:
//
//   - The counts of an ended service do not add up. The number is the difference between
//     ended and exported + failed + dropped.
//   - Fewer spans arrived than were exported, or more than exported + failed: every span that
//     arrived must have been sent. The number is the difference.
//   - The service ended fewer spans than are due, or more than are due and possible. The
//     number is the difference.
//   - More of the due spans are missing than the service has reported as lost. The number is
//     the difference.
//   - Spans arrived unexpectedly: spans of an excluded request, a second server span, or an
//     unknown trace.
//
// For log records and metric points only the service's own counts must add up.
//
// The exporter must not follow a redirect to another server, since exports carry an API
// key.
//
// A span must have the parent that its route prescribes: a server span has the span of
// the client or of the calling service, a child span has the server span, and a
// background task has none.
//
// # Growth
//
// The service is measured twice: after some load at the beginning of the second half, and
// at its end. For each measurement all clients pause, the collectors work, and the queues
// are exported. Then goroutines are counted, and memory is measured after a garbage
// collection and after free memory was returned to the system. A service has
// grown if it has more than [allowedGoroutineGrowth] more goroutines; if its heap has grown
// by more than 25 % and also by more than 4 MiB; or if its resident memory has grown by more
// than 25 % and also by more than 16 MiB.
package soak
