package httpserver_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestWaitForLateResponses proves how long Wait waits for responses that complete late, or
// never because the server has abandoned them.
func TestWaitForLateResponses(t *testing.T) {
	tests := []struct {
		name string
		// duringWait is called during Wait, with an exchange whose handler has
		// returned and one whose handler has not.
		duringWait func(returned, running *httpserver.Exchange)
		// want is a part of the error of Wait, or "" if there is no error.
		want       string
		wantWaited time.Duration
	}{
		{"abandoned", func(_, running *httpserver.Exchange) {
			running.End(successOutcome())
		}, "1 request handled", 2 * time.Second},
		{"both abandoned", func(_, running *httpserver.Exchange) {
			running.HandlersReturned(successOutcome())
			running.HandlersReturned(successOutcome())
		}, "2 requests handled", 2 * time.Second},
		{"a handler runs for a minute", func(_, running *httpserver.Exchange) {
			<-time.After(time.Minute)
			running.End(successOutcome())
		}, "1 request handled", time.Minute + 2*time.Second},
		{"completed during Wait", func(returned, running *httpserver.Exchange) {
			running.End(successOutcome())
			<-time.After(time.Second)
			returned.End(successOutcome())
		}, "", time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{})
				instrumentation := instrument(t, r)
				_, returned := instrumentation.Start(t.Context(), newRequest("/abandoned"))
				returned.HandlersReturned(successOutcome())
				_, running := instrumentation.Start(t.Context(), newRequest("/running"))
				waited := make(chan error)
				start := time.Now()
				go func() {
					ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
					defer cancel()
					waited <- r.Wait(ctx)
				}()
				synctest.Wait()
				go test.duringWait(returned, running)
				err := <-waited
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("got error %v, want %q", err, test.want)
				}
				if took := time.Since(start); took != test.wantWaited {
					t.Errorf("waited %v, want %v", took, test.wantWaited)
				}
			})
		})
	}
}
