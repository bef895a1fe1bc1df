package selflog

import "context"

type ownKey struct{}

// Context is the context of what this module logs about telemetry. By it
// the handler of LogHandler knows what not to export: a record about a failed
// export would be in the next one that fails.
var Context = context.WithValue(context.Background(), ownKey{}, true)

// IsOwn reports whether a record of that context is not to be exported.
func IsOwn(ctx context.Context) bool { return ctx.Value(ownKey{}) != nil }
