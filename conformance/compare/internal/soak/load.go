package soak

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// retryAfter is how long a client waits before the next request when one was
// not answered.
const retryAfter = 10 * time.Millisecond

// exchange sends one request in a trace of its own and enters it in the ledger.
// It tells whether it was answered.
func (s *station) exchange(ctx context.Context, c *client, what shape) bool {
	if what.holds {
		s.after.Lock()
		defer s.after.Unlock()
	}
	t := newTrace(what.wants...)
	request, err := what.request(s.addr, t)
	if err != nil {
		s.accounts.complain("%v", err)
		return false
	}
	s.ledger.begin(t)
	s.requests.Add(1)
	a, err := c.do(ctx, request)
	if err != nil {
		s.ledger.end(t, nil)
		return false
	}
	s.answered.Add(1)
	due := what.due(a)
	if what.holds {
		dials := c.dials
		released := s.exchange(ctx, c, release(s.name))
		// Another process knows nothing of what this one has kept.
		due[len(due)-1] = released && c.dials == dials
	}
	s.ledger.end(t, due)
	if !what.answeredWell(a) {
		s.accounts.complain("%s %s was answered with %d %.80q, want %d", what.method, what.path, a.status, a.body, what.status)
	}
	return true
}

// clients is how many connections a service under a steady load is sent
// requests over.
const clients = 6

// load sends requests at rate a second until ctx ends. What is under way then
// is finished.
func (s *station) load(ctx context.Context, rate int, random *rand.Rand, next func(*rand.Rand) shape) {
	var group sync.WaitGroup
	for range clients {
		own := rand.New(rand.NewPCG(random.Uint64(), random.Uint64())) //nolint:gosec // to be repeated by its seed, not to be secret
		group.Go(func() {
			c := &client{addr: s.addr}
			defer c.close()
			tick := time.NewTicker(time.Duration(clients) * time.Second / time.Duration(rate))
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
				if !s.exchange(context.WithoutCancel(ctx), c, next(own)) {
					pause(ctx, retryAfter)
				}
			}
		})
	}
	group.Wait()
}

// fullLoad sends requests one right after the other until so many have been
// answered, or ctx ends. each is called after every answer with their number.
func (s *station) fullLoad(ctx context.Context, clients int, answers int64, next func() shape, each func(answered int64)) {
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			c := &client{addr: s.addr}
			defer c.close()
			for ctx.Err() == nil && s.answered.Load() < answers {
				if s.exchange(ctx, c, next()) {
					each(s.answered.Load())
				} else {
					pause(ctx, retryAfter)
				}
			}
		})
	}
	group.Wait()
}

// flush makes the service send what it has.
func flush(service string) shape {
	return shape{method: http.MethodPost, path: "/lifecycle/flush", status: http.StatusOK, wants: []want{server(service)}}
}
