package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/samespan/samespan/core/internal/exporterror"
)

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

// attemptHeaders returns the headers of the function for one attempt.
func (o otlp) attemptHeaders(ctx context.Context) (map[string]string, error) {
	if o.headersFunc == nil {
		return nil, nil
	}
	headers, err := o.callHeaders(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", exporterror.ErrHeaders, err)
	}
	for name, value := range headers {
		if err := checkHeader(pair{key: name, value: value}, o.protocol); err != nil {
			return nil, fmt.Errorf("%w: %w", exporterror.ErrHeaders, err)
		}
	}
	return headers, nil
}

// callHeaders calls the function. Its panic would end the process, from a
// goroutine in which the service cannot recover it.
func (o otlp) callHeaders(ctx context.Context) (headers map[string]string, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panicked: %v", value)
		}
	}()
	return o.headersFunc(ctx)
}
