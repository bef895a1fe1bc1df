package core

import (
	"io"
	"sync"
)

// sharedWriter lets what is printed of traces, metrics and logs not run into
// each other.
type sharedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *sharedWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// Fd is that of the file beneath, for the question whether it is a terminal.
func (s *sharedWriter) Fd() uintptr {
	if file, ok := s.w.(interface{ Fd() uintptr }); ok {
		return file.Fd()
	}
	return ^uintptr(0)
}
