package otlptest

import (
	"sync"

	"google.golang.org/protobuf/proto"
)

// Signal is one of OTLP's signals.
type Signal string

// The signals a [Server] receives.
const (
	Traces  Signal = "traces"
	Metrics Signal = "metrics"
	Logs    Signal = "logs"
)

// Request is one export, accepted or refused.
type Request struct {
	Signal Signal
	// Header is the request's gRPC metadata. The names are in lower case.
	Header map[string][]string
	// Message is the request message of the signal's collector service. It must not be
	// modified.
	Message proto.Message
	// Err is the error that the function of [Server.SetResponse] returned. It does not
	// always mean that the export was refused: see [RejectPart] and [LoseAnswer].
	Err error
}

// batch is the contents of one export, as flat lists.
type batch struct {
	spans   []Span
	metrics []Metric
	logs    []LogRecord
}

// store holds the received telemetry. The elements of the slices in content are never
// changed, so that snapshots can share the slices.
type store struct {
	mu      sync.Mutex
	content Snapshot
	changed chan struct{} // closed and replaced at every change
	closed  bool
}

func (s *store) init() { s.changed = make(chan struct{}) }

// add adds an export to the content. contents is empty if the export was refused.
func (s *store) add(request Request, contents batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.content.requests = append(s.content.requests, request)
	s.content.spans = append(s.content.spans, contents.spans...)
	s.content.metrics = append(s.content.metrics, contents.metrics...)
	s.content.logs = append(s.content.logs, contents.logs...)
	s.notify()
}

func (s *store) reset() { s.takeAll() }

// takeAll returns the content and clears it.
func (s *store) takeAll() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	snapshot := s.content
	s.content = Snapshot{}
	s.notify()
	return snapshot
}

// close records that the server is closed, which ends all waits.
func (s *store) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.notify()
}

// notify wakes the goroutines that wait for a change. The caller must hold mu.
func (s *store) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// snapshot returns the content, and a channel that is closed at the next change.
func (s *store) snapshot() (snapshot Snapshot, changed <-chan struct{}, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.content, s.changed, s.closed
}
