package pipeline

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/selflog"
)

// addedIDGenerator wraps an ID generator of the service; see [NewAddedIDGenerator].
type addedIDGenerator struct {
	name     string
	next     sdktrace.IDGenerator
	reporter *selflog.Reporter
}

// NewAddedIDGenerator wraps next. If next panics or returns an invalid ID, the fault is
// reported and a random ID is used, as if the service had no generator of its own. A
// collector would reject a span with an invalid ID.
func NewAddedIDGenerator(name string, next sdktrace.IDGenerator, report *selflog.Reporter) sdktrace.IDGenerator {
	return &addedIDGenerator{name, next, report}
}

func (g *addedIDGenerator) NewIDs(ctx context.Context) (traceID trace.TraceID, spanID trace.SpanID) {
	defer func() {
		traceID, spanID = g.ensureValidTraceID(traceID), g.ensureValidSpanID(spanID)
	}()
	defer recoverAndReport(g.reporter, g.name, "NewIDs")
	return g.next.NewIDs(ctx)
}

func (g *addedIDGenerator) NewSpanID(ctx context.Context, traceID trace.TraceID) (spanID trace.SpanID) {
	defer func() { spanID = g.ensureValidSpanID(spanID) }()
	defer recoverAndReport(g.reporter, g.name, "NewSpanID")
	return g.next.NewSpanID(ctx, traceID)
}

// ensureValidTraceID returns id, or a random ID if id is invalid.
func (g *addedIDGenerator) ensureValidTraceID(id trace.TraceID) trace.TraceID {
	if id.IsValid() {
		return id
	}
	g.reportInvalid("trace")
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
	}
	return id
}

// ensureValidSpanID returns id, or a random ID if id is invalid.
func (g *addedIDGenerator) ensureValidSpanID(id trace.SpanID) trace.SpanID {
	if id.IsValid() {
		return id
	}
	g.reportInvalid("span")
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}

// reportInvalid reports an invalid ID. idKind is "trace" or "span".
func (g *addedIDGenerator) reportInvalid(idKind string) {
	g.reporter.Report(selflog.Kind{Message: "core: an invalid id was replaced by a random one", Cause: g.name + idKind}, 1,
		fmt.Errorf("%s: invalid %s id, want one that is not all zeros", g.name, idKind))
}
