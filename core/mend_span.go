package core

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// mendingSpanExporter mends the spans of an exporter that does not do so itself.
type mendingSpanExporter struct{ sdktrace.SpanExporter }

// ExportSpans does not modify the slice, which belongs to the batch processor.
func (e mendingSpanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	mended := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, span := range spans {
		mended[i], _ = mendSpan(span)
	}
	return e.SpanExporter.ExportSpans(ctx, mended)
}

// mendedSpan is a span with its strings mended.
type mendedSpan struct {
	sdktrace.ReadOnlySpan

	name       string
	attributes []attribute.KeyValue
	events     []sdktrace.Event
	links      []sdktrace.Link
	status     sdktrace.Status
	scope      instrumentation.Scope
}

func (s *mendedSpan) Name() string                                { return s.name }
func (s *mendedSpan) Attributes() []attribute.KeyValue            { return s.attributes }
func (s *mendedSpan) Events() []sdktrace.Event                    { return s.events }
func (s *mendedSpan) Links() []sdktrace.Link                      { return s.links }
func (s *mendedSpan) Status() sdktrace.Status                     { return s.status }
func (s *mendedSpan) InstrumentationScope() instrumentation.Scope { return s.scope }

// mendSpan returns span, or one in its place where it holds a string which is
// not UTF-8, and whether it does. It is for spans that are printed, or that
// another exporter than spanwire's sends, which mends what it writes.
func mendSpan(span sdktrace.ReadOnlySpan) (sdktrace.ReadOnlySpan, bool) {
	name, badName := mendString(span.Name())
	attributes, badAttributes := mendAttributes(span.Attributes())
	events, badEvents := mendEvents(span.Events())
	links, badLinks := mendLinks(span.Links())
	status := span.Status()
	var badStatus bool
	status.Description, badStatus = mendString(status.Description)
	scope, badScope := mendScope(span.InstrumentationScope())
	if !badName && !badAttributes && !badEvents && !badLinks && !badStatus && !badScope {
		return span, false
	}
	return &mendedSpan{
		ReadOnlySpan: span,
		name:         name,
		attributes:   attributes,
		events:       events,
		links:        links,
		status:       status,
		scope:        scope,
	}, true
}

func mendEvents(events []sdktrace.Event) ([]sdktrace.Event, bool) {
	mended := events
	changed := false
	for i, event := range events {
		name, badName := mendString(event.Name)
		attributes, badAttributes := mendAttributes(event.Attributes)
		if !badName && !badAttributes {
			continue
		}
		if !changed {
			mended, changed = slices.Clone(events), true
		}
		mended[i].Name, mended[i].Attributes = name, attributes
	}
	return mended, changed
}

func mendLinks(links []sdktrace.Link) ([]sdktrace.Link, bool) {
	mended := links
	changed := false
	for i, link := range links {
		attributes, dirty := mendAttributes(link.Attributes)
		if !dirty {
			continue
		}
		if !changed {
			mended, changed = slices.Clone(links), true
		}
		mended[i].Attributes = attributes
	}
	return mended, changed
}

func mendScope(scope instrumentation.Scope) (instrumentation.Scope, bool) {
	name, badName := mendString(scope.Name)
	version, badVersion := mendString(scope.Version)
	schema, badSchema := mendString(scope.SchemaURL)
	set, badSet := mendSet(scope.Attributes)
	if !badName && !badVersion && !badSchema && !badSet {
		return scope, false
	}
	return instrumentation.Scope{Name: name, Version: version, SchemaURL: schema, Attributes: set}, true
}

func mendSet(set attribute.Set) (attribute.Set, bool) {
	dirty := false
	for it := set.Iter(); it.Next(); {
		if _, bad := mendAttribute(it.Attribute()); bad {
			dirty = true
			break
		}
	}
	if !dirty {
		return set, false
	}
	mended, _ := mendAttributes(set.ToSlice())
	return attribute.NewSet(mended...), true
}
