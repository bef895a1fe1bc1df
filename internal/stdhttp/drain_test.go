package stdhttp_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"testing"

	"github.com/samespan/samespan/internal/stdhttp"
)

// TestDrainKeepsInterimResponsesValid proves that a Drain without a middleware inside sends no
// Connection in interim responses over HTTP/2, which clients would reject.
func TestDrainKeepsInterimResponsesValid(t *testing.T) {
	drain := new(stdhttp.Drain)
	server := httptest.NewUnstartedServer(drain.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = w.Write([]byte("ok"))
	})))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	drain.StopKeepAlives()

	hints := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(_ int, header textproto.MIMEHeader) error {
		hints++
		if header.Get("Connection") != "" {
			t.Errorf("got interim response with %v, want no Connection", header)
		}
		return nil
	}})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.ProtoMajor != 2 || response.StatusCode != http.StatusOK || hints != 1 {
		t.Errorf("got %s with %d and %d interim responses, want HTTP/2 with 200 and 1", response.Proto, response.StatusCode, hints)
	}
}
