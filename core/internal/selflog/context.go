package selflog

import "context"

type ownKey struct{}

// Context marks this module's own log records about telemetry. The handler of
// LogHandler does not export them: a record about a failed export could be lost
// in the same way and cause more records.
var Context = context.WithValue(context.Background(), ownKey{}, true)

// IsOwn reports whether a record with ctx must not be exported.
func IsOwn(ctx context.Context) bool { return ctx.Value(ownKey{}) != nil }
