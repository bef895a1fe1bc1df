package core

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/internal/logtest"
)

// errorRecorder is an error handler that records the errors.
type errorRecorder struct {
	mu   sync.Mutex
	errs []error
}

func (k *errorRecorder) Handle(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.errs = append(k.errs, err)
}

// containsText reports whether a recorded error contains the text.
func (k *errorRecorder) containsText(text string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, err := range k.errs {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// TestErrorHandlerSetAfterSetupGetsExportErrors proves that an error handler that is
// set after Setup gets the export errors of every signal. The losses are still
// counted and logged.
func TestErrorHandlerSetAfterSetupGetsExportErrors(t *testing.T) {
	for _, protocol := range []string{"grpc", "http/protobuf"} {
		t.Run(protocol, func(t *testing.T) {
			r := newHTTPReceiver(t, nil)
			if protocol == "grpc" {
				r = newReceiver(t, nil)
			}
			r.setAnswer(func(signal string) answer {
				return answer{rejected: 1, message: "no " + signal + " today"}
			})
			logger, log := logtest.New()
			oldHandler := new(errorRecorder)
			otel.SetErrorHandler(oldHandler)
			tel := setup(t, []string{
				"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol,
				"OTEL_BSP_SCHEDULE_DELAY", "1", "OTEL_BLRP_SCHEDULE_DELAY", "0", "OTEL_METRIC_EXPORT_INTERVAL", "10",
			}, WithLogger(logger))
			otel.Handle(errors.New("of the SDK"))
			if !log.Line("of the SDK") {
				t.Errorf("got log %s, want what OpenTelemetry says", log)
			}
			otel.Handle((*panickingError)(nil)) // must not panic
			if !log.Line("opentelemetry: <nil>") {
				t.Errorf("got log %s, want the error that holds a nil pointer", log)
			}
			newHandler := new(errorRecorder)
			otel.SetErrorHandler(newHandler)
			endSpans(t, tel, 1)
			emitRecords(t, tel, 1)
			recordSeries(t, tel, 1)
			for _, signal := range []string{"traces", "metrics", "logs"} {
				eventually(t, "the error of "+signal, func() bool { return newHandler.containsText("no " + signal + " today") })
				if !log.Line("signal="+signal, "no "+signal+" today") {
					t.Errorf("got log %s, want the loss of %s", log, signal)
				}
			}
			_ = tel.Shutdown(t.Context()) // reports the losses
			errorsBefore := len(newHandler.errs)
			otel.Handle(errors.New("after the shutdown"))
			if len(newHandler.errs) != errorsBefore+1 || len(oldHandler.errs) != 0 {
				t.Errorf("got %d and %d errors, want the handler set after Setup kept, and none for the one set before", len(newHandler.errs), len(oldHandler.errs))
			}
			if s := tel.Stats(); s.Traces.Failed != 1 || s.Logs.Failed != 1 || s.Metrics.Failed == 0 {
				t.Errorf("got %+v, want the losses counted", s)
			}
		})
	}
}

// TestHookPanicIsLoggedDuringAnotherSetup proves that the panic of a hook is logged
// even while another Setup mutes OpenTelemetry's messages. If the message were muted,
// the panic would never be logged, because only the first panic of a hook is logged.
func TestHookPanicIsLoggedDuringAnotherSetup(t *testing.T) {
	for name, options := range map[string][]Option{"with globals": nil, "without globals": {WithoutGlobals()}} {
		t.Run(name, func(t *testing.T) {
			logger, log := logtest.New()
			tel := setup(t, []string{"OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none"},
				append(options, WithLogger(logger), WithPublicEndpoint(func(*httpserver.Request) bool { panic("on purpose") }))...)
			instrumentation, err := tel.HTTPEngine().Instrument(httpserver.Framework{Name: "test", Scope: "test"})
			if err != nil {
				t.Fatal(err)
			}
			unmute := selflog.Mute()
			_, exchange := instrumentation.Start(t.Context(), &httpserver.Request{Method: "GET", Path: "/"})
			exchange.End(httpserver.Outcome{Status: 200})
			unmute()
			if !log.Line("PublicEndpoint hook panicked", "on purpose") {
				t.Errorf("got log %s, want the panic of the hook", log)
			}
		})
	}
}

// TestFailedSetupRestoresErrorHandler proves that the error handler of the service remains in
// place if a component cannot be built, for example because a port is in use.
func TestFailedSetupRestoresErrorHandler(t *testing.T) {
	previous := otel.GetErrorHandler()
	defer otel.SetErrorHandler(previous)
	var handled []string
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { handled = append(handled, err.Error()) }))
	envtest.Clear(t)
	t.Setenv("OTEL_TRACES_EXPORTER", "test_failing")
	logger, _ := logtest.New()
	if _, err := Setup(t.Context(), WithLogger(logger)); err == nil {
		t.Fatal("got no error of Setup")
	}
	otel.Handle(errors.New("of the service"))
	if len(handled) != 1 || handled[0] != "of the service" {
		t.Errorf("got %q, want the service's error handler in place", handled)
	}
}
