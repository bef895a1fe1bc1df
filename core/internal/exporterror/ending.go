package exporterror

import "errors"

// Core ends exports and attempts with these errors. [Classify] recognizes them by their
// text, because some exporters return an error that contains only the text of the
// original error.
var (
	// ErrShutdownTime is part of the error of a flush or shutdown that ran out
	// of time.
	ErrShutdownTime = errors.New("did not finish within")
	// ErrGivenUp is the error of an export that is still in progress, or begins, after
	// the exporter was shut down.
	ErrGivenUp = errors.New("the time limit of the shutdown is over")
	// ErrGracePeriod means that the grace period is over.
	ErrGracePeriod = errors.New("the grace period is over")
	// ErrSecondSignal means that a second signal has stopped the service at once.
	ErrSecondSignal = errors.New("stopped at once by a second signal")
	// ErrHeaders is the error of an attempt for which the function that was passed to
	// WithHeaders failed.
	ErrHeaders = errors.New("the function passed to WithHeaders failed")
	// ErrLargeAnswer is the error of a response that is too large to read. The
	// collector may have accepted the export, so it is not retried.
	ErrLargeAnswer = errors.New("the response is too large to read")
)
