package httpservertest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckReset checks the span of an HTTP/2 request whose context is canceled before its
// handler writes a small response. If the client has reset the stream, the response is
// not sent. If the application has canceled its BaseContext, the response is sent. app
// serves handler for every path.
func CheckReset(t *testing.T, app func(rec *Recorder, handler http.HandlerFunc) http.Handler) {
	t.Helper()
	for _, byClient := range []bool{true, false} {
		for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusInternalServerError} {
			t.Run(map[bool]string{true: "by the client ", false: "by the application "}[byClient]+strconv.Itoa(status), func(t *testing.T) {
				rec := New(t, httpserver.Config{})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				server := httptest.NewUnstartedServer(app(rec, func(w http.ResponseWriter, r *http.Request) {
					cancel()
					<-r.Context().Done()
					w.WriteHeader(status)
					_, _ = io.WriteString(w, "late")
				}))
				server.EnableHTTP2 = true
				clientContext := ctx
				if !byClient {
					clientContext = t.Context()
					server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
				}
				server.StartTLS()
				defer server.Close()
				if byClient {
					defer keepCPUsBusy()()
				}
				request, err := http.NewRequestWithContext(clientContext, http.MethodGet, server.URL+"/", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				response, err := server.Client().Do(request)
				if byClient != errors.Is(err, context.Canceled) {
					t.Fatalf("got %v", err)
				}
				if err == nil {
					_ = response.Body.Close()
				}
				want, code := map[string]any{"http.response.status_code": int64(status), "error.type": nil}, codes.Unset
				switch {
				case byClient:
					want = map[string]any{"http.response.status_code": nil, "error.type": "client_disconnected"}
					code = codes.Error
				case status == http.StatusInternalServerError:
					want["error.type"], code = "500", codes.Error
				}
				span := rec.Only()
				Expect(t, span, want)
				if span.Status().Code != code {
					t.Errorf("got status %v, want %v", span.Status(), code)
				}
			})
		}
	}
}

// keepCPUsBusy starts goroutines that compute, until the returned function is called. The
// server's goroutines then have to wait for a CPU, as on a loaded machine.
func keepCPUsBusy() (stop func()) {
	var isStopped atomic.Bool
	var group sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for n := uint(0); !isStopped.Load(); {
				n++
			}
		})
	}
	return func() {
		isStopped.Store(true)
		group.Wait()
	}
}
