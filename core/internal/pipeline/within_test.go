package pipeline

import (
	"context"
	"testing"
)

// TestReadyResultIsReturnedAfterLimit proves that a result that is ready when the limit
// has passed is not replaced by the error of the limit.
func TestReadyResultIsReturnedAfterLimit(t *testing.T) {
	limit, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		done := make(chan error, 1)
		done <- nil
		if err := Within(limit, done); err != nil {
			t.Fatalf("got %v, want nil", err)
		}
	}
}
