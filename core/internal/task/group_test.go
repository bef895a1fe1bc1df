package task

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestOnlyFirstStopWaitsForEndlessTask proves that only the first Stop waits for a task
// that does not end. A second wait would use the time that is reserved for the export.
func TestOnlyFirstStopWaitsForEndlessTask(t *testing.T) {
	var tasks Group
	_, taskDone := tasks.Start(t.Context(), "deaf")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tasks.Stop(ended, ended); err == nil || !strings.Contains(err.Error(), "deaf") {
		t.Errorf("got %v, want that it names the task", err)
	}
	secondStop := make(chan error, 1)
	go func() { secondStop <- tasks.Stop(t.Context(), t.Context()) }()
	select {
	case err := <-secondStop:
		if err != nil {
			t.Errorf("got %v, want the task named once", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("waits for a task that was given up")
	}
	taskDone()
}
