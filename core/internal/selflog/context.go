package selflog

import "context"

// selfLogKey is the context key that marks this module's own log records.
type selfLogKey struct{}

// Context marks log records of this module about telemetry. The handler of LogHandler
// does not export such records: a record about a failed export could be lost in the same
// way and cause more records.
var Context = context.WithValue(context.Background(), selfLogKey{}, true)

// IsOwn reports whether ctx marks a record of this module, which must not be exported.
func IsOwn(ctx context.Context) bool { return ctx.Value(selfLogKey{}) != nil }
