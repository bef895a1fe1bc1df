// Package hooks checks the options that users pass to an adapter, and adapts
// their functions for the engine. It imports only the standard library.
package hooks

// Bind returns a function without parameters, as httpserver.Outcome requires, that calls
// the user's hook with the framework's context c. It returns nil if hook is nil.
func Bind[C, T any](hook func(C) T, c C) func() T {
	if hook == nil {
		return nil
	}
	return func() T { return hook(c) }
}
