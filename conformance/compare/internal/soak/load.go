package soak

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// retryAfter is how long a client waits after a request without a response.
const retryAfter = 10 * time.Millisecond

// sendTraced sends one request with a new trace, records it in the ledger, and reports
// whether there was a response.
func (s *testedService) sendTraced(ctx context.Context, c *client, what requestKind) bool {
	if what.heldUntilRelease {
		s.holdMu.Lock()
		defer s.holdMu.Unlock()
	}
	t := newTrace(what.wantedSpans...)
	request, err := what.request(s.addr, t)
	if err != nil {
		s.totals.addError("%v", err)
		return false
	}
	s.ledger.beginTrace(t)
	s.requests.Add(1)
	a, err := c.do(ctx, request)
	if err != nil {
		s.ledger.endTrace(t, nil)
		return false
	}
	s.answered.Add(1)
	due := what.dueSpans(a)
	if what.heldUntilRelease {
		dials := c.dials
		released := s.sendTraced(ctx, c, releaseRequest(s.name))
		// If the client has reconnected, another process may have received the release;
		// it does not know the held work.
		due[len(due)-1] = released && c.dials == dials
	}
	s.ledger.endTrace(t, due)
	if !what.isExpected(a) {
		s.totals.addError("%s %s was answered with %d %.80q, want %d", what.method, what.path, a.status, a.body, what.status)
	}
	return true
}

// clients is the number of connections to a service under steady load.
const clients = 6

// load sends rate requests a second until ctx ends, and waits for those in progress.
func (s *testedService) load(ctx context.Context, rate int, random *rand.Rand, next func(*rand.Rand) requestKind) {
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
				if !s.sendTraced(context.WithoutCancel(ctx), c, next(own)) {
					pause(ctx, retryAfter)
				}
			}
		})
	}
	group.Wait()
}

// fullLoad sends requests continuously until the given number was answered, or ctx ends.
// It calls each after every response with the number of responses so far.
func (s *testedService) fullLoad(ctx context.Context, clients int, answers int64, next func() requestKind, each func(answered int64)) {
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			c := &client{addr: s.addr}
			defer c.close()
			for ctx.Err() == nil && s.answered.Load() < answers {
				if s.sendTraced(ctx, c, next()) {
					each(s.answered.Load())
				} else {
					pause(ctx, retryAfter)
				}
			}
		})
	}
	group.Wait()
}

// flushRequest returns the request that makes the service flush.
func flushRequest(service string) requestKind {
	return requestKind{method: http.MethodPost, path: "/lifecycle/flush", status: http.StatusOK, wantedSpans: []wantedSpan{serverSpan(service)}}
}
