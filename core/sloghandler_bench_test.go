package core

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/samespan/samespan/core/internal/envtest"
)

// discardHandler accepts every record and discards it.
type discardHandler struct{ slog.Handler }

func (discardHandler) Enabled(context.Context, slog.Level) bool  { return true }
func (discardHandler) Handle(context.Context, slog.Record) error { return nil }

// TestLogHandlerAllocatesOnlyAddedAttributes proves that a record that is only printed
// costs three more allocations than without the handler, one for each added attribute.
func TestLogHandlerAllocatesOnlyAddedAttributes(t *testing.T) {
	tel := setup(t, []string{"OTEL_LOGS_EXPORTER", "none", "OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none"})
	printing := discardHandler{slog.DiscardHandler}
	allocations := func(handler slog.Handler) float64 {
		logger, ctx := slog.New(handler), sampledContext(context.Background())
		return testing.AllocsPerRun(100, func() { logger.LogAttrs(ctx, slog.LevelInfo, "placed", slog.Int("id", 17)) })
	}
	if got, want := allocations(tel.LogHandler("test", printing)), allocations(printing)+3; got != want {
		t.Errorf("got %v allocations, want %v or less", got, want)
	}
	disabled := slog.New(tel.LogHandler("test", slog.DiscardHandler))
	if got := testing.AllocsPerRun(100, func() { disabled.Debug("nothing") }); got > 0 {
		t.Errorf("got %v allocations for a record below every level", got)
	}
}

// BenchmarkLogHandler logs a record with one attribute, printed as JSON to
// io.Discard: with the JSON handler alone, in a span, in a span and a group,
// and exported to a full queue.
func BenchmarkLogHandler(b *testing.B) {
	for _, name := range envtest.Names() {
		b.Setenv(name, "")
	}
	b.Setenv("OTEL_TRACES_EXPORTER", "none")
	b.Setenv("OTEL_METRICS_EXPORTER", "none")
	b.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	noLog := WithLogger(slog.New(slog.DiscardHandler))
	exporting, err := Setup(b.Context(), noLog)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		shutdownCtx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		_ = exporting.Shutdown(shutdownCtx)
	})
	b.Setenv("OTEL_LOGS_EXPORTER", "none")
	printOnly, err := Setup(b.Context(), noLog, WithoutGlobals())
	if err != nil {
		b.Fatal(err)
	}
	printing := slog.NewJSONHandler(io.Discard, nil)
	ctx := sampledContext(context.Background())
	for name, handler := range map[string]slog.Handler{
		"alone":    printing,
		"span":     printOnly.LogHandler("bench", printing),
		"group":    printOnly.LogHandler("bench", printing).WithGroup("order"),
		"exported": exporting.LogHandler("bench", printing),
	} {
		b.Run(name, func(b *testing.B) {
			logger := slog.New(handler)
			b.ReportAllocs()
			for b.Loop() {
				logger.LogAttrs(ctx, slog.LevelInfo, "placed", slog.Int("id", 17))
			}
		})
	}
}
