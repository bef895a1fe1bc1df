package core

import (
	"context"
	"fmt"
	"log" //nolint:depguard // only its writer is used
	"log/slog"
	"slices"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/selflog"
)

// LogHandler returns a handler for [log/slog] that exports every record and passes it to
// next, which prints it. Both the exported and the printed record have the trace ID. Make
// it the default, and log with a context:
//
//	slog.SetDefault(slog.New(tel.LogHandler("orders", slog.NewJSONHandler(os.Stdout, nil))))
//	slog.InfoContext(ctx, "order placed", "id", id)
//
// Printed records get the attributes trace_id, span_id and trace_flags of the span in the
// context, as in OpenTelemetry's "Trace Context in non-OTLP Log Formats". The flags are 01
// if the trace is sampled, and otherwise 00. They are 03 and 02 if the caller has also set
// the flag for a random trace id. These attributes are always at the top level, even
// inside WithGroup. If there is no span, they are omitted.
//
// The level of next determines which records are printed, and the level of [WithLogLevel]
// which records are exported. Nothing is exported if OTEL_LOGS_EXPORTER is none and no
// option adds an exporter or a processor, or after the final export of a shutdown. name is the instrumentation scope of the exported
// records, usually a package path. The first attribute that is an error is exported as
// exception.type and exception.message, all others as text. If a method of an attribute
// panics, for example because an error holds a nil pointer, the attributes are exported as
// text, in the format of package fmt. Records are exported later: copy strings that
// Fiber's Ctx returns before logging them, since Fiber reuses their bytes.
//
// Exclusion affects spans and metrics only. Records that are logged in an excluded
// request are printed and exported too, with the ids of a trace that is not recorded, so
// that they can still be correlated.
//
// Messages of this package itself, such as messages about lost log records, are only
// printed: exporting them could lose more records and cause more messages. The message
// about a panic in a task of [Telemetry.Go] is exported. Records that an exporter, or the
// function of [WithHeaders], logs with the context of an export are only printed too.
//
// If next is nil, nothing is printed. If next is slog's initial default handler, it is
// replaced by a text handler on the [log] package's writer, since [slog.SetDefault] would
// make the initial handler print to the new default.
//
// If next is a handler of t.LogHandler, as that of the default logger may be, each record is
// exported once, with the scope called name and the attributes and groups of next.
//
// The options, such as otelslog.WithVersion for the scope, apply to the exported records.
func (t *Telemetry) LogHandler(name string, next slog.Handler, options ...otelslog.Option) slog.Handler {
	for i, option := range options {
		if option == nil {
			panic(fmt.Sprintf("core: LogHandler: option %d is nil, want one of package otelslog", i+1))
		}
	}
	t = t.ensureInitialized()
	if next == nil {
		next = slog.DiscardHandler
	}
	if fmt.Sprintf("%T", next) == "*slog.defaultHandler" {
		next = slog.NewTextHandler(log.Writer(), nil)
	}
	bridge := otelslog.NewHandler(name, append(slices.Clone(options), otelslog.WithLoggerProvider(t.providers.Logger))...)
	if h, ok := next.(*logHandler); ok && h.telemetry == t {
		return h.withExporter(bridge)
	}
	return &logHandler{telemetry: t, exportHandler: bridge, next: next, printHandler: next}
}

// logHandler is the handler that LogHandler returns.
type logHandler struct {
	telemetry *Telemetry
	// exportHandler exports the records, and has the same attributes and groups as
	// printHandler.
	exportHandler slog.Handler
	// next is the parameter next of LogHandler.
	next slog.Handler
	// calls holds all calls of WithAttrs and WithGroup.
	calls []func(slog.Handler) slog.Handler
	// printHandler is next with the attributes and groups of WithAttrs and WithGroup.
	printHandler slog.Handler
	// ungroupedHandler is the value of printHandler before the first call of WithGroup, or
	// nil if no group is open. Handle adds the trace and span ids to this handler, outside
	// of all groups, and then repeats groupCalls.
	ungroupedHandler slog.Handler
	// groupCalls holds the first call of WithGroup and the later calls of WithAttrs and
	// WithGroup. It is nil if no group is open.
	groupCalls []func(slog.Handler) slog.Handler
	// hasError is set if exportHandler has an attribute that is an error.
	hasError bool
}

// Enabled reports whether a record of the level is exported or printed.
func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.printHandler.Enabled(ctx, level) || h.shouldExport(ctx, level)
}

// shouldExport reports whether a record of the level is exported.
func (h *logHandler) shouldExport(ctx context.Context, level slog.Level) bool {
	t := h.telemetry
	return t.providers.TakesLogs() && level >= t.logLevel.Level() &&
		!selflog.IsOwn(ctx) && h.exportHandler.Enabled(ctx, level)
}

// Handle exports and prints the record, and returns the error of printing.
func (h *logHandler) Handle(ctx context.Context, record slog.Record) error {
	if h.shouldExport(ctx, record.Level) && !h.export(ctx, record) {
		h.exportFormatted(ctx, record)
	}
	if !h.printHandler.Enabled(ctx, record.Level) {
		return nil
	}
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return h.printHandler.Handle(ctx, record)
	}
	if h.ungroupedHandler == nil {
		ids := spanIDAttrs(span)
		record = record.Clone()
		record.AddAttrs(ids[:]...)
		return h.printHandler.Handle(ctx, record)
	}
	ids := spanIDAttrs(span)
	printing := h.ungroupedHandler.WithAttrs(ids[:])
	for _, add := range h.groupCalls {
		printing = add(printing)
	}
	return printing.Handle(ctx, record)
}

// spanIDAttrs returns the attributes with the ids and the flags of span.
func spanIDAttrs(span trace.SpanContext) [3]slog.Attr {
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
	exportHandler, hasError := h.withExportedAttrs(attributes)
	derived := h.derive(exportHandler, false, func(next slog.Handler) slog.Handler { return next.WithAttrs(attributes) })
	derived.hasError = hasError
	return derived
}

// WithGroup opens a group for attributes that are added after the call.
func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.derive(h.exportHandler.WithGroup(name), true, func(next slog.Handler) slog.Handler { return next.WithGroup(name) })
}

// derive returns a copy of h that exports with exportHandler, and in which add has been
// applied to the handlers that print. opensGroup is true if add opens a group.
func (h *logHandler) derive(exportHandler slog.Handler, opensGroup bool, add func(slog.Handler) slog.Handler) *logHandler {
	added := *h
	if opensGroup && h.ungroupedHandler == nil {
		added.ungroupedHandler = h.printHandler
	}
	if added.ungroupedHandler != nil {
		added.groupCalls = slices.Concat(h.groupCalls, []func(slog.Handler) slog.Handler{add})
	}
	added.calls = slices.Concat(h.calls, []func(slog.Handler) slog.Handler{add})
	added.exportHandler, added.printHandler = exportHandler, add(h.printHandler)
	return &added
}

// withExporter returns a handler that prints like h, and exports with exportHandler and the
// attributes and groups of h.
func (h *logHandler) withExporter(exportHandler slog.Handler) slog.Handler {
	var handler slog.Handler = &logHandler{telemetry: h.telemetry, exportHandler: exportHandler, next: h.next, printHandler: h.next}
	for _, call := range h.calls {
		handler = call(handler)
	}
	return handler
}
