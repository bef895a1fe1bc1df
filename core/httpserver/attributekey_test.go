package httpserver_test

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestHookAttributesReplaceOnlySpanAttributes proves that an attribute of a hook replaces that of
// the semantic conventions on the span, but not on metrics.
func TestHookAttributesReplaceOnlySpanAttributes(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	_, x := instrument(t, r).Start(t.Context(), newRequest("/process/1"))
	o := successOutcome()
	o.Attributes = func() []attribute.KeyValue {
		return []attribute.KeyValue{attribute.Int("http.response.status_code", 299)}
	}
	o.MetricAttributes = o.Attributes
	x.End(o)
	if got := httpservertest.Attribute(r.Only(), "http.response.status_code"); got != int64(299) {
		t.Errorf("span: got status %v, want that of the hook", got)
	}
	for _, point := range r.Points("http.server.request.duration") {
		if got := point.Attributes["http.response.status_code"]; got != int64(200) {
			t.Errorf("metric: got status %v, want that of the response", got)
		}
	}
}
