package sampling

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// New returns a sampler that drops every span of an excluded request and otherwise
// decides as next does. If next panics, the default sampler decides, so that the request
// continues. report receives the first panic.
func New(next sdktrace.Sampler, report func(error)) sdktrace.Sampler {
	s := sampler{Sampler: next, isForeign: !isSDKSampler(reflect.ValueOf(next))}
	if s.isForeign {
		s.Sampler = &recoveringSampler{Sampler: next, report: report}
	}
	return s
}

// sampler drops the spans of excluded requests, and passes the start attributes of other
// server spans to the embedded sampler, which decides.
type sampler struct {
	sdktrace.Sampler
	// isForeign is set if the sampler is not part of the SDK. A foreign sampler gets a
	// copy of the attributes, because it may retain them.
	isForeign bool
}

// recoveringSampler wraps a sampler that is not part of the SDK, to recover its panics.
type recoveringSampler struct {
	sdktrace.Sampler
	// report is called with an error about the first panic.
	report     func(error)
	reportOnce sync.Once
}

// fallbackSampler is OpenTelemetry's default sampler. It makes the decision in place of a
// sampler that panics.
var fallbackSampler = sdktrace.ParentBased(sdktrace.AlwaysSample())

func (c *recoveringSampler) ShouldSample(p sdktrace.SamplingParameters) (result sdktrace.SamplingResult) {
	defer func() {
		if value := recover(); value != nil {
			c.reportOnce.Do(func() {
				c.report(fmt.Errorf("the sampler %T panicked; parentbased_always_on replaces it whenever it panics, and further panics are not reported: %v", c.Sampler, value))
			})
			result = fallbackSampler.ShouldSample(p)
		}
	}()
	return c.Sampler.ShouldSample(p)
}

func (s sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	start := contextvalue.StartUnder(p.ParentContext)
	if start.IsSuppressed(p.ParentContext) {
		return sdktrace.SamplingResult{
			Decision:   sdktrace.Drop,
			Tracestate: trace.SpanContextFromContext(p.ParentContext).TraceState(),
		}
	}
	all := start.Attributes()
	if all == nil {
		return s.Sampler.ShouldSample(p)
	}
	if s.isForeign || len(p.Attributes) > 0 {
		all = slices.Concat(all, p.Attributes)
	}
	p.Attributes = all
	result := s.Sampler.ShouldSample(p)
	add := start.Decided(result.Decision != sdktrace.Drop)
	if len(result.Attributes) > 0 {
		// Later attributes take precedence over earlier ones. The attributes that the
		// span is started with must win, so they come last.
		add = slices.Concat(result.Attributes, add)
	}
	result.Attributes = add
	return result
}

// isSDKSampler reports whether a sampler and all samplers that it wraps are the
// SDK's own.
func isSDKSampler(v reflect.Value) bool {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.Kind() == reflect.Pointer && v.Type().Elem().PkgPath() != sdkPath {
			return false // even a nil pointer may be a working sampler
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
				if !isSDKSampler(field) {
					return false
				}
			case reflect.Array, reflect.Chan, reflect.Func, reflect.Map, reflect.Slice, reflect.UnsafePointer:
				return false // a field of these kinds may hold a sampler that cannot be checked
			}
		}
	}
	return true
}

// sdkPath is the import path of the SDK's trace package.
var sdkPath = reflect.TypeFor[sdktrace.SpanLimits]().PkgPath()

// AddStartAttributes adds to a server span the start attributes that the sampler has not
// added. It does nothing for other spans. ctx is the context that the span starts with.
func AddStartAttributes(ctx context.Context, span sdktrace.ReadWriteSpan) {
	if others := contextvalue.StartUnder(ctx).Others(span); len(others) > 0 {
		span.SetAttributes(others...)
	}
}
