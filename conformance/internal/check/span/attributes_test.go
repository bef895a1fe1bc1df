package span

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

// TestRefusedHostIsNoFailure checks that span/attributes does not blame the instrumentation
// of a service whose framework accepts only known hosts, as Django does.
func TestRefusedHostIsNoFailure(t *testing.T) {
	start := service.InProcess(func(ctx context.Context, addr string, ready func()) error {
		behind, err := service.FreeAddress()
		if err != nil {
			return err
		}
		toService := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: behind})
		front := &http.Server{Addr: addr, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.Host, "127.0.0.1:") {
				http.Error(w, "unknown host", http.StatusBadRequest)
				return
			}
			toService.ServeHTTP(w, r)
		})}
		context.AfterFunc(ctx, func() { _ = front.Close() })
		return servicetest.Minimal(ctx, behind, func() {
			go func() { _ = front.ListenAndServe() }()
			ready()
		})
	})
	i, err := service.Start(t.Context(), start, "hosts", "", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Kill)
	p := probe.New(t.Context(), &probe.Declared{}, probe.Services{Own: func() (*service.Instance, error) { return i, nil }})
	found := p.Judge(checkAttributes)
	if found.Err == nil || !strings.Contains(found.Err.Error(), "unknown host") {
		t.Errorf("got the error %v and the problems %v, want an error with the answer", found.Err, found.Problems)
	}
}
