package httpserver_test

import (
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// connection is the identity of an exchange whose handler may have taken over the connection.
type connection struct{ hijacked bool }

func (c *connection) Hijacked() bool { return c.hijacked }

// TestRequestsOfAnUpgradedConnection proves that a request over HTTP/2 is not part of the
// HTTP/1 request in whose context it is served, if a handler of that request has taken over the
// connection.
func TestRequestsOfAnUpgradedConnection(t *testing.T) {
	for name, test := range map[string]struct {
		hijacked   bool
		protocol   string
		wantNested bool
	}{
		"upgraded":         {true, "2", false},
		"same version":     {true, "1.1", true},
		"not taken over":   {false, "2", true},
		"unknown protocol": {true, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			first := newRequest("/first", "Traceparent", "00-11111111111111111111111111111111-2222222222222222-01", "Baggage", "first=1")
			first.Protocol = "1.1"
			ctx, outer := instrument(t, r).Start(t.Context(), first)
			outer.Identify(&connection{test.hijacked})
			second := newRequest("/second")
			second.Protocol = test.protocol
			ctx, inner := instrument(t, r).Start(ctx, second)
			if got := inner.Nested(); got != test.wantNested {
				t.Errorf("got a nested exchange: %v, want %v", got, test.wantNested)
			}
			if got := baggage.FromContext(ctx).Len() > 0; got != test.wantNested {
				t.Errorf("got the baggage of the first request: %v, want %v", got, test.wantNested)
			}
			inner.End(successOutcome())
			outer.End(successOutcome())
			ended := r.Ended()
			if test.wantNested {
				if len(ended) != 1 {
					t.Errorf("got spans %q, want one", httpservertest.Names(ended))
				}
				return
			}
			if len(ended) != 2 || ended[0].Parent().IsValid() || ended[0].SpanKind() != trace.SpanKindServer {
				t.Errorf("got spans %q, want the second request's with its own trace, and the first's", httpservertest.Names(ended))
			}
		})
	}
}
