package probe

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/samespan/samespan/conformance/internal/service"
)

// unstoppableService is a service on a system that cannot send signals to other processes, such
// as Windows. The method Stop returns err.
type unstoppableService struct {
	service.Service
	err error
}

func (s unstoppableService) Stop(context.Context) error { return s.err }

// TestChecksOfShutdownNeedSignals checks that a check is not applicable if the suite cannot ask
// the service to stop. The service still runs, so it has not flushed what the check looks for.
func TestChecksOfShutdownNeedSignals(t *testing.T) {
	for _, test := range []struct {
		err           error
		notApplicable bool
	}{
		{fmt.Errorf("send SIGTERM to the process: %w", errors.ErrUnsupported), true},
		{errors.New("exit status 1"), false},
		{nil, false},
	} {
		i := &service.Instance{Service: unstoppableService{err: test.err}}
		p := New(t.Context(), new(Declared), Services{Own: func() (*service.Instance, error) { return i, nil }})
		found := p.Judge(func(p *Probe) { p.NeedsSignals(p.Stop()) })
		if (found.NotApplicable != "") != test.notApplicable || found.Err != nil {
			t.Errorf("%v: got %+v, want not applicable: %v", test.err, found, test.notApplicable)
		}
	}
}
