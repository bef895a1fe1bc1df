package exporterror

import "errors"

// The errors of this module that end an export or an attempt. An exporter may
// hand on only their texts, by which [Classify] knows them.
var (
	// ErrShutdownTime is within what is said about the time of a flush or
	// shutdown.
	ErrShutdownTime = errors.New("was not done within")
	// ErrGivenUp ends an export whose signal has been shut down.
	ErrGivenUp = errors.New("the time for shutting down is over")
	// ErrGracePeriod is the end of the grace period.
	ErrGracePeriod = errors.New("the grace period is over")
	// ErrSecondSignal is a second signal.
	ErrSecondSignal = errors.New("stopped at once by a second signal")
	// ErrHeaders is that of an attempt for which the option WithHeaders has no
	// headers.
	ErrHeaders = errors.New("the function of WithHeaders")
	// ErrLargeAnswer is that of an answer that is too large to be read. The
	// collector may have taken the export, which therefore is not sent again.
	ErrLargeAnswer = errors.New("the answer is too large to be read")
)
