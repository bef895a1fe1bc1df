package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/plural"
)

// The errors of [Telemetry.Serve], [Telemetry.Shutdown] and
// [Telemetry.ForceFlush] match these with [errors.Is]. Where a time is over they
// match [context.DeadlineExceeded] too.
var (
	// ErrLost is telemetry that was lost. [errors.As] finds the counts, a
	// [*LossError] for each signal.
	ErrLost = errors.New("telemetry was lost")
	// ErrGracePeriod is a grace period that was too short for the requests or
	// tasks in progress (see [WithGracePeriod]).
	ErrGracePeriod = exporterror.ErrGracePeriod
	// ErrSecondSignal is a second signal, which ended all waiting at once.
	ErrSecondSignal = exporterror.ErrSecondSignal
)

// LossError counts what was lost of one signal. It matches [ErrLost].
type LossError struct {
	// Signal is "traces", "metrics" or "logs".
	Signal string
	// Failed are the spans, exports of metrics or log records whose export
	// failed, and Dropped those that never reached the exporter.
	Failed, Dropped uint64
	// Exporter is the one of several that lost it, empty for the signal's first.
	Exporter string
	// Total is what was lost since Setup.
	Total uint64
	// Err is why, nil if it is not known.
	Err error

	item string
	// over is the time that was over, nil if it was not.
	over error
}

// Error says how much was lost and why.
func (e *LossError) Error() string {
	lost := e.Failed + e.Dropped
	detail := ""
	if e.Total > lost {
		detail = fmt.Sprintf(", %d since the start", e.Total)
	}
	signal := e.Signal
	if e.Exporter != "" {
		signal += " by " + e.Exporter
	}
	text := fmt.Sprintf("%s: %s lost (%d failed, %d dropped%s)", signal, plural.Count(lost, e.item), e.Failed, e.Dropped, detail)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Is reports whether target is [ErrLost], or about a time that was over.
func (e *LossError) Is(target error) bool {
	return target == ErrLost || errors.Is(e.over, target)
}

// Unwrap returns why it was lost.
func (e *LossError) Unwrap() error { return e.Err }

// problemOf returns the error of a flush or shutdown of a signal.
func problemOf(lost *account.Loss, err error) error {
	if lost == nil {
		return err
	}
	return &LossError{Signal: lost.Signal, Exporter: lost.Exporter, Failed: lost.Failed, Dropped: lost.Dropped, Total: lost.Total, Err: lost.Err, item: lost.Item, over: lost.Over}
}

// errTimeOver is the end of a time that text names. It is kind, which may be
// nil, and context.DeadlineExceeded.
type errTimeOver struct {
	text string
	kind error
}

func (e *errTimeOver) Error() string { return e.text }

// Is reports whether target is the kind of e, or [context.DeadlineExceeded].
func (e *errTimeOver) Is(target error) bool {
	return target == context.DeadlineExceeded || e.kind != nil && target == e.kind
}

// gracePeriodOver is the cause of a context that ended reserve before the end of
// the grace period.
func gracePeriodOver(reserve, period time.Duration) error {
	if reserve == 0 {
		return &errTimeOver{text: fmt.Sprintf("%v: %v", ErrGracePeriod, period), kind: ErrGracePeriod}
	}
	return &errTimeOver{text: fmt.Sprintf("not done %v before the end of the grace period of %v", reserve, period), kind: ErrGracePeriod}
}
