package nethttpotel_test

import (
	"net/http"
	"testing"

	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

func newStoppingApp(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
	return nethttpotel.Middleware(rec)(handler)
}

func TestStoppingClosesConnections(t *testing.T) { httpservertest.CheckStopping(t, newStoppingApp) }

func TestEarlyHintsWhileStopping(t *testing.T) {
	httpservertest.CheckEarlyHintsWhileStopping(t, newStoppingApp)
}
