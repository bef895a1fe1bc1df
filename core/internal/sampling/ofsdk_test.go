package sampling

import (
	"reflect"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// pointerSampler is a sampler whose methods also work on a nil pointer.
type pointerSampler struct{}

func (*pointerSampler) Description() string { return "byPointer" }

func (*pointerSampler) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	return sdktrace.SamplingResult{}
}

// TestIsSDKSampler proves which samplers isSDKSampler accepts: only those that contain no
// sampler from outside the SDK.
func TestIsSDKSampler(t *testing.T) {
	embedding := struct{ sdktrace.Sampler }{sdktrace.AlwaysSample()}
	for _, test := range []struct {
		sampler sdktrace.Sampler
		want    bool
	}{
		{sdktrace.AlwaysSample(), true},
		{sdktrace.NeverSample(), true},
		{sdktrace.TraceIDRatioBased(0.5), true},
		{sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.5)), true},
		{sdktrace.ParentBased(sdktrace.NeverSample(), sdktrace.WithRemoteParentSampled(sdktrace.AlwaysSample())), true},
		{embedding, false},
		{sdktrace.ParentBased(embedding), false},
		{sdktrace.ParentBased(sdktrace.AlwaysSample(), sdktrace.WithRemoteParentSampled(embedding)), false},
		{sdktrace.AlwaysRecord(embedding), false},
		{sdktrace.AlwaysRecord(sdktrace.NeverSample()), true},
		{(*pointerSampler)(nil), false},
		{sdktrace.ParentBased((*pointerSampler)(nil)), false},
		{new(pointerSampler), false},
	} {
		if got := isSDKSampler(reflect.ValueOf(test.sampler)); got != test.want {
			t.Errorf("%s: got %v, want %v", test.sampler.Description(), got, test.want)
		}
	}
}
