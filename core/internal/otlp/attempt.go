package otlp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/settings"
)

// attemptContext returns ctx with the timeout of one attempt.
func (o *Collector) attemptContext(ctx context.Context) (context.Context, context.CancelFunc) {
	if o.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, o.Timeout)
}

// noResponseError is the error of an attempt that timed out.
type noResponseError struct {
	timeout time.Duration
	err     error
}

func (e *noResponseError) Error() string {
	return fmt.Sprintf("no response within %v: %v", e.timeout, e.err)
}
func (e *noResponseError) Unwrap() error { return e.err }

// explainAttemptError adds an explanation to the error of an attempt that timed out, or
// that may have failed because the certificate files could not be read again.
func (o *Collector) explainAttemptError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) && o.Timeout > 0 {
		return &noResponseError{timeout: o.Timeout, err: err}
	}
	if o.TLS != nil {
		if problem := o.TLS.Err(); problem != nil {
			return fmt.Errorf("%w; the certificate files cannot be reloaded: %w", err, problem)
		}
	}
	return err
}

// attemptHeaders returns the headers for one attempt, from the function that was passed to
// WithHeaders.
func (o *Collector) attemptHeaders(ctx context.Context) (map[string]string, error) {
	if o.HeadersFunc == nil {
		return nil, nil
	}
	headers, err := o.callHeadersFunc(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", exporterror.ErrHeaders, err)
	}
	for name, value := range headers {
		if err := settings.CheckHeader(name, value, o.Protocol); err != nil {
			return nil, fmt.Errorf("%w: %w", exporterror.ErrHeaders, err)
		}
	}
	return headers, nil
}

// maxHeaderCalls limits how many calls of the function that was passed to WithHeaders are
// in progress at the same time. Concurrent attempts need only a few.
const maxHeaderCalls = 8

// callHeadersFunc calls the function that was passed to WithHeaders. It returns when ctx
// ends, even if the function does not. A panic of the function becomes an error, because the
// service cannot recover a panic in this goroutine.
func (o *Collector) callHeadersFunc(ctx context.Context) (map[string]string, error) {
	select {
	case o.headerCallSemaphore <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("%d earlier calls have not returned: %w", maxHeaderCalls, ctx.Err())
	}
	type result struct {
		headers map[string]string
		err     error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errors.New("called runtime.Goexit")}
		defer func() {
			if value := recover(); value != nil {
				r.err = fmt.Errorf("panicked: %v", value)
			}
			<-o.headerCallSemaphore
			done <- r
		}()
		r.headers, r.err = o.HeadersFunc(ctx)
	}()
	select {
	case r := <-done:
		return r.headers, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("did not return: %w", ctx.Err())
	}
}
