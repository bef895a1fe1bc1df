package transparent

import (
	"context"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/service/servicetest"
)

// TestEndlessStreamIsError checks that transparent/stream ends with an error, and does not wait
// for ever, if the stream of GET /held does not end after POST /held. This happens in a service
// of several processes, if another process handles POST /held.
func TestEndlessStreamIsError(t *testing.T) {
	start := service.InProcess(func(ctx context.Context, addr string, ready func()) error {
		behind, err := service.FreeAddress()
		if err != nil {
			return err
		}
		toService := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: behind})
		front := &http.Server{Addr: addr, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path != "/held":
				toService.ServeHTTP(w, r)
			case r.Method == http.MethodGet:
				_, _ = w.Write([]byte("data: 1\n\n"))
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			}
		})}
		context.AfterFunc(ctx, func() { _ = front.Close() })
		return servicetest.Minimal(ctx, behind, func() {
			go func() { _ = front.ListenAndServe() }()
			ready()
		})
	})
	i, err := service.Start(t.Context(), start, "endless", "", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Kill)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	p := probe.New(ctx, &probe.Declared{}, probe.Services{Own: func() (*service.Instance, error) { return i, nil }})
	judged := make(chan probe.Found, 1)
	go func() { judged <- p.Judge(checkStream) }()
	select {
	case found := <-judged:
		if found.Err == nil || !strings.Contains(found.Err.Error(), "POST /held") {
			t.Errorf("got the error %v, want one that names POST /held", found.Err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the check has not ended after its time limit")
	}
}
