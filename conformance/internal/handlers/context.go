package handlers

import (
	"context"
	"fmt"
	"sync"
)

// BaggageHeader is the request header from which a middleware takes a baggage
// member.
const BaggageHeader = "X-Set-Baggage"

// Context does the work of GET /context/{source}. request is the request's context, and
// framework are the framework's own context objects.
func (s *Service) Context(source string, request context.Context, framework ...context.Context) error { //nolint:revive // the source decides which of the contexts is used
	switch source {
	case "request":
		s.startContextChild(request, source)
	case "framework":
		for _, ctx := range framework {
			s.startContextChild(ctx, source)
		}
	case "goroutine":
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.startContextChild(request, source)
		}()
		<-done
	case "middleware":
		// The method Inside has already started the span.
	default:
		return fmt.Errorf("reference: unknown source of contexts %q, want request, framework, middleware or goroutine", source)
	}
	return nil
}

// startContextChild starts and ends a span named context_child in ctx. source says where ctx
// is from.
func (s *Service) startContextChild(ctx context.Context, source string) {
	_, end := s.Span(ctx, "context_child", map[string]any{"context.source": source})
	end()
}

// Inside does the work of the service's own middleware, which runs between the
// instrumentation and the handlers. It starts the span of GET /context/middleware, and adds
// the baggage member of X-Set-Baggage to the context. changed reports whether the returned
// context differs from ctx.
func (s *Service) Inside(ctx context.Context, path, member string) (inner context.Context, changed bool, err error) {
	if path == "/context/middleware" {
		s.startContextChild(ctx, "middleware")
	}
	if member == "" || s.SetBaggage == nil {
		return ctx, false, nil
	}
	inner, err = s.SetBaggage(ctx, member)
	if err != nil {
		return ctx, false, fmt.Errorf("reference: %s: %w", BaggageHeader, err)
	}
	return inner, true, nil
}

// Members returns the response of GET /baggage.
func (s *Service) Members(ctx context.Context) map[string]string {
	if s.Baggage == nil {
		return nil
	}
	return s.Baggage(ctx)
}

// releaseRound tracks the tasks of GET /after/{item_id} that the next POST /release
// releases.
type releaseRound struct {
	released chan struct{}  // closed by POST /release
	tasks    sync.WaitGroup // tasks that have not ended
}

func newReleaseRound() *releaseRound { return &releaseRound{released: make(chan struct{})} }

// After starts a task that outlives the response. When [Service.Release] is called, the
// task starts a span in ctx, the request's context.
func (s *Service) After(ctx context.Context, itemID string) {
	s.mu.Lock()
	r := s.currentRound
	r.tasks.Add(1)
	s.mu.Unlock()
	go func() {
		defer r.tasks.Done()
		<-r.released
		_, end := s.Span(ctx, "after_response", map[string]any{"item.id": itemID})
		end()
	}()
}

// Release releases the tasks of After, and returns when all of them have ended.
func (s *Service) Release() string {
	s.mu.Lock()
	r := s.currentRound
	s.currentRound = newReleaseRound()
	s.mu.Unlock()
	close(r.released)
	r.tasks.Wait()
	return "released"
}
