package httpservertest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckStopping checks that the responses of a service that is stopping ask clients to close
// their connections, except over HTTP/3: clients reject an HTTP/3 response with the header
// Connection. app serves handler for GET requests to / and /excluded.
func CheckStopping(t *testing.T, app func(rec *Recorder, handler http.HandlerFunc) http.Handler) {
	t.Helper()
	rec := New(t, httpserver.Config{Exclude: []string{"excluded"}})
	instrumented := app(rec, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	rec.ServerStopping()
	for _, path := range []string{"/", "/excluded"} {
		for version, want := range map[int]string{1: "close", 2: "close", 3: ""} {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
			request.ProtoMajor, request.ProtoMinor = version, 0
			response := httptest.NewRecorder()
			instrumented.ServeHTTP(response, request)
			if got := response.Header().Get("Connection"); response.Code != http.StatusOK || got != want {
				t.Errorf("%s over HTTP/%d: got %d with Connection: %q, want 200 with %q", path, version, response.Code, got, want)
			}
		}
	}
}

// CheckEarlyHintsWhileStopping checks that the interim responses of a service that is stopping
// do not have the header Connection over HTTP/2: clients reject it, and the server removes it
// only from final responses. app serves handler for GET requests to /.
func CheckEarlyHintsWhileStopping(t *testing.T, app func(rec *Recorder, handler http.HandlerFunc) http.Handler) {
	t.Helper()
	rec := New(t, httpserver.Config{})
	server := httptest.NewUnstartedServer(app(rec, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		if sender, ok := w.(interface{ WriteHeaderNow() }); ok {
			sender.WriteHeaderNow() // Gin's writer sends the interim status only now
		}
		_, _ = w.Write([]byte("ok"))
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	rec.ServerStopping()

	hints := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
		hints++
		if header.Get("Link") == "" || header.Get("Connection") != "" {
			t.Errorf("got %d with %v, want the Link and no Connection", status, header)
		}
		return nil
	}})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.ProtoMajor != 2 || response.StatusCode != http.StatusOK || hints != 1 {
		t.Errorf("got %s with %d and %d interim responses, want HTTP/2 with 200 and 1", response.Proto, response.StatusCode, hints)
	}
}
