package spanwire

import (
	"context"
	"fmt"
	"sync/atomic"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// These are field numbers of the messages ResourceSpans, ScopeSpans, Resource and
// InstrumentationScope of OTLP. Each constant is named after the message and the field:
// scopeName is the number of InstrumentationScope.name.
const (
	resourceSpansResource  = 1
	resourceSpansScopes    = 2
	resourceSpansSchemaURL = 3

	scopeSpansScope     = 1
	scopeSpansSpans     = 2
	scopeSpansSchemaURL = 3

	resourceAttributes = 1

	scopeName       = 1
	scopeVersion    = 2
	scopeAttributes = 3
)

// maxReusedCapacity is the maximum capacity of a buffer that is kept for the next batch:
// about four times the encoded size of 512 typical spans.
const maxReusedCapacity = 1 << 20

// Exporter sends spans with an OTLP client.
type Exporter struct {
	client otlptrace.Client
	// fallback is an exporter with the same client. It sends batches that this package
	// cannot encode, and all batches if useFallback is set.
	fallback sdktrace.SpanExporter
	// useFallback makes fallback send all batches.
	useFallback bool
	// lastMessage is the message of the last batch. Its buffer is reused for the next batch.
	// A sync.Pool would not help: every garbage collection empties it, and a busy service
	// has a garbage collection with nearly every batch. Growing the buffer again would be
	// half of the allocations of an export.
	lastMessage atomic.Pointer[message]
}

// New starts client and returns an exporter that sends with it. The exporter passes a
// batch to fallback if the batch has a value of a kind that this package does not know,
// from a newer SDK. fallback must be an exporter with the same client.
func New(ctx context.Context, client otlptrace.Client, fallback sdktrace.SpanExporter) (*Exporter, error) {
	if err := client.Start(ctx); err != nil {
		return nil, err
	}
	return &Exporter{client: client, fallback: fallback}, nil
}

// UseFallback makes the exporter pass every batch to the fallback. It is for clients that
// do not send the spans that this package encodes, and must be called before the first
// export.
func (e *Exporter) UseFallback() { e.useFallback = true }

// ExportSpans sends spans. All spans must be of one provider, and thus have one resource.
func (e *Exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	if e.useFallback {
		return e.fallback.ExportSpans(ctx, spans)
	}
	m := e.lastMessage.Swap(nil)
	if m == nil {
		m = new(message)
	}
	// When the client returns, successfully or not, it has written the request, so the
	// buffer can be reused.
	defer func() {
		if cap(m.encoded) <= maxReusedCapacity {
			e.lastMessage.Store(m)
		}
	}()
	m.encoded, m.unencodable = m.encoded[:0], false
	m.writeResourceSpans(spans)
	if m.unencodable {
		return e.fallback.ExportSpans(ctx, spans)
	}
	batch := new(tracepb.ResourceSpans)
	batch.ProtoReflect().SetUnknown(m.encoded)
	if err := e.client.UploadTraces(ctx, []*tracepb.ResourceSpans{batch}); err != nil {
		return fmt.Errorf("traces export: %w", err)
	}
	return nil
}

// Shutdown stops the client.
func (e *Exporter) Shutdown(ctx context.Context) error { return e.client.Stop(ctx) }

// writeResourceSpans writes the content of a ResourceSpans.
func (m *message) writeResourceSpans(spans []sdktrace.ReadOnlySpan) {
	m.writeResource(spans[0].Resource())
	for _, group := range groupByScope(spans) {
		start := m.beginNested(resourceSpansScopes)
		m.writeScope(&group.scope)
		for _, s := range group.spans {
			span := m.beginNested(scopeSpansSpans)
			m.writeSpan(s)
			m.endNested(span)
		}
		m.writeText(scopeSpansSchemaURL, group.scope.SchemaURL)
		m.endNested(start)
	}
	m.writeText(resourceSpansSchemaURL, spans[0].Resource().SchemaURL())
}

func (m *message) writeResource(r *resource.Resource) {
	start := m.beginNested(resourceSpansResource)
	m.writeSet(resourceAttributes, r.Iter())
	m.endNested(start)
}

// writeScope writes a scope, unless the scope is empty.
func (m *message) writeScope(s *instrumentation.Scope) {
	if *s == (instrumentation.Scope{}) {
		return
	}
	start := m.beginNested(scopeSpansScope)
	m.writeText(scopeName, s.Name)
	m.writeText(scopeVersion, s.Version)
	m.writeSet(scopeAttributes, s.Attributes.Iter())
	m.endNested(start)
}

// scopeGroup holds the spans of one scope.
type scopeGroup struct {
	scope instrumentation.Scope
	spans []sdktrace.ReadOnlySpan
}

// groupByScope groups spans by scope. The groups are in the order of their first spans.
func groupByScope(spans []sdktrace.ReadOnlySpan) []*scopeGroup {
	var groups []*scopeGroup
	groupOf := make(map[instrumentation.Scope]*scopeGroup)
	for _, s := range spans {
		scope := s.InstrumentationScope()
		group := groupOf[scope]
		if group == nil {
			group = &scopeGroup{scope: scope}
			groupOf[scope] = group
			groups = append(groups, group)
		}
		group.spans = append(group.spans, s)
	}
	return groups
}
