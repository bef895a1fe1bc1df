package httpservertest

import (
	"io"
	"net/http"
	"runtime"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckUnanswered checks the span of a handler that ends its goroutine or aborts. The
// server then drops the part of the response that is still in its buffer. The span must
// have the status Error, and the HTTP status only if that was sent. app serves handler for
// every path, without an outer middleware that recovers panics.
func CheckUnanswered(t *testing.T, app func(rec *Recorder, handler http.HandlerFunc) http.Handler) {
	t.Helper()
	for name, test := range map[string]struct {
		handler   http.HandlerFunc
		status    int
		errorType string
	}{
		"ended":              {func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, 0, "server_closed"},
		"ended after status": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted); runtime.Goexit() }, 0, "server_closed"},
		"ended after flush":  {func(w http.ResponseWriter, _ *http.Request) { writeAndFlush(w); runtime.Goexit() }, http.StatusAccepted, "server_closed"},
		"aborted after status": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			panic(http.ErrAbortHandler)
		}, 0, "http.ErrAbortHandler"},
		"aborted after a write": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "x")
			panic(http.ErrAbortHandler)
		}, 0, "http.ErrAbortHandler"},
		"aborted after flush": {func(w http.ResponseWriter, _ *http.Request) { writeAndFlush(w); panic(http.ErrAbortHandler) }, http.StatusAccepted, "http.ErrAbortHandler"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := New(t, httpserver.Config{})
			answer, err := Try(t.Context(), http.MethodGet, Start(t, app(rec, test.handler))+"/", nil)
			if err == nil {
				t.Fatalf("got the answer %q, want none or a part", answer.Text)
			}
			if test.status != 0 && answer.StatusCode != test.status {
				t.Errorf("got %d on the wire, want %d", answer.StatusCode, test.status)
			}
			span := rec.Only()
			want := map[string]any{"http.response.status_code": nil, "error.type": test.errorType}
			if test.status != 0 {
				want["http.response.status_code"] = int64(test.status)
			}
			Expect(t, span, want)
			if span.Status().Code != codes.Error {
				t.Errorf("got status %v, want Error", span.Status())
			}
			rec.ExpectOnePoint(test.status)
		})
	}
}

// writeAndFlush sends the status and a part of the body.
func writeAndFlush(w http.ResponseWriter) {
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, "part")
	w.(http.Flusher).Flush()
}
