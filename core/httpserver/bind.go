package httpserver

// Bind gives a user's hook the framework's context of a request, as an
// [Outcome] takes it: nil where there is no hook.
func Bind[C, T any](hook func(C) T, c C) func() T {
	if hook == nil {
		return nil
	}
	return func() T { return hook(c) }
}
