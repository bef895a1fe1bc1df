package bench

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/getsentry/sentry-go"
	"github.com/gin-gonic/gin"
	"github.com/newrelic/go-agent/v3/integrations/nrgin"
	"github.com/newrelic/go-agent/v3/newrelic"
)

// TestVendorInstrumentationsRecordRequest checks that the vendors' instrumentations record
// the request, so that the benchmark does not measure instrumentations that are disabled.
func TestVendorInstrumentationsRecordRequest(t *testing.T) {
	for _, each := range peerTargets {
		t.Run(each.framework+"/"+each.variant, func(t *testing.T) {
			m := &Modes[0]
			s := newSetup(m, each.variant, m.newTelemetry(each.variant))
			traceID := ""
			s.handlerWork = func(ctx context.Context) {
				traceID = newrelic.FromContext(ctx).GetTraceMetadata().TraceID
			}
			if each.framework == "Gin" && each.variant == NewRelic {
				// nrgin stores the transaction only in Gin's context, which handlerWork does not
				// get. So a middleware reads the trace id.
				each.build = ginBuilder(func(s *setup, r *gin.Engine) {
					registerGinNewRelic(s, r)
					r.Use(func(c *gin.Context) {
						c.Next()
						traceID = nrgin.Transaction(c).GetTraceMetadata().TraceID
					})
				})
			}
			newClient := each.build(s)
			switch each.variant {
			case NewRelic:
				newClient()(1)
				if want := strings.Split(sampledTraceparent, "-")[1]; traceID != want {
					t.Errorf("got trace %q, want the caller's %q", traceID, want)
				}
			case Sentry:
				events := recordEvents(t)
				newClient()(1)
				if got := events.transactions(); len(got) != 1 || !strings.Contains(got[0], "/process/") {
					t.Errorf("got transactions %q, want one of the route", got)
				}
			default:
				t.Errorf("%s is not tested", each.variant)
			}
		})
	}
}

// recordEvents makes Sentry's global client record its events until the test ends.
func recordEvents(t *testing.T) *eventRecorder {
	t.Helper()
	hub := sentry.CurrentHub()
	before := hub.Client()
	options := before.Options()
	events := &eventRecorder{}
	options.Transport = events
	client, err := sentry.NewClient(options)
	if err != nil {
		t.Fatal(err)
	}
	hub.BindClient(client)
	t.Cleanup(func() { hub.BindClient(before) })
	return events
}

// eventRecorder is a Sentry transport that records events.
type eventRecorder struct {
	discardTransport
	mu     sync.Mutex
	events []*sentry.Event
}

func (r *eventRecorder) SendEvent(e *sentry.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// transactions returns the names of the transactions.
func (r *eventRecorder) transactions() (names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Type == "transaction" {
			names = append(names, e.Transaction)
		}
	}
	return names
}
