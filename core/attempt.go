package core

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// attempts remembers why the last attempt of an export has failed. The
// exporters try until the time is over, and when it ends an attempt rather than
// the pause after one, that is all that they tell.
type attempts struct {
	mu   sync.Mutex
	last error
}

// begin forgets the attempts of the export before.
func (a *attempts) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = nil
}

// note keeps why an attempt has failed, unless the export itself, whose context
// is ctx, was over.
func (a *attempts) note(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = err
}

func (a *attempts) reason() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}

// limit returns ctx with the time that one attempt may take.
func (o otlp) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if o.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, o.timeout)
}

// errNoAnswer is that of an attempt whose time is over.
type errNoAnswer struct {
	after time.Duration
	err   error
}

func (e *errNoAnswer) Error() string { return fmt.Sprintf("no answer within %v: %v", e.after, e.err) }
func (e *errNoAnswer) Unwrap() error { return e.err }

// attemptError returns err of an attempt, with what explains it.
func (o otlp) attemptError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) && o.timeout > 0 {
		return &errNoAnswer{after: o.timeout, err: err}
	}
	if o.tls != nil {
		if problem := o.tls.err(); problem != nil {
			return fmt.Errorf("%w; the files of certificates cannot be read again: %w", err, problem)
		}
	}
	return err
}

// errHeaders is that of an attempt for which [WithHeaders] has no headers.
var errHeaders = errors.New("the function of WithHeaders")

// attemptHeaders returns the headers of the function for one attempt.
func (o otlp) attemptHeaders(ctx context.Context) (map[string]string, error) {
	if o.headersFunc == nil {
		return nil, nil
	}
	headers, err := o.headersFunc(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errHeaders, err)
	}
	for name, value := range headers {
		if err := checkHeader(pair{key: name, value: value}, o.protocol); err != nil {
			return nil, fmt.Errorf("%w: %w", errHeaders, err)
		}
	}
	return headers, nil
}

// export runs one export with all its attempts.
func (c *counter) export(run func() error) error {
	if c.destination != nil {
		c.destination.attempts.begin()
	}
	began := time.Now()
	err := run()
	c.timed(began, err)
	return err
}

// reason returns err with what kind of trouble it is. One that does not tell it
// gets the reason of the last attempt.
func (c *counter) reason(err error) (trouble, error) {
	kind := c.troubleOf(err)
	if c.destination == nil {
		return kind, err
	}
	last := c.destination.attempts.reason()
	if last == nil || strings.Contains(err.Error(), last.Error()) {
		return kind, err
	}
	if known := c.troubleOf(last); known.errorType != errorTypeOther {
		kind = known
	}
	return kind, fmt.Errorf("%w; the last attempt: %w", err, last)
}
