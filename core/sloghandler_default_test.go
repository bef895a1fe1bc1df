package core

import (
	"bytes"
	"context"
	"errors"
	stdlog "log" //nolint:depguard // its messages reach the handler too
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/internal/logtest"
)

// The tests of this file call slog.SetDefault with a handler of LogHandler, so the messages
// of package core are logged through this handler too.

// setDefaultLogger calls slog.SetDefault. At the end of the test it restores the previous
// default and the settings of package log.
func setDefaultLogger(t *testing.T, logger *slog.Logger) {
	t.Helper()
	oldDefault, writer, flags := slog.Default(), stdlog.Writer(), stdlog.Flags()
	t.Cleanup(func() {
		slog.SetDefault(oldDefault)
		stdlog.SetOutput(writer)
		stdlog.SetFlags(flags)
	})
	slog.SetDefault(logger)
}

// TestLogHandlerDoesNotExportMessagesOfCore proves that messages about lost records are
// not exported if the handler of LogHandler is slog's default. An exported message could
// be lost too, and cause another message.
func TestLogHandlerDoesNotExportMessagesOfCore(t *testing.T) {
	r := newReceiver(t, nil)
	r.setAnswer(func(signal string) answer {
		if signal == "logs" {
			return answer{err: status.Error(codes.InvalidArgument, "not today")}
		}
		return answer{}
	})
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_BLRP_SCHEDULE_DELAY", "3600000"}, WithMaxQueueSize(2))
	var log logtest.Buffer
	setDefaultLogger(t, slog.New(tel.LogHandler("test", slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))

	slog.Warn("said by the service")
	if err := tel.ForceFlush(t.Context()); err == nil {
		t.Fatal("got no error of the flush, want that a record is lost")
	}
	otel.Handle(errors.New("an error in the SDK"))
	selflog.NewLogger(slog.Default).Error(errors.New("odd"), "a message of the SDK")
	func() { // the queue overflows
		release := r.holdExports()
		defer release()
		emitRecords(t, tel, 20)
	}()
	for _, want := range []string{"not today", "an error in the SDK", "a message of the SDK", "the queue is full"} {
		eventually(t, want+" is printed", func() bool { return strings.Contains(log.String(), want) })
	}
	_ = tel.ForceFlush(t.Context())
	r.setAnswer(nil)
	slog.Warn("said by the service")
	_ = tel.ForceFlush(t.Context())
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if !log.Line("shut down; telemetry was lost since the start") {
		t.Errorf("got %s, want the losses of the shutdown in it", log.String())
	}
	if got := tel.Stats().Logs.Ended; got != 22 {
		t.Errorf("%d records ended, want the 22 that the service emitted", got)
	}
	byService := func(record *logspb.LogRecord) bool { return record.Body.GetStringValue() == "said by the service" }
	if !slices.ContainsFunc(r.records, byService) {
		t.Error("the service's own record, after the error, was not received")
	}
}

// TestLogHandlerReplacesInitialSlogHandler proves that a handler that wraps slog's
// initial handler can be made the default. After SetDefault, the initial handler prints to
// the new default. If the new default called the initial handler, it would wait for itself.
func TestLogHandlerReplacesInitialSlogHandler(t *testing.T) {
	tel := setup(t, []string{"OTEL_LOGS_EXPORTER", "none", "OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none"})
	var log logtest.Buffer
	first := slog.Default().Handler()
	setDefaultLogger(t, slog.Default()) // for its cleanup, which restores the output of package log
	stdlog.SetOutput(&log)
	handler := tel.LogHandler("test", first)
	if handler.(*logHandler).printHandler == first {
		t.Fatal("the handler prints with slog's own: as the default it would wait for itself")
	}
	slog.SetDefault(slog.New(handler))
	done := make(chan error)
	go func() {
		defer close(done)
		slog.InfoContext(sampledContext(t.Context()), "by slog")
		stdlog.Print("by log")
	}()
	_ = awaitResult(t, done)
	if !log.Line("by slog", "trace_id=000000000000000000000000000000ab") || !log.Line("by log") {
		t.Errorf("printed %q, want both", log.String())
	}
}

// TestLogHandlerExportsPanicsOfTasks proves that the message about a task's panic is
// exported in the trace of the task. Other messages of package core are about the
// telemetry and are not exported; this one is about the service.
func TestLogHandlerExportsPanicsOfTasks(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	setDefaultLogger(t, slog.New(tel.LogHandler("test", nil)))
	tel.Go(t.Context(), "send receipt", func(context.Context) error { panic("no paper") })
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.records) != 1 || len(r.spans) != 1 || r.records[0].Body.GetStringValue() != "core: a background task panicked" ||
		!bytes.Equal(r.records[0].SpanId, r.spans[0].SpanId) || attributeMap(r.records[0].Attributes)["panic"] != "no paper" {
		t.Errorf("got records %v and spans %v, want the panic in the task's span", r.records, r.spans)
	}
}

// TestLogHandlerOfLogHandlerExportsOnce proves that if the next handler is itself from
// LogHandler, as the default logger's may be, a record is exported once, with the new scope
// and all attributes, and printed with one trace id.
func TestLogHandlerOfLogHandlerExportsOnce(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	var printed bytes.Buffer
	service := slog.New(tel.LogHandler("orders", slog.NewJSONHandler(&printed, nil))).With("shop", "A").WithGroup("g").With("b", "2")
	database := slog.New(tel.LogHandler("orders/database", service.Handler()))
	database.InfoContext(sampledContext(t.Context()), "queried", "rows", "3")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if len(r.records) != 1 || r.logScopes[0].Name != "orders/database" {
		t.Fatalf("got %v in the scopes %v, want one record in orders/database", r.records, r.logScopes)
	}
	want := map[string]any{"shop": "A", "g": map[string]any{"b": "2", "rows": "3"}}
	if got := attributeMap(r.records[0].Attributes); !reflect.DeepEqual(got, want) {
		t.Errorf("exported %v, want %v", got, want)
	}
	line := parseJSONLines(t, printed.String())[0]
	if !reflect.DeepEqual(line["g"], want["g"]) || line["shop"] != "A" || strings.Count(printed.String(), "trace_id") != 1 {
		t.Errorf("printed %q, want %v and one trace id", printed.String(), want)
	}
}
