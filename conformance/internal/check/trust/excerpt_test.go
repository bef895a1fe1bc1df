package trust

import (
	"strings"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
)

// TestExcerptNamesSpanAndAttribute checks that a problem names the span and the attribute
// that has a secret, in one line.
func TestExcerptNamesSpanAndAttribute(t *testing.T) {
	attribute := func(key, value string) *commonpb.KeyValue {
		return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}
	}
	text := prototext.Format(&tracepb.ScopeSpans{Scope: &commonpb.InstrumentationScope{Name: "scope"}, Spans: []*tracepb.Span{
		{Name: "first", Attributes: []*commonpb.KeyValue{attribute("url.path", "/process/1")}},
		{Name: "second", Attributes: []*commonpb.KeyValue{attribute("http.request.method", "GET"), attribute("url.path", "/process/1?sig=s3cr3t&page=2")}},
	}})
	at := strings.Index(text, secret)
	got := excerpt(text, at, at+len(secret))
	for _, part := range []string{`name: "second"`, `key: "url.path"`, `/process/1?sig=s3cr3t`} {
		if !strings.Contains(got, part) {
			t.Errorf("got %s, want %s in it", got, part)
		}
	}
	for _, part := range []string{"\n", "  ", "first", "http.request.method", "page=2"} {
		if strings.Contains(got, part) {
			t.Errorf("got %q, want no %q in it", got, part)
		}
	}
}

// TestExcerptOmitsLongValues checks that an excerpt omits a long value before a secret.
func TestExcerptOmitsLongValues(t *testing.T) {
	text := `name: "n" key: "k" string_value: "` + strings.Repeat("a", 10_000) + secret
	if got := excerpt(text, len(text)-len(secret), len(text)); len(got) > 300 || !strings.HasSuffix(got, secret) || !strings.Contains(got, `key: "k"`) {
		t.Errorf("got %d bytes: %.400q, want the key and the secret in at most 300", len(got), got)
	}
}
