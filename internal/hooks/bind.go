// Package hooks checks the options that users give to an adapter, and passes the
// functions among them to the engine. It imports the standard library alone.
package hooks

// Bind gives a user's hook the framework's context of a request, as an
// httpserver.Outcome takes it: nil where there is no hook.
func Bind[C, T any](hook func(C) T, c C) func() T {
	if hook == nil {
		return nil
	}
	return func() T { return hook(c) }
}
