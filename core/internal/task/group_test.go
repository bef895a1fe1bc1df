package task

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestTasksGivenUpOnce proves that a task that does not end is waited for only
// once, so that it does not use the time reserved for the export.
func TestTasksGivenUpOnce(t *testing.T) {
	var all Group
	_, done := all.Start(t.Context(), "deaf")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := all.Stop(over, over); err == nil || !strings.Contains(err.Error(), "deaf") {
		t.Errorf("got %v, want that it names the task", err)
	}
	again := make(chan error, 1)
	go func() { again <- all.Stop(t.Context(), t.Context()) }()
	select {
	case err := <-again:
		if err != nil {
			t.Errorf("got %v, want the task named once", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("waits for a task that was given up")
	}
	done()
}
