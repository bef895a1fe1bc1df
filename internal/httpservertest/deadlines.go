package httpservertest

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckConcurrentDeadlines checks that a goroutine can set deadlines while the handler
// writes, as it can without the middleware: a service does so to end a stream whose client
// reads slowly. The race detector fails the test otherwise. app serves handler for every
// path.
func CheckConcurrentDeadlines(t *testing.T, app func(rec *Recorder, handler http.HandlerFunc) http.Handler) {
	t.Helper()
	const count = 50
	handler := func(w http.ResponseWriter, _ *http.Request) {
		controller := http.NewResponseController(w)
		result := make(chan error, 1)
		go func() {
			var err error
			for range count {
				deadline := time.Now().Add(time.Hour)
				err = errors.Join(err, controller.SetReadDeadline(deadline), controller.SetWriteDeadline(deadline))
			}
			result <- err
		}()
		for range count {
			_, _ = io.WriteString(w, "x")
			if err := controller.Flush(); err != nil {
				t.Error(err)
			}
		}
		if err := <-result; err != nil {
			t.Error(err)
		}
	}
	for protocol, withHTTP2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(protocol, func(t *testing.T) {
			rec := New(t, httpserver.Config{})
			response := getOver(t, app(rec, handler), withHTTP2)
			defer response.Body.Close()
			if body, err := io.ReadAll(response.Body); err != nil || len(body) != count {
				t.Errorf("got %d bytes and error %v, want %d bytes", len(body), err, count)
			}
			Expect(t, rec.Only(), map[string]any{"http.response.status_code": int64(200), "error.type": nil})
		})
	}
}
