package prometheus

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/backendtest"
)

// requestInterval is the time between two requests to a service.
const requestInterval = 40 * time.Millisecond

// endedRequest is a request with the outcome that the client saw. It ends with the response,
// or when the client disconnects as intended.
type endedRequest struct {
	endedAt       time.Time
	method        string
	route         string // the route that the request matches, or ""
	status        int    // 0 if the client has disconnected
	duration      time.Duration
	sentBytes     int
	receivedBytes int
}

// failed reports whether the status is a server error.
func (a endedRequest) failed() bool { return a.status >= http.StatusInternalServerError }

// requestKind describes a request that the clients repeat.
type requestKind struct {
	// route is the route that path matches, or "".
	method, path, route string
	bodySize            int // size of the request body, in bytes
	// disconnectAfter is the time after which the client disconnects, or 0 if it does not.
	disconnectAfter time.Duration
}

// service is a process that exports to the gateway, with the clients that send its load.
type service struct {
	job     string // value of Prometheus' label job
	process conformance.Service
	url     string
	client  http.Client

	mu            sync.Mutex
	kinds         []requestKind // sent in turn
	endedRequests []endedRequest
	// cancelLoad makes the clients send no more requests. loadEnded is closed when all
	// requests have ended.
	cancelLoad context.CancelFunc
	loadEnded  chan struct{}
}

// startService starts a service, waits until it accepts connections, and sends requests
// of the kinds in turn until the test ends. If there are no kinds, it sends none.
func startService(t *testing.T, starter conformance.Starter, job string, kinds []requestKind, env ...string) *service {
	t.Helper()
	address := backendtest.FreeAddress(t)
	process := backendtest.Start(t, job, starter, address, env...)
	s := &service{job: job, process: process, url: "http://" + address, kinds: kinds, loadEnded: make(chan struct{}),
		client: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancelLoad = cancel
	if len(kinds) == 0 {
		close(s.loadEnded)
	} else {
		go s.runLoad(ctx)
	}
	t.Cleanup(s.endLoad)
	return s
}

// endLoad ends the load and waits for the responses to all requests.
func (s *service) endLoad() {
	s.cancelLoad()
	<-s.loadEnded
}

// runLoad sends a request in each interval until ctx ends, even if previous requests are
// still in progress.
func (s *service) runLoad(ctx context.Context) {
	defer close(s.loadEnded)
	var group sync.WaitGroup
	defer group.Wait()
	ticker := time.NewTicker(requestInterval)
	defer ticker.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.mu.Lock()
			kind := s.kinds[i%len(s.kinds)]
			s.mu.Unlock()
			group.Go(func() { s.send(kind) })
		}
	}
}

// send sends one request. It records the outcome if there is a response, or if the client
// disconnects as intended.
func (s *service) send(k requestKind) {
	ctx, cancel := context.WithTimeout(context.Background(), backendtest.Patience)
	defer cancel()
	if k.disconnectAfter > 0 {
		ctx, cancel = context.WithTimeout(context.Background(), k.disconnectAfter)
		defer cancel()
	}
	request, err := http.NewRequestWithContext(ctx, k.method, s.url+k.path, bytes.NewReader(make([]byte, k.bodySize)))
	if err != nil {
		panic(err)
	}
	a := endedRequest{method: k.method, route: k.route, sentBytes: k.bodySize}
	began := time.Now()
	response, err := s.client.Do(request)
	if err == nil {
		var body []byte
		body, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
		a.status, a.receivedBytes = response.StatusCode, len(body)
	}
	if err != nil && (k.disconnectAfter == 0 || !errors.Is(err, context.DeadlineExceeded)) {
		return
	}
	a.endedAt = time.Now()
	a.duration = a.endedAt.Sub(began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endedRequests = append(s.endedRequests, a)
}

// setKinds changes the kinds of requests that the clients send.
func (s *service) setKinds(kinds []requestKind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kinds = kinds
}

// endedBetween returns the requests that ended between two times.
func (s *service) endedBetween(from, to time.Time) (all []endedRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.endedRequests {
		if a.endedAt.After(from) && !a.endedAt.After(to) {
			all = append(all, a)
		}
	}
	return all
}

// journalStarter returns a Starter that runs this binary as the journal.
func journalStarter() conformance.Starter { return conformance.Command(os.Args[0]) }
