package selflog

import "context"

// selfLogKey is the context key that marks this module's own log records.
type selfLogKey struct{}

// Context marks log records of this module about telemetry. The handler of LogHandler
// does not export such records: a record about a failed export could be lost in the same
// way and cause more records.
var Context = WithMark(context.Background())

// WithMark returns ctx with the mark of [Context], for an export: a record that is logged
// during an export would cause the next export.
func WithMark(ctx context.Context) context.Context {
	return context.WithValue(ctx, selfLogKey{}, true)
}

// IsOwn reports whether ctx has the mark of [Context], so that its records must not be
// exported.
func IsOwn(ctx context.Context) bool { return ctx.Value(selfLogKey{}) != nil }
