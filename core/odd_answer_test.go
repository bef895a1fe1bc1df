package core

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// tracesOnlyVariables returns environment variables for a service that exports traces to
// address, and neither metrics nor logs.
func tracesOnlyVariables(protocol, address string) []string {
	return []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol,
		"OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none",
	}
}

// TestExportIsRetriedIfHeadersFunctionIsCanceled proves that an export is retried if the
// function of WithHeaders returns context.Canceled although the context of the export is
// not canceled. For example, the function may fetch a token with the context of another
// request.
func TestExportIsRetriedIfHeadersFunctionIsCanceled(t *testing.T) {
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		t.Run(protocol, func(t *testing.T) {
			r := collectorStarter{t, protocol}.startReceiver(protocol, nil)
			calls := 0
			tel := setup(t, tracesOnlyVariables(protocol, r.address), WithHeaders(func(context.Context) (map[string]string, error) {
				calls++
				if calls == 1 {
					return nil, context.Canceled
				}
				return nil, nil
			}))
			endSpans(t, tel, 1)
			if err := tel.Shutdown(t.Context()); err != nil || r.spanCount() != 1 {
				t.Errorf("got %v and %d spans, want 1", err, r.spanCount())
			}
		})
	}
}

// TestExportCutOffByShutdownIsLostToShutdown proves that if the shutdown ends while an
// export is in progress, the spans of this export are counted as lost because of the
// shutdown. The reason of the LossError matches context.DeadlineExceeded.
func TestExportCutOffByShutdownIsLostToShutdown(t *testing.T) {
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		t.Run(protocol, func(t *testing.T) {
			var address string
			if protocol == settings.ProtocolGRPC {
				r := newReceiver(t, nil)
				defer r.holdExports()()
				address = r.address
			} else {
				server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
					_, _ = io.Copy(io.Discard, request.Body)
					<-request.Context().Done()
				}))
				defer server.Close()
				address = server.Listener.Addr().String()
			}
			logger, _ := logtest.New()
			tel := setup(t, tracesOnlyVariables(protocol, address), WithShutdownTimeout(400*time.Millisecond), WithLogger(logger))
			endSpans(t, tel, 3)
			err := tel.Shutdown(t.Context())
			failures, _ := tel.providers.Traces.Losses()
			if want := map[string]uint64{exporterror.Shutdown: 3}; !maps.Equal(failures, want) {
				t.Errorf("got %v, want %v", failures, want)
			}
			var loss *LossError
			if !errors.As(err, &loss) || !errors.Is(loss.Err, context.DeadlineExceeded) {
				t.Errorf("got %v, want a reason that matches context.DeadlineExceeded", err)
			}
		})
	}
}

// TestExportFailsIfServerSwitchesProtocols proves that an export fails if the server
// responds with 101 Switching Protocols and then sends nothing. The body of a 101 response
// is the connection itself, and reading it would not end with the timeout of the attempt.
func TestExportFailsIfServerSwitchesProtocols(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				request, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, request.Body)
				_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
	logger, logged := logtest.New()
	tel := setup(t, tracesOnlyVariables(settings.ProtocolHTTP, listener.Addr().String()), WithShutdownTimeout(time.Second), WithLogger(logger))
	endSpans(t, tel, 3)
	if err := tel.Shutdown(t.Context()); !errors.Is(err, ErrLost) {
		t.Errorf("got %v, want that the spans are lost", err)
	}
	if got, want := tel.Stats().Traces, (SpanStats{Ended: 3, Failed: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !logged.Line("responded 101 Switching Protocols") {
		t.Errorf("got no line about the answer:\n%s", logged)
	}
}

// TestLastExportReachesReplacedCollector proves that the last export arrives if its
// connection has silently failed and the collector's successor refuses connections at
// first. The function of WithHeaders counts the attempts, and the successor starts at the
// third attempt.
func TestLastExportReachesReplacedCollector(t *testing.T) {
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		t.Run(protocol, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				conn, err := listener.Accept()
				_ = listener.Close()
				if err == nil {
					<-t.Context().Done() // never answer
					_ = conn.Close()
				}
			}()
			thirdAttempt, started := make(chan struct{}), make(chan struct{})
			var calls atomic.Int32
			tel := setup(t, tracesOnlyVariables(protocol, listener.Addr().String()), WithShutdownTimeout(6*time.Second),
				WithHeaders(func(context.Context) (map[string]string, error) {
					if calls.Add(1) == 3 {
						close(thirdAttempt)
						<-started
					}
					return nil, nil
				}))
			endSpans(t, tel, 3)
			result := make(chan error, 1)
			go func() { result <- tel.Shutdown(t.Context()) }()
			select {
			case <-thirdAttempt:
			case err := <-result:
				t.Fatalf("got %v after %d attempts, want a third", err, calls.Load())
			}
			r := new(receiver)
			if again := listenAgain(t, listener.Addr().String()); protocol == settings.ProtocolGRPC {
				r = newReceiverOn(t, nil, again)
			} else {
				server := &httptest.Server{Listener: again, Config: &http.Server{Handler: http.HandlerFunc(r.serveHTTP)}}
				server.Start()
				defer server.Close()
			}
			close(started)
			if err := <-result; err != nil || r.spanCount() != 3 {
				t.Errorf("got %v and %d spans, want 3", err, r.spanCount())
			}
		})
	}
}

// TestTextAsProtobufIsASuccessWithWarning proves that an export is a success, and a warning is
// logged for each signal, if the collector responds with status 200 and the content type of
// OTLP, but with a text. Alibaba Cloud responds with "success".
func TestTextAsProtobufIsASuccessWithWarning(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", settings.ContentTypeProtobuf)
		_, _ = io.WriteString(w, "success")
	}))
	t.Cleanup(server.Close)
	logger, logged := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", server.URL, "OTEL_EXPORTER_OTLP_PROTOCOL", settings.ProtocolHTTP}, WithLogger(logger))
	emitEachSignal(t, tel, "work")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := tel.Stats(); got.Traces.Exported != 1 || got.Logs.Exported != 1 || got.Metrics.Points.Exported != 1 {
		t.Errorf("got %+v, want one exported of each signal", got)
	}
	for _, signal := range []string{"traces", "metrics", "logs"} {
		if !logged.Line("accepted telemetry with a warning", "signal="+signal, "its body is not protobuf") {
			t.Errorf("got no warning about %s:\n%s", signal, logged)
		}
	}
}
