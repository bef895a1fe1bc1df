package core

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"

	"github.com/samespan/samespan/internal/logtest"
)

// sampledContext returns ctx with a fixed, sampled span context.
func sampledContext(ctx context.Context) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{15: 0xab}, SpanID: trace.SpanID{7: 0xcd}, TraceFlags: trace.FlagsSampled,
	}))
}

// sampledHandler adds the span context of sampledContext to the context of every record.
type sampledHandler struct{ slog.Handler }

func (h sampledHandler) Handle(ctx context.Context, record slog.Record) error {
	return h.Handler.Handle(sampledContext(ctx), record)
}

func (h sampledHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	return sampledHandler{h.Handler.WithAttrs(attributes)}
}
func (h sampledHandler) WithGroup(name string) slog.Handler {
	return sampledHandler{h.Handler.WithGroup(name)}
}

// parseJSONLines parses the output of a JSON handler.
func parseJSONLines(t *testing.T, log string) (records []map[string]any) {
	t.Helper()
	for line := range strings.Lines(log) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		records = append(records, record)
	}
	return records
}

// exportedFields converts a received record to the map that package slogtest checks.
func exportedFields(record *logspb.LogRecord) map[string]any {
	result := attributeMap(record.Attributes)
	result[slog.LevelKey] = record.SeverityText
	result[slog.MessageKey] = record.Body.GetStringValue()
	if record.TimeUnixNano != 0 {
		result[slog.TimeKey] = record.TimeUnixNano
	}
	return result
}

// attributeMap converts attributes to a map. A group becomes a map in this map.
func attributeMap(list []*commonpb.KeyValue) map[string]any {
	result := make(map[string]any)
	for _, kv := range list {
		if group := kv.Value.GetKvlistValue(); group != nil {
			result[kv.Key] = attributeMap(group.Values)
			continue
		}
		result[kv.Key] = kv.Value.GetStringValue()
	}
	return result
}

// TestLogHandlerFollowsSlogRules proves, with the checks of testing/slogtest, that
// printed and exported records follow the rules of slog, both without and with a span.
func TestLogHandlerFollowsSlogRules(t *testing.T) {
	for name, wrap := range map[string]func(slog.Handler) slog.Handler{
		"no span": func(h slog.Handler) slog.Handler { return h },
		"a span":  func(h slog.Handler) slog.Handler { return sampledHandler{h} },
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
			var buffer bytes.Buffer
			handler := wrap(tel.LogHandler("test", slog.NewJSONHandler(&buffer, nil)))
			var records []map[string]any
			if err := slogtest.TestHandler(handler, func() []map[string]any {
				records = parseJSONLines(t, buffer.String())
				return records
			}); err != nil {
				t.Errorf("printed: %v", err)
			}
			for _, record := range records {
				got, ok := record["trace_id"]
				if want := name == "a span"; ok != want || want && got != strings.Repeat("0", 30)+"ab" {
					t.Errorf("printed %v, want the trace id at the top: %v", record, want)
				}
			}
			if err := slogtest.TestHandler(handler, func() []map[string]any {
				if err := tel.ForceFlush(t.Context()); err != nil {
					t.Error(err)
				}
				var all []map[string]any
				for _, record := range r.records[len(records):] {
					all = append(all, exportedFields(record))
				}
				return all
			}); err != nil {
				t.Errorf("exported: %v", err)
			}
		})
	}
}

// TestLogHandlerPrintsAndExportsAttributes proves that attributes and groups are printed
// and exported, and that printed records have the trace and span ids.
func TestLogHandlerPrintsAndExportsAttributes(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	var buffer bytes.Buffer
	logger := slog.New(tel.LogHandler("shop/orders", slog.NewJSONHandler(&buffer, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})))
	ctx := sampledContext(t.Context())
	logger.InfoContext(ctx, "placed", "id", "17")
	grouped := logger.With("shop", "A").WithGroup("order").With("id", "17")
	grouped.WarnContext(ctx, "late", "days", "3")
	grouped.WithGroup("").With().WithGroup("empty").ErrorContext(ctx, "lost")
	grouped.InfoContext(t.Context(), "without a span")
	logger.ErrorContext(ctx, "failed", "error", errors.New("no stock"))

	const ids = `"trace_id":"000000000000000000000000000000ab","span_id":"00000000000000cd","trace_flags":"01"`
	want := strings.Join([]string{
		`{"level":"INFO","msg":"placed","id":"17",` + ids + `}`,
		`{"level":"WARN","msg":"late","shop":"A",` + ids + `,"order":{"id":"17","days":"3"}}`,
		`{"level":"ERROR","msg":"lost","shop":"A",` + ids + `,"order":{"id":"17"}}`,
		`{"level":"INFO","msg":"without a span","shop":"A","order":{"id":"17"}}`,
		`{"level":"ERROR","msg":"failed","error":"no stock",` + ids + `}`,
	}, "\n") + "\n"
	if buffer.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", buffer.String(), want)
	}

	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.records) != 5 || len(r.logScopes) != 1 || r.logScopes[0].Name != "shop/orders" {
		t.Fatalf("got %d records of %v, want 5 of shop/orders", len(r.records), r.logScopes)
	}
	for i, record := range r.records {
		wantID, flags := strings.Repeat("0", 30)+"ab", uint32(1)
		if i == 3 {
			wantID, flags = "", 0
		}
		if got := hex.EncodeToString(record.TraceId); got != wantID || record.Flags != flags {
			t.Errorf("%s: got trace %q and flags %d, want %q and %d", record.Body, got, record.Flags, wantID, flags)
		}
	}
	if late := exportedFields(r.records[1]); late["shop"] != "A" || late["level"] != "WARN" || late["order"].(map[string]any)["days"] != "3" ||
		r.records[1].SeverityNumber != logspb.SeverityNumber_SEVERITY_NUMBER_WARN {
		t.Errorf("got %v, want the record as it was logged", r.records[1])
	}
	if failed := exportedFields(r.records[4]); failed["exception.message"] != "no stock" {
		t.Errorf("got %v, want the error's message", failed)
	}
	if got, want := tel.Stats().Logs, (LogStats{Ended: 5, Exported: 5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestPrintAndExportHaveSeparateLevels proves that printing and exporting have separate
// levels, and that Enabled covers both.
func TestPrintAndExportHaveSeparateLevels(t *testing.T) {
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	for name, test := range map[string]struct {
		variables  []string
		options    []Option
		printLevel slog.Leveler
		printed    int
		exported   int
	}{
		"default":              {nil, nil, slog.LevelInfo, 3, 3},
		"print more":           {nil, nil, slog.LevelDebug, 4, 3},
		"print nothing":        {nil, nil, nil, 0, 3},
		"export more":          {nil, []Option{WithLogLevel(slog.LevelDebug)}, slog.LevelError, 1, 4},
		"export less":          {nil, []Option{WithLogLevel(slog.LevelError)}, slog.LevelInfo, 3, 1},
		"the environment wins": {[]string{"OTEL_GO_LOG_LEVEL", "warn"}, []Option{WithLogLevel(slog.LevelDebug)}, slog.LevelInfo, 3, 2},
		"between two levels":   {[]string{"OTEL_GO_LOG_LEVEL", "WARN+1"}, nil, slog.LevelInfo, 3, 1},
		"no exporter":          {[]string{"OTEL_LOGS_EXPORTER", "none"}, []Option{WithLogLevel(slog.LevelDebug)}, slog.LevelWarn, 2, 0},
		"disabled":             {[]string{"OTEL_SDK_DISABLED", "true"}, nil, slog.LevelWarn, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			tel := setup(t, append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, test.variables...), test.options...)
			var buffer bytes.Buffer
			var printHandler slog.Handler
			if test.printLevel != nil {
				printHandler = slog.NewJSONHandler(&buffer, &slog.HandlerOptions{Level: test.printLevel})
			}
			logger := slog.New(tel.LogHandler("test", printHandler))
			enabled := 0
			for _, level := range levels {
				if logger.Enabled(t.Context(), level) {
					enabled++
				}
				logger.Log(t.Context(), level, "said")
			}
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := len(parseJSONLines(t, buffer.String())); got != test.printed {
				t.Errorf("printed %d, want %d", got, test.printed)
			}
			if len(r.records) != test.exported {
				t.Errorf("exported %d, want %d", len(r.records), test.exported)
			}
			if want := max(test.printed, test.exported); enabled != want {
				t.Errorf("%d levels are enabled, want %d", enabled, want)
			}
		})
	}
}

// TestLogHandlerPrintsAfterShutdown proves that records after the shutdown are
// printed, and neither counted as lost nor warned about.
func TestLogHandlerPrintsAfterShutdown(t *testing.T) {
	r := newReceiver(t, nil)
	logger, logged := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithLogger(logger))
	var log logtest.Buffer
	service := slog.New(tel.LogHandler("test", slog.NewTextHandler(&log, nil)))
	service.Info("at work")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	service.Info("last words")
	if !log.Line("at work") || !log.Line("last words") {
		t.Errorf("printed %q, want both records", log.String())
	}
	if got, want := tel.Stats().Logs, (LogStats{Ended: 1, Exported: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if logged.Line("dropped") {
		t.Errorf("got %q, want no complaint", logged)
	}
}

// TestPrintedFlagsAreThoseOfSpan proves that a printed record has the flags of the span,
// including the flag for a random trace id, which the SDK takes from the caller.
func TestPrintedFlagsAreThoseOfSpan(t *testing.T) {
	for flags, want := range map[trace.TraceFlags]string{
		0: "00", trace.FlagsSampled: "01", trace.FlagsRandom: "02", trace.FlagsSampled | trace.FlagsRandom: "03",
	} {
		var buffer bytes.Buffer
		ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: flags}))
		slog.New(Disabled().LogHandler("test", slog.NewJSONHandler(&buffer, nil))).InfoContext(ctx, "placed")
		if lines := parseJSONLines(t, buffer.String()); len(lines) != 1 || lines[0]["trace_flags"] != want {
			t.Errorf("printed %v, want the flags %s", lines, want)
		}
	}
}

// TestRecordsOfExcludedRequestAreExported proves that records logged in an excluded
// request are printed and exported.
func TestRecordsOfExcludedRequestAreExported(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithExclude("healthz"))
	var buffer bytes.Buffer
	logger := slog.New(tel.LogHandler("test", slog.NewJSONHandler(&buffer, nil)))
	ctx, end := startExcludedRequest(t, tel)
	logger.ErrorContext(ctx, "the database is away")
	end()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines := parseJSONLines(t, buffer.String())
	if len(lines) != 1 || lines[0]["trace_flags"] != "00" || lines[0]["trace_id"] == "" {
		t.Fatalf("printed %v, want the record with an unsampled trace", lines)
	}
	if len(r.records) != 1 || hex.EncodeToString(r.records[0].TraceId) != lines[0]["trace_id"] || r.records[0].Flags != 0 {
		t.Errorf("exported %v, want the record of %v", r.records, lines[0])
	}
	if names := r.spanCountsByName(); len(names) != 0 {
		t.Errorf("got spans %v, want none", names)
	}
}

// TestLevelVarChangesExportLevel proves that a slog.LevelVar changes the level of exported
// records at run time.
func TestLevelVarChangesExportLevel(t *testing.T) {
	r := newReceiver(t, nil)
	level := new(slog.LevelVar)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithLogLevel(level))
	logger := slog.New(tel.LogHandler("test", nil))
	logger.Debug("too early")
	level.Set(slog.LevelDebug)
	logger.Debug("in time")
	level.Set(slog.LevelError)
	logger.Warn("too late")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.records) != 1 || r.records[0].Body.GetStringValue() != "in time" {
		t.Errorf("got %v, want the record that came in time", r.records)
	}
}

// TestConcurrentLoggersKeepTheirAttributes proves that loggers derived from one handler
// do not mix up their attributes if several goroutines use them. The race detector can
// find unguarded fields of the handler in this test.
func TestConcurrentLoggersKeepTheirAttributes(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	var log logtest.Buffer
	parentLogger := slog.New(tel.LogHandler("test", slog.NewJSONHandler(&log, nil))).With("a", "1").WithGroup("g").With("b", "2")
	var group sync.WaitGroup
	const loggers, recordsEach = 8, 20
	for i := range loggers {
		group.Go(func() {
			logger := parentLogger.With("logger", i).WithGroup("h")
			for n := range recordsEach {
				logger.InfoContext(sampledContext(t.Context()), "said", "n", n, "logger", i)
			}
		})
	}
	group.Wait()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	records := parseJSONLines(t, log.String())
	if len(records) != loggers*recordsEach || len(r.records) != loggers*recordsEach {
		t.Fatalf("printed %d and exported %d, want %d", len(records), len(r.records), loggers*recordsEach)
	}
	for _, record := range records {
		g := record["g"].(map[string]any)
		if g["logger"] != g["h"].(map[string]any)["logger"] || g["b"] != "2" || record["a"] != "1" || record["trace_flags"] != "01" {
			t.Errorf("printed %v, which is of two loggers", record)
		}
	}
}
