package handlers

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Lifecycle flushes and shuts down the telemetry, in the way that the instrumentation
// provides.
type Lifecycle interface {
	ForceFlush(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// concurrentCalls is how many shutdowns, and how many flushes, the action "eight-times"
// runs concurrently.
const concurrentCalls = 8

// LifecycleAnswer is the response of POST /lifecycle/{action}: the error text of each
// call, "" if the call succeeded.
type LifecycleAnswer struct {
	Shutdown []string `json:"shutdown"`
	Flush    []string `json:"flush"`
}

// EndTelemetry does the work of POST /lifecycle/{action}, and returns the response with
// its status code.
func (s *Service) EndTelemetry(ctx context.Context, action string) (LifecycleAnswer, int) {
	answer := LifecycleAnswer{Shutdown: []string{}, Flush: []string{}}
	if s.Lifecycle == nil {
		return answer, http.StatusNotImplemented
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	switch action {
	case "flush":
		answer.Flush = callConcurrently(ctx, 1, s.Lifecycle.ForceFlush)
	case "shutdown":
		answer.Shutdown = callConcurrently(ctx, 1, s.Lifecycle.Shutdown)
	case "shutdown-cancelled":
		answer.Shutdown = callConcurrently(cancelled, 1, s.Lifecycle.Shutdown)
	case "eight-times":
		var group sync.WaitGroup
		group.Go(func() { answer.Flush = callConcurrently(ctx, concurrentCalls, s.Lifecycle.ForceFlush) })
		group.Go(func() { answer.Shutdown = callConcurrently(ctx, concurrentCalls, s.Lifecycle.Shutdown) })
		group.Wait()
	default:
		return answer, http.StatusBadRequest
	}
	return answer, http.StatusOK
}

// callConcurrently calls f n times concurrently. It returns the error text of each call, ""
// if the call succeeded.
func callConcurrently(ctx context.Context, n int, f func(context.Context) error) []string {
	texts := make([]string, n)
	var group sync.WaitGroup
	for i := range texts {
		group.Go(func() {
			if err := f(ctx); err != nil {
				texts[i] = err.Error()
			}
		})
	}
	group.Wait()
	return texts
}

// Streams returns the functions that send a response event by event. The keys of the map are
// paths.
func (s *Service) Streams() map[string]func(ctx context.Context, send func(event string) error) error {
	return map[string]func(ctx context.Context, send func(event string) error) error{
		"/stream":  s.Stream,
		"/held":    s.Held,
		"/endless": s.Endless,
	}
}

// maxHoldTime limits how long GET /held waits and GET /endless sends events, in case the
// suite stops before it sends POST /held or disconnects.
const maxHoldTime = time.Minute

// Held sends one event, waits for [Service.LetGo], and sends another. send must flush.
func (s *Service) Held(ctx context.Context, send func(event string) error) error {
	s.mu.Lock()
	if s.heldReleased == nil {
		s.heldReleased = make(chan struct{})
	}
	released := s.heldReleased
	s.mu.Unlock()
	if err := send(formatEvent(1)); err != nil {
		return err
	}
	timer := time.NewTimer(maxHoldTime)
	defer timer.Stop()
	select {
	case <-released:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return send(formatEvent(2))
}

// Endless sends events until sending fails, regardless of the request's context, but not
// longer than about maxHoldTime.
func (s *Service) Endless(_ context.Context, send func(event string) error) error {
	for number := range int(maxHoldTime / eventInterval) {
		if err := send(formatEvent(number + 1)); err != nil {
			return err
		}
		_ = sleepContext(context.Background(), eventInterval)
	}
	return nil
}

// LetGo releases held responses.
func (s *Service) LetGo() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heldReleased != nil {
		close(s.heldReleased)
		s.heldReleased = nil
	}
	return "let go"
}

// formatEvent returns a server-sent event.
func formatEvent(number int) string { return fmt.Sprintf("data: %d\n\n", number) }
