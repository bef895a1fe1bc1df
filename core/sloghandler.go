package core

import (
	"context"
	"fmt"
	"log" //nolint:depguard // for where it writes to, which is all that is asked of it
	"log/slog"
	"slices"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/selflog"
)

// LogHandler returns a handler for [log/slog] that does two things with every
// record: it exports it with the service's log records, and hands it to next,
// which prints it. Either way a record is found by its trace. Make it the
// default, and log with a context:
//
//	slog.SetDefault(slog.New(tel.LogHandler("orders", slog.NewJSONHandler(os.Stdout, nil))))
//	slog.InfoContext(ctx, "order placed", "id", id)
//
// What is printed gets the attributes trace_id, span_id and trace_flags (01 of
// a sampled trace, 00 of one that was not recorded) of the span in the record's
// context, in the form of OpenTelemetry's "Trace Context in non-OTLP Log
// Formats". They are never inside a group. A record without a span has none.
//
// next decides alone what is printed. What is exported are the records from the
// level of [WithLogLevel] on, whatever next is: nothing where
// OTEL_LOGS_EXPORTER is none, and nothing once a shutdown has sent what there
// was. name is the scope of the exported records, most often a package's path.
// An attribute that is an error becomes exception.type and exception.message.
// Records wait for their export: what Fiber's Ctx returns as a string has to be
// copied before it is logged, since Fiber uses its bytes again.
//
// Exclusion is about spans and metrics. What the service logs under an excluded
// request is printed and exported like anything else, with the ids of a trace
// that was not recorded: they still tell which records belong together.
//
// What this package itself logs, such as that log records are lost, is only
// printed: exporting it would make more of the same.
//
// A nil next prints nothing. slog's own first handler, which [slog.Default] has
// before any [slog.SetDefault], cannot be next, since SetDefault makes it
// print to the new default; a text handler on the [log] package's writer takes
// its place.
//
// The options are for what is exported, such as otelslog.WithVersion for the scope.
func (t *Telemetry) LogHandler(name string, next slog.Handler, options ...otelslog.Option) slog.Handler {
	for i, option := range options {
		if option == nil {
			panic(fmt.Sprintf("core: LogHandler: option %d is nil, want one of package otelslog", i+1))
		}
	}
	t = t.ready()
	if next == nil {
		next = slog.DiscardHandler
	}
	if fmt.Sprintf("%T", next) == "*slog.defaultHandler" {
		next = slog.NewTextHandler(log.Writer(), nil)
	}
	bridge := otelslog.NewHandler(name, append(slices.Clone(options), otelslog.WithLoggerProvider(t.providers.Logger))...)
	return &logHandler{telemetry: t, exporting: bridge, printing: next}
}

// logHandler is what LogHandler returns.
type logHandler struct {
	telemetry *Telemetry
	exporting slog.Handler
	// printing has the attributes and groups of WithAttrs and WithGroup.
	printing slog.Handler
	// ungrouped is printing before the first group, and grouped what was added
	// from that group on. Both are nil where no group is open.
	ungrouped slog.Handler
	grouped   []func(slog.Handler) slog.Handler
}

// Enabled tells whether the record is exported or printed.
func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.printing.Enabled(ctx, level) || h.exports(ctx, level)
}

func (h *logHandler) exports(ctx context.Context, level slog.Level) bool {
	t := h.telemetry
	return t.providers.TakesLogs() && level >= t.logLevel.Level() &&
		!selflog.IsOwn(ctx) && h.exporting.Enabled(ctx, level)
}

// Handle exports and prints the record, and returns the error of printing.
func (h *logHandler) Handle(ctx context.Context, record slog.Record) error {
	if h.exports(ctx, record.Level) {
		_ = h.exporting.Handle(ctx, record) // never fails: what is lost is counted
	}
	if !h.printing.Enabled(ctx, record.Level) {
		return nil
	}
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return h.printing.Handle(ctx, record)
	}
	if h.ungrouped == nil {
		ids := spanIDs(span)
		record = record.Clone()
		record.AddAttrs(ids[:]...)
		return h.printing.Handle(ctx, record)
	}
	ids := spanIDs(span)
	printing := h.ungrouped.WithAttrs(ids[:])
	for _, add := range h.grouped {
		printing = add(printing)
	}
	return printing.Handle(ctx, record)
}

func spanIDs(span trace.SpanContext) [3]slog.Attr {
	return [...]slog.Attr{
		slog.String("trace_id", span.TraceID().String()),
		slog.String("span_id", span.SpanID().String()),
		slog.String("trace_flags", span.TraceFlags().String()),
	}
}

// WithAttrs adds attributes to all records, within the open groups.
func (h *logHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	if len(attributes) == 0 {
		return h
	}
	return h.with(false, func(next slog.Handler) slog.Handler { return next.WithAttrs(attributes) })
}

// WithGroup opens a group for what is added from then on.
func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(true, func(next slog.Handler) slog.Handler { return next.WithGroup(name) })
}

func (h *logHandler) with(group bool, add func(slog.Handler) slog.Handler) slog.Handler {
	added := *h
	if group && h.ungrouped == nil {
		added.ungrouped = h.printing
	}
	if added.ungrouped != nil {
		added.grouped = slices.Concat(h.grouped, []func(slog.Handler) slog.Handler{add})
	}
	added.exporting, added.printing = add(h.exporting), add(h.printing)
	return &added
}
