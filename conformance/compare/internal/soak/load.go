package soak

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// retryDelay is how long a client waits after a request without a response.
const retryDelay = 10 * time.Millisecond

// sendTraced sends the request in a new trace, and records it in the ledger. It reports
// whether there was a response.
func (s *testedService) sendTraced(ctx context.Context, c *client, r testRequest) bool {
	if r.needsRelease {
		s.holdMu.Lock()
		defer s.holdMu.Unlock()
	}
	t := newTrace(r.wantedSpans...)
	request, err := r.newHTTPRequest(s.addr, t)
	if err != nil {
		s.totals.addError("%v", err)
		return false
	}
	s.ledger.addTrace(t)
	s.requests.Add(1)
	a, err := c.do(ctx, request)
	if err != nil {
		s.ledger.setDueSpans(t, nil)
		return false
	}
	s.responses.Add(1)
	due := r.dueSpans(a)
	if r.needsRelease {
		dials := c.dials
		released := s.sendTraced(ctx, c, newReleaseRequest(s.name))
		// If the client has reconnected, the release may have reached a new process of the
		// service. The held work was lost with the old process.
		due[len(due)-1] = released && c.dials == dials
	}
	s.ledger.setDueSpans(t, due)
	if !r.isExpected(a) {
		s.totals.addError("%s %s: got status %d %.80q, want %d", r.method, r.path, a.status, a.body, r.status)
	}
	return true
}

// connectionsPerService is the number of connections to a service under steady load.
const connectionsPerService = 6

// sendSteadyLoad sends rate requests a second until ctx ends, and then waits for the
// requests in progress.
func (s *testedService) sendSteadyLoad(ctx context.Context, rate int, random *rand.Rand, nextRequest func(*rand.Rand) testRequest) {
	var group sync.WaitGroup
	for range connectionsPerService {
		ownRandom := rand.New(rand.NewPCG(random.Uint64(), random.Uint64())) //nolint:gosec // to be repeated by its seed, not to be secret
		group.Go(func() {
			c := &client{addr: s.addr}
			defer c.close()
			tick := time.NewTicker(time.Duration(connectionsPerService) * time.Second / time.Duration(rate))
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
				if !s.sendTraced(context.WithoutCancel(ctx), c, nextRequest(ownRandom)) {
					pause(ctx, retryDelay)
				}
			}
		})
	}
	group.Wait()
}

// sendFullLoad sends requests without pauses, from a number of clients, until the service
// has sent wantResponses responses or ctx ends. After each response it calls onResponse
// with the number of responses so far.
func (s *testedService) sendFullLoad(ctx context.Context, clients int, wantResponses int64, nextRequest func() testRequest, onResponse func(responses int64)) {
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			c := &client{addr: s.addr}
			defer c.close()
			for ctx.Err() == nil && s.responses.Load() < wantResponses {
				if s.sendTraced(ctx, c, nextRequest()) {
					onResponse(s.responses.Load())
				} else {
					pause(ctx, retryDelay)
				}
			}
		})
	}
	group.Wait()
}

// newFlushRequest returns the request that makes the service flush.
func newFlushRequest(service string) testRequest {
	return testRequest{method: http.MethodPost, path: "/lifecycle/flush", status: http.StatusOK, wantedSpans: []wantedSpan{serverSpan(service)}}
}
