package echootel

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/internal/httpservertest"
)

// TestExchangeEndsWithoutServer proves that the exchange of a failed request ends even if
// there is no server, as in an application's tests that call ServeHTTP.
func TestExchangeEndsWithoutServer(t *testing.T) {
	e, rec := newApp(t)
	e.GET("/", func(echo.Context) error { return echo.ErrForbidden })
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if w.Code != http.StatusForbidden {
		t.Errorf("status: got %d, want 403", w.Code)
	}
	wantOutcome{status: 403}.check(t, rec, "/")
}

func TestFailedHTTP2RequestHasSentStatus(t *testing.T) {
	e, rec := newApp(t)
	e.GET("/", func(echo.Context) error { return echo.ErrBadGateway })
	server := httptest.NewUnstartedServer(e)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	response, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	httpservertest.Expect(t, rec.Only(), map[string]any{
		"http.response.status_code": int64(502),
		"http.response.body.size":   int64(26),
		"network.protocol.version":  "2",
		"url.scheme":                "https",
	})
}

func TestClientDisconnectIsError(t *testing.T) {
	for _, fails := range []bool{true, false} {
		e, rec := newApp(t)
		started := make(chan struct{})
		e.GET("/slow/:ms", func(c echo.Context) error {
			close(started)
			<-c.Request().Context().Done()
			if fails {
				return c.Request().Context().Err()
			}
			return nil
		})
		url := httpservertest.Start(t, e)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-started
			cancel()
		}()
		if _, err := httpservertest.Try(ctx, http.MethodGet, url+"/slow/100", nil); err == nil {
			t.Fatal("got an answer, want none")
		}
		span := rec.Only()
		httpservertest.Expect(t, span, map[string]any{"http.route": "/slow/:ms", "error.type": "client_disconnected", "http.response.status_code": nil})
		if span.Status().Code != codes.Error {
			t.Errorf("span status: got %v, want Error", span.Status())
		}
		rec.ExpectOnePoint(0)
	}
}

// TestErrorsUnderLoadKeepTheirSpans proves that the spans of failed requests have their own
// name, status and size under load. The exchanges of these requests end in other
// goroutines, while Echo reuses the requests' contexts.
func TestErrorsUnderLoadKeepTheirSpans(t *testing.T) {
	e, rec := newApp(t, WithSpanName(func(c echo.Context) string { return "failing " + c.Param("id") }))
	e.GET("/fail/:id", func(echo.Context) error { return echo.ErrBadGateway })
	e.GET("/fine/:id", respondOK)
	url := httpservertest.Start(t, e)
	const clients, requestsPerClient = 8, 50
	done := make(chan error, clients)
	for client := range clients {
		go func() {
			var lastErr error
			for range requestsPerClient {
				for _, path := range []string{"/fail/", "/fine/"} {
					if _, err := httpservertest.Try(context.Background(), http.MethodGet, url+path+strings.Repeat("x", client+1), nil); err != nil {
						lastErr = err
					}
				}
			}
			done <- lastErr
		}()
	}
	for range clients {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	ended := rec.Ended()
	if len(ended) != 2*clients*requestsPerClient {
		t.Errorf("got %d spans, want %d", len(ended), 2*clients*requestsPerClient)
	}
	for _, span := range ended {
		id := strings.TrimPrefix(span.Name(), "failing ")
		path, _ := httpservertest.Attribute(span, "url.path").(string)
		wantStatus, wantSize := int64(200), int64(2)
		if strings.HasPrefix(path, "/fail/") {
			wantStatus, wantSize = 502, 26
		}
		if !strings.HasSuffix(path, "/"+id) {
			t.Fatalf("name of %s: got %q", path, span.Name())
		}
		httpservertest.Expect(t, span, map[string]any{"http.response.status_code": wantStatus, "http.response.body.size": wantSize})
	}
}

func TestTruncatedResponseIsError(t *testing.T) {
	httpservertest.CheckTruncated(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		e := echo.New()
		e.Use(Middleware(rec))
		e.GET("/", echo.WrapHandler(handler))
		return e
	})
}

func TestHTTP2StreamResetIsError(t *testing.T) {
	httpservertest.CheckReset(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		e := echo.New()
		e.Use(Middleware(rec))
		e.GET("/", echo.WrapHandler(handler))
		return e
	})
}

func TestBodyIsReadWhileHandlerReturns(t *testing.T) {
	httpservertest.CheckBodyReader(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		e := echo.New()
		e.Use(Middleware(rec))
		e.POST("/", echo.WrapHandler(handler))
		e.POST("/excluded", echo.WrapHandler(handler))
		return e
	})
}

// TestHijackWithoutUpgradeHasNoStatus proves that a connection that a handler takes over is
// not recorded as an upgrade if the client has not asked for one.
func TestHijackWithoutUpgradeHasNoStatus(t *testing.T) {
	httpservertest.CheckHijackedWithoutUpgrade(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		e := echo.New()
		e.Use(Middleware(rec))
		e.GET("/", echo.WrapHandler(handler))
		return e
	})
}

// TestDeadlinesCanBeSetConcurrently proves that a goroutine can set deadlines while the
// handler writes.
func TestDeadlinesCanBeSetConcurrently(t *testing.T) {
	httpservertest.CheckConcurrentDeadlines(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		e := echo.New()
		e.Use(Middleware(rec))
		e.GET("/", echo.WrapHandler(handler))
		return e
	})
}
