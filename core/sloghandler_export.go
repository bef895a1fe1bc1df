package core

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
)

// export exports the record. It reports false if a method of an attribute panicked, and
// the record was not exported. The usual case is an error that is not nil but holds a nil
// pointer. The handlers of log/slog print such a record, so logging it must not panic.
func (h *logHandler) export(ctx context.Context, record slog.Record) (exported bool) {
	defer func() {
		if !exported {
			_ = recover()
		}
	}()
	_ = h.exportHandler.Handle(ctx, h.formatFurtherErrors(record)) // returns no error: losses are counted
	return true
}

// formatFurtherErrors returns record with all errors but the first formatted. Only one
// error of a record is exported as exception.type and exception.message, and the bridge
// drops all others.
func (h *logHandler) formatFurtherErrors(record slog.Record) slog.Record {
	errorCount := 0
	if h.hasError {
		errorCount++
	}
	record.Attrs(func(a slog.Attr) bool {
		errorCount += countErrors(a)
		return errorCount < 2
	})
	if errorCount < 2 {
		return record
	}
	formatted := slog.NewRecord(record.Time, record.Level, record.Message, record.PC)
	hasError := h.hasError
	record.Attrs(func(a slog.Attr) bool {
		formatted.AddAttrs(formatErrors(a, &hasError))
		return true
	})
	return formatted
}

// countErrors returns the number of errors in a that the bridge does not export as
// attributes: 1 if a is an error. If a is a group without a name, whose attributes count
// as attributes of the record, it returns the number of errors in the group.
func countErrors(a slog.Attr) (n int) {
	if errorOf(a) != nil {
		return 1
	}
	for _, member := range inlineGroup(a) {
		n += countErrors(member)
	}
	return n
}

// formatErrors returns a with the errors that countErrors counts formatted. It keeps the
// first error and sets hasError, unless hasError is set already.
func formatErrors(a slog.Attr, hasError *bool) slog.Attr {
	if errorOf(a) != nil {
		if *hasError {
			return formatAny(a)
		}
		*hasError = true
		return a
	}
	if group := slices.Clone(inlineGroup(a)); len(group) > 0 {
		for i := range group {
			group[i] = formatErrors(group[i], hasError)
		}
		a.Value = slog.GroupValue(group...)
	}
	return a
}

// inlineGroup returns the attributes of a if a is a group without a name, and otherwise
// nil.
func inlineGroup(a slog.Attr) []slog.Attr {
	if a.Key != "" || a.Value.Kind() != slog.KindGroup {
		return nil
	}
	return a.Value.Group()
}

// exportFormatted exports the record with all values of kind [slog.KindAny] formatted.
func (h *logHandler) exportFormatted(ctx context.Context, record slog.Record) {
	formatted := slog.NewRecord(record.Time, record.Level, record.Message, record.PC)
	record.Attrs(func(a slog.Attr) bool {
		formatted.AddAttrs(formatAny(a))
		return true
	})
	_ = h.exportHandler.Handle(ctx, formatted)
}

// errorOf returns the value of a if it is an error, and otherwise nil.
func errorOf(a slog.Attr) error {
	if a.Value.Kind() != slog.KindAny {
		return nil
	}
	err, _ := a.Value.Any().(error)
	return err
}

// withExportedAttrs returns exportHandler with attributes added, and reports whether it
// then has an attribute that is an error. All errors but the first are formatted, as
// formatFurtherErrors does. If a method of an attribute panics, all attributes are
// formatted, as exportFormatted does. To find out, withExportedAttrs also calls the methods that
// exportHandler calls only when a record is exported.
func (h *logHandler) withExportedAttrs(attributes []slog.Attr) (derived slog.Handler, hasError bool) {
	exported := make([]slog.Attr, len(attributes))
	defer func() {
		if derived != nil {
			return
		}
		_ = recover()
		for i, a := range attributes {
			exported[i] = formatAny(a)
		}
		derived, hasError = h.exportHandler.WithAttrs(exported), h.hasError
	}()
	hasError = h.hasError
	for i, a := range attributes {
		if !hasError {
			callFirstError(a)
		}
		exported[i] = formatErrors(a, &hasError)
	}
	return h.exportHandler.WithAttrs(exported), hasError
}

// callFirstError calls the method Error of the first error that countErrors counts in a.
// The method may panic.
func callFirstError(a slog.Attr) (called bool) {
	if err := errorOf(a); err != nil {
		_ = err.Error()
		return true
	}
	return slices.ContainsFunc(inlineGroup(a), callFirstError)
}

// formatAny returns a with all values of kind [slog.KindAny] formatted by package fmt,
// which recovers panics.
func formatAny(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	switch value.Kind() {
	case slog.KindAny:
		format := "%+v"
		if _, ok := value.Any().(error); ok {
			format = "%v" // some errors include the stack in %+v
		}
		value = slog.StringValue(fmt.Sprintf(format, value.Any()))
	case slog.KindGroup:
		group := slices.Clone(value.Group())
		for i := range group {
			group[i] = formatAny(group[i])
		}
		value = slog.GroupValue(group...)
	default:
	}
	return slog.Attr{Key: a.Key, Value: value}
}
