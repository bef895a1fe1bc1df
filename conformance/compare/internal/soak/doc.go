// Package soak keeps the four services under load while their collectors fail
// and they themselves are restarted, and accounts for every span: make soak.
//
// # The run
//
// Each of this project's services is a separate process with its own collector.
// Clients send requests for the routes of the reference service at a steady
// rate, over connections that are kept alive, each with a trace of its own. A
// request that is not answered is not repeated: the next one has another trace.
// Meanwhile each collector fails in one way after the other, as a random
// generator with a printed seed says: it is away, slow or refuses, or the
// network before it freezes, swallows or resets connections, its name leads
// elsewhere, its certificates and their authority are renewed on disk, or a
// login page or a redirection answers in its place. The services export over
// gRPC and over HTTP, with TLS and without.
//
// In the first half of the time, services are told to end by SIGTERM, again and
// again, and started anew at the same address. In the second half each process
// goes on, so that growth can be seen.
//
// # Accounting
//
// The client knows which spans a request must leave. Those of a request that
// was answered in whole are due. Those of one that was not, because the service
// ended or was not there, are possible: the service may have done the work. So
// is the span of a service that was called, if the call failed.
//
// The service counts what it ended, exported, failed to export and dropped. It
// tells when it has ended, and at the end of the soak.
//
// The collector counts the spans that arrived, each once: after an answer was
// lost the exporter sends a batch again, and these duplicates are told by their
// ids and listed apart. A batch may also arrive although the service counts it
// as failed: its answer was lost, or came when the service had given up, and
// there was no time to send it again. These spans are listed as doubtful. The
// service is right to count them, since it cannot know.
//
// Spans are unaccounted for
//
//   - in a service that has ended: by as many as ended differs from exported +
//     failed + dropped;
//   - if fewer arrived than were exported, by the difference;
//   - if more arrived than exported + failed, by the difference: what arrived
//     must have been sent;
//   - if the service ended fewer than were due, or more than were due and
//     possible, by the difference;
//   - if more of those due are missing than the service says it has lost, by
//     the difference;
//   - if they arrived unexpectedly: spans of an excluded request, a second
//     server span, or an unknown trace.
//
// For log records and metric points only the service's own counts must add up.
//
// A redirection must not be followed to another server, with the key that
// exports carry.
//
// A span has a wrong parent unless it is the one its route prescribes: for a
// server span that of the client or of the calling service, for its children
// the server span itself, for a background task none.
//
// # Growth
//
// At the beginning of the second half, after a while of load, and at its end,
// all clients pause, the collectors are well, and the queues run empty. Then
// goroutines are counted, and the memory is measured after a collection and
// after what is free has been given back. Growth is more than [allowedGoroutineGrowth]
// goroutines, or more than a quarter and 4 MiB of heap, or a quarter and 16 MiB
// of resident memory.
package soak
