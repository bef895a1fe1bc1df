package sanitize

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// SpanExporter wraps an exporter that does not sanitize spans itself.
type SpanExporter struct{ sdktrace.SpanExporter }

// NewSpanExporter wraps next to sanitize spans.
func NewSpanExporter(next sdktrace.SpanExporter) sdktrace.SpanExporter {
	return SpanExporter{next}
}

// ExportSpans sanitizes and exports spans. It does not modify the slice, which belongs to
// the batch processor.
func (e SpanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	sanitized := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, span := range spans {
		sanitized[i], _ = Span(span)
	}
	return e.SpanExporter.ExportSpans(ctx, sanitized)
}

// sanitizedSpan is a span with valid strings.
type sanitizedSpan struct {
	sdktrace.ReadOnlySpan

	name       string
	attributes []attribute.KeyValue
	events     []sdktrace.Event
	links      []sdktrace.Link
	status     sdktrace.Status
	scope      instrumentation.Scope
}

func (s *sanitizedSpan) Name() string                                { return s.name }
func (s *sanitizedSpan) Attributes() []attribute.KeyValue            { return s.attributes }
func (s *sanitizedSpan) Events() []sdktrace.Event                    { return s.events }
func (s *sanitizedSpan) Links() []sdktrace.Link                      { return s.links }
func (s *sanitizedSpan) Status() sdktrace.Status                     { return s.status }
func (s *sanitizedSpan) InstrumentationScope() instrumentation.Scope { return s.scope }

// Span returns span, or a replacement with valid strings if span contains invalid UTF-8.
// It reports whether it returns a replacement. It is used for printed spans and for
// exporters other than spanwire, which sanitizes while it encodes.
func Span(span sdktrace.ReadOnlySpan) (sdktrace.ReadOnlySpan, bool) {
	name, badName := String(span.Name())
	attributes, badAttributes := Attributes(span.Attributes())
	events, badEvents := sanitizeEvents(span.Events())
	links, badLinks := sanitizeLinks(span.Links())
	status := span.Status()
	var badStatus bool
	status.Description, badStatus = String(status.Description)
	scope, badScope := sanitizeScope(span.InstrumentationScope())
	if !badName && !badAttributes && !badEvents && !badLinks && !badStatus && !badScope {
		return span, false
	}
	return &sanitizedSpan{
		ReadOnlySpan: span,
		name:         name,
		attributes:   attributes,
		events:       events,
		links:        links,
		status:       status,
		scope:        scope,
	}, true
}

// sanitizeEvents returns events with valid strings, and reports whether any was invalid.
func sanitizeEvents(events []sdktrace.Event) ([]sdktrace.Event, bool) {
	sanitized := events
	changed := false
	for i, event := range events {
		name, badName := String(event.Name)
		attributes, badAttributes := Attributes(event.Attributes)
		if !badName && !badAttributes {
			continue
		}
		if !changed {
			sanitized, changed = slices.Clone(events), true
		}
		sanitized[i].Name, sanitized[i].Attributes = name, attributes
	}
	return sanitized, changed
}

// sanitizeLinks returns links with valid strings, and reports whether any was invalid.
func sanitizeLinks(links []sdktrace.Link) ([]sdktrace.Link, bool) {
	sanitized := links
	changed := false
	for i, link := range links {
		attributes, dirty := Attributes(link.Attributes)
		if !dirty {
			continue
		}
		if !changed {
			sanitized, changed = slices.Clone(links), true
		}
		sanitized[i].Attributes = attributes
	}
	return sanitized, changed
}

// sanitizeScope returns scope with valid strings, and reports whether any was invalid.
func sanitizeScope(scope instrumentation.Scope) (instrumentation.Scope, bool) {
	name, badName := String(scope.Name)
	version, badVersion := String(scope.Version)
	schema, badSchema := String(scope.SchemaURL)
	set, badSet := sanitizeSet(scope.Attributes)
	if !badName && !badVersion && !badSchema && !badSet {
		return scope, false
	}
	return instrumentation.Scope{Name: name, Version: version, SchemaURL: schema, Attributes: set}, true
}

// sanitizeSet returns set with valid strings, and reports whether any was invalid.
func sanitizeSet(set attribute.Set) (attribute.Set, bool) {
	dirty := false
	for attributes := set.Iter(); attributes.Next(); {
		if _, bad := sanitizeAttribute(attributes.Attribute()); bad {
			dirty = true
			break
		}
	}
	if !dirty {
		return set, false
	}
	sanitized, _ := Attributes(set.ToSlice())
	return attribute.NewSet(sanitized...), true
}
