package core

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
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

// note keeps the reason of an attempt, unless it is that the time was over.
func (a *attempts) note(err error) {
	code := status.Code(err)
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		code == codes.DeadlineExceeded || code == codes.Canceled {
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

// intercept notes the attempts of gRPC.
func (a *attempts) intercept(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	err := invoke(ctx, method, request, reply, conn, options...)
	a.note(err)
	return err
}

// noteHTTP notes one of HTTP.
func (a *attempts) noteHTTP(response *http.Response, err error) {
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("answered %s", response.Status)
	}
	a.note(err)
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

// reason returns err with what kind of trouble it is. One that only says that
// the time was over gets the reason of the last attempt.
func (c *counter) reason(err error) (trouble, error) {
	kind := c.troubleOf(err)
	if c.destination == nil || kind.errorType != errorTypeTimeout && kind.errorType != errorTypeShutdown {
		return kind, err
	}
	if last := c.destination.attempts.reason(); last != nil {
		return c.troubleOf(last), fmt.Errorf("%w; the last attempt: %w", err, last)
	}
	return kind, err
}
