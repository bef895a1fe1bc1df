package otlptest

// TB is the part of [testing.TB] that [Start] needs. *testing.T, *testing.B and
// *testing.F implement it. It will not get more methods.
type TB interface {
	Helper()
	Cleanup(f func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Start is [NewServer] for a test: it fails the test if the server cannot
// start, and closes the server when the test ends.
func Start(tb TB, opts ...Option) *Server {
	tb.Helper()
	s, err := NewServer(opts...)
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("%v", err)
		}
	})
	return s
}
