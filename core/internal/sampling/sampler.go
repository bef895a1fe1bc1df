package sampling

import (
	"context"
	"reflect"
	"slices"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// New returns a sampler that drops every span of an excluded request, and
// decides about every other as next does.
func New(next sdktrace.Sampler) sdktrace.Sampler {
	return sampler{Sampler: next, foreign: !isOfSDK(reflect.ValueOf(next))}
}

type sampler struct {
	sdktrace.Sampler
	// foreign says that the sampler may keep the attributes that it is given.
	foreign bool
}

func (s sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	start := contextvalue.StartUnder(p.ParentContext)
	if start.Suppressed() {
		return sdktrace.SamplingResult{
			Decision:   sdktrace.Drop,
			Tracestate: trace.SpanContextFromContext(p.ParentContext).TraceState(),
		}
	}
	all := start.Attributes()
	if all == nil {
		return s.Sampler.ShouldSample(p)
	}
	if s.foreign || len(p.Attributes) > 0 {
		all = slices.Concat(all, p.Attributes)
	}
	p.Attributes = all
	result := s.Sampler.ShouldSample(p)
	add := start.Decided(result.Decision != sdktrace.Drop)
	if len(result.Attributes) > 0 {
		// What the span starts with comes after, and so prevails.
		add = slices.Concat(result.Attributes, add)
	}
	result.Attributes = add
	return result
}

// isOfSDK tells whether a sampler is one of the SDK's own, and so are those
// that it is made of.
func isOfSDK(v reflect.Value) bool {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.Kind() == reflect.Pointer && v.Type().Elem().PkgPath() != sdkPath {
			return false // also where it is nil, which a sampler can work with
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		return true
	}
	if v.Type().PkgPath() != sdkPath {
		return false
	}
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			field := v.Field(i)
			switch field.Kind() {
			case reflect.Interface, reflect.Pointer, reflect.Struct:
				if !isOfSDK(field) {
					return false
				}
			case reflect.Array, reflect.Chan, reflect.Func, reflect.Map, reflect.Slice, reflect.UnsafePointer:
				return false // nobody knows what is behind it
			}
		}
	}
	return true
}

var sdkPath = reflect.TypeFor[sdktrace.SpanLimits]().PkgPath()

// AddStartAttributes gives a server span that starts under ctx the
// attributes that the sampler has left.
func AddStartAttributes(ctx context.Context, span sdktrace.ReadWriteSpan) {
	if others := contextvalue.StartUnder(ctx).Others(span); len(others) > 0 {
		span.SetAttributes(others...)
	}
}
