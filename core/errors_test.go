package core

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// TestLossErrorsMatchSentinelErrors proves which errors the results of Shutdown and
// ForceFlush match if the collector cannot be reached or does not answer.
func TestLossErrorsMatchSentinelErrors(t *testing.T) {
	for _, test := range []struct {
		name         string
		address      func(t *testing.T) string
		wantErrs     []error
		unwantedErrs []error
		failed       uint64
		deadline     time.Duration
	}{
		{"away", refusedAddress, []error{ErrLost, context.DeadlineExceeded}, []error{ErrGracePeriod, ErrSecondSignal}, 3, 300 * time.Millisecond},
		{"black hole", blackHoleAddress, []error{ErrLost, context.DeadlineExceeded}, []error{ErrGracePeriod, ErrSecondSignal}, 3, 300 * time.Millisecond},
	} {
		for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
			for _, operation := range []string{"flush", "shutdown"} {
				t.Run(test.name+" "+protocol+" "+operation, func(t *testing.T) {
					logger, _ := logtest.New()
					tel := setup(t, []string{
						"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + test.address(t), "OTEL_EXPORTER_OTLP_PROTOCOL", protocol,
						"OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none",
					}, WithShutdownTimeout(test.deadline), WithLogger(logger))
					endSpans(t, tel, 3)
					flushOrShutdown := tel.Shutdown
					if operation == "flush" {
						flushOrShutdown = tel.ForceFlush
					}
					err := flushOrShutdown(t.Context())
					want := test.wantErrs
					if operation == "flush" {
						// Nothing is lost yet, since the flush continues in the
						// background. So the error does not match ErrLost.
						want = []error{context.DeadlineExceeded}
					}
					for _, target := range want {
						if !errors.Is(err, target) {
							t.Errorf("got %v, which does not match %v", err, target)
						}
					}
					for _, target := range test.unwantedErrs {
						if errors.Is(err, target) {
							t.Errorf("got %v, which matches %v", err, target)
						}
					}
					if operation == "flush" {
						return
					}
					var loss *LossError
					if !errors.As(err, &loss) || loss.Signal != "traces" || loss.Failed+loss.Dropped != test.failed || loss.Total != test.failed {
						t.Errorf("got %+v, want the loss of %d spans", loss, test.failed)
					}
				})
			}
		}
	}
}

// TestNoLossIsNoError proves that ForceFlush and Shutdown return nil if the collector
// accepts everything.
func TestNoLossIsNoError(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	endSpans(t, tel, 3)
	if err := errors.Join(tel.ForceFlush(t.Context()), tel.Shutdown(t.Context())); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}
