package service_test

import (
	"context"
	"io"
	"testing"

	"github.com/samespan/samespan/conformance/internal/service"
)

func TestOutputOutsideServiceIsDiscarded(t *testing.T) {
	if _, err := io.WriteString(service.Output(t.Context()), "nobody reads this"); err != nil {
		t.Error(err)
	}
}

// TestOutputReturnsWrittenTextAndError checks that the output of a service is what it has
// written, followed by the error with which it ended.
func TestOutputReturnsWrittenTextAndError(t *testing.T) {
	started, err := service.InProcess(func(ctx context.Context, _ string, _ func()) error {
		_, _ = io.WriteString(service.Output(ctx), "about to end\n")
		return io.ErrUnexpectedEOF
	})(t.Context(), service.Launch{})
	if err != nil {
		t.Fatal(err)
	}
	<-started.Ended()
	if got, want := started.Output(), "about to end\n"+io.ErrUnexpectedEOF.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
